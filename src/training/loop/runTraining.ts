import { rm } from "node:fs/promises";
import { join } from "node:path";
import { interrupted, ScidocsError } from "../../errors.ts";
import { isThere } from "../../files/isThere.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import type { RunControl } from "../../progress.ts";
import {
  listCheckpoints,
  readCheckpoint,
  refreshBest,
  removeLeftovers,
  removeOldCheckpoints,
  writeCheckpoint,
} from "../checkpoints/checkpointFolder.ts";
import { bestFolder } from "../checkpoints/checkpointNames.ts";
import { keptFolder, requireOwnFolder } from "../checkpoints/ownFolder.ts";
import { refuseOtherTraining } from "../checkpoints/sameTraining.ts";
import { withTrainingLock } from "../checkpoints/trainingLock.ts";
import { trainingRecordFile } from "../checkpoints/trainingRecord.ts";
import { openCurves } from "../curves/curves.ts";
import type { TrainingJob, TrainingLook, TrainingResult } from "../job.ts";
import { requireFiniteWeights } from "./finiteWeights.ts";
import type { TrainingHost } from "./host.ts";
import { momentTensors, restoreParameters } from "./momentTensors.ts";
import { type OpenTraining, openTraining, scratchOf } from "./openTraining.ts";
import { StopRequested } from "./stop.ts";
import { initialState, type TrainingState } from "./trainingState.ts";
import { isLookDue, trainUpdates } from "./trainUpdates.ts";

/**
 * Trains a model: from the newest checkpoint in the output folder, or from the start. Blocks its thread for long stretches.
 * @throws ScidocsError `INTERRUPTED` after a stop, when what was done has been saved; `BAD_INPUT` for a loss that is no number or a
 *   folder that holds another training
 */
export async function runTraining(job: TrainingJob, host: TrainingHost): Promise<TrainingResult> {
  makeFolder(job.output);
  requireOwnFolder(job.output);
  const control: RunControl = {
    onProgress: (event) => host.post({ kind: "stage", ...event }),
  };
  const scratch = scratchOf(job.output);
  return withTrainingLock(job.output, async (requireHeld) => {
    try {
      await removeLeftovers(job.output);
      const training = await openTraining(job, scratch, control);
      await rm(scratch, { recursive: true, force: true });
      try {
        return await goOn(training, host, requireHeld);
      } finally {
        await training.close();
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

async function goOn(training: OpenTraining, host: TrainingHost, requireHeld: () => void): Promise<TrainingResult> {
  const { job, parameters } = training;
  const { output } = job;
  const newest = listCheckpoints(output).at(-1);
  let state: TrainingState = initialState;
  if (newest !== undefined) {
    const content = await readCheckpoint(newest);
    refuseOtherTraining(newest.folder, content.record, training.record);
    restoreParameters(newest.folder, parameters, content);
    state = content.state;
    await settleBest(output, state, true);
    if (state.finished) return resultOf(training, state, [], true);
    host.post({ kind: "note", text: `goes on from ${newest.folder}` });
  }
  const curves = await openCurves(output, newest === undefined ? -1 : state.update);
  const requireSame = keptFolder(output);
  const requireKept = (): void => {
    requireSame();
    requireHeld();
  };
  const looks: TrainingLook[] = [];
  const save = async (now: TrainingState, lookDue = false): Promise<void> => {
    requireKept();
    await curves.flush();
    const record = { ...training.record, update: now.update, epoch: now.epoch, devLoss: lookAt(now) };
    await writeCheckpoint(output, now, lookDue, momentTensors(parameters, now.part > 0), (folder) =>
      training.writeModel(folder, record),
    );
    await settleBest(output, now);
    await removeOldCheckpoints(output, job.keep, now.best?.update ?? null);
  };
  try {
    state = await trainUpdates(training, state, host, {
      curves: {
        ...curves,
        append: async (step, scalars) => {
          requireKept();
          await curves.append(step, scalars);
        },
      },
      onLook: (look) => looks.push(look),
      onState: (now) => {
        state = now;
      },
      save,
    });
  } catch (error) {
    if (!(error instanceof StopRequested)) throw error;
    requireFiniteWeights(parameters, state);
    await save(state, isLookDue(training, state));
    host.post({ kind: "note", text: `saved after update ${state.update}; the same command goes on from there` });
    throw interrupted();
  } finally {
    await curves.close();
  }
  return resultOf(training, state, looks, false);
}

function lookAt({ update, lastLook }: TrainingState): number | null {
  return lastLook?.update === update ? lastLook.devLoss : null;
}

/**
 * Makes `best/` what the state says, where it is not.
 * @param prove whether the folder may have been changed since this process wrote it
 * @throws ScidocsError `BAD_INPUT` where the best model is lost
 */
async function settleBest(output: string, state: TrainingState, prove = false): Promise<void> {
  const wanted = state.best?.update ?? (state.finished ? state.update : null);
  if (wanted === null) return;
  const checkpoint = listCheckpoints(output).find(({ update, part }) => update === wanted && part === 0);
  if (checkpoint !== undefined) await refreshBest(output, checkpoint, prove);
  else if (prove && !isThere(join(output, bestFolder, trainingRecordFile))) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${output}: the best model, that of update ${wanted}, is neither in ${bestFolder}/ nor in a checkpoint; put it back, or begin anew with --force`,
    );
  }
}

function resultOf(
  { job }: OpenTraining,
  state: TrainingState,
  looks: readonly TrainingLook[],
  wasFinished: boolean,
): TrainingResult {
  return {
    updates: state.update,
    epochs: state.pastEpochs.length,
    looks,
    best: state.best,
    bestFolder: join(job.output, bestFolder),
    wasFinished,
  };
}
