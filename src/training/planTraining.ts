import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { paperEncoder } from "../encoders/text/recipes.ts";
import { boundedTokenizer } from "../encoders/text/tokenizer.ts";
import { ScidocsError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import { refuseOverlap } from "../files/overlap.ts";
import type { RunControl } from "../progress.ts";
import { listCheckpoints, readCheckpointRecord } from "./checkpoints/checkpointFolder.ts";
import { refuseInputsWithin, requireOwnFolder } from "./checkpoints/ownFolder.ts";
import { refuseOtherTraining, trainingInputs } from "./checkpoints/sameTraining.ts";
import { eventsFile } from "./curves/curves.ts";
import { curvesFile } from "./curves/curveTable.ts";
import { heads } from "./heads/heads.ts";
import { countWeights, initialWeights } from "./initialWeights.ts";
import type { TrainingJob } from "./job.ts";
import { scratchOf } from "./loop/openTraining.ts";
import { type TrainingLength, trainingLength } from "./loop/trainingLength.ts";
import { readTripletTexts } from "./loop/tripletTexts.ts";
import { type ExpectedTime, expectedTime } from "./measuring/expectedTime.ts";
import { planNotes } from "./planNotes.ts";
import { presets } from "./presets/presets.ts";
import { chosen } from "./registered.ts";
import { settleTraining } from "./settleTraining.ts";
import { openStart } from "./start/openStart.ts";
import { type TrainingCosts, trainingCosts } from "./trainingCosts.ts";
import { checkTrainingRequest, type TrainingRequest } from "./trainingRequest.ts";

/** A training that has been settled and not begun. */
export interface TrainingPlan {
  readonly job: TrainingJob;
  readonly length: TrainingLength;
  readonly triplets: number;
  readonly devTriplets: number;
  /** Tokens of a triplet's three texts, the mean of some. */
  readonly tokensPerTriplet: number;
  readonly parameters: number;
  readonly trainedParameters: number;
  readonly costs: TrainingCosts;
  readonly time: ExpectedTime;
  /** The newest checkpoint in the output folder, from which it would go on. */
  readonly goesOnFrom: string | null;
  readonly notes: readonly string[];
}

/** Triplets that are read for the mean number of tokens. */
const sampledTriplets = 100;

/**
 * Settles a training and works out what it takes. Nothing is written but, for an archive, what is unpacked and removed again.
 * @throws ScidocsError `USAGE`, also for an output folder that holds another training, `NOT_FOUND`, `BAD_INPUT`, `INTERRUPTED`
 */
export async function planTraining(request: TrainingRequest, control: RunControl = {}): Promise<TrainingPlan> {
  checkTrainingRequest(request);
  requireOwnFolder(request.output);
  await refuseOverlap([join(request.output, curvesFile), join(request.output, eventsFile)], []);
  refuseInputsWithin(request.output, {
    "--init": request.init,
    "--vocab": request.vocab,
    "--triplets": request.triplets,
    "--train-path": request.trainFile,
    "--dev-path": request.devFile,
    "--papers": request.papersFile,
  });
  const existed = isThere(request.output);
  const scratch = scratchOf(request.output);
  try {
    const seed = request.seed ?? chosen("--preset", presets, request.preset ?? "hf").seed;
    const start = await openStart(request.init, request.vocab, seed, scratch, control);
    const job = await settleTraining(request, start);
    const { settings } = job;
    const newest = request.beginAnew === true ? undefined : listCheckpoints(job.output).at(-1);
    // Now, and not when everything has been read and timed.
    if (newest !== undefined) {
      refuseOtherTraining(newest.folder, readCheckpointRecord(newest), await trainingInputs(job, start, control));
    }
    const recipe = { recipe: settings.recipe, text: null, prefix: "", maxWords: settings.maxWords };
    const encode = paperEncoder(recipe, boundedTokenizer(start.tokenizer), settings.maxLength);
    const train = await readTripletTexts(job.trainFile, job.papersFile, null, encode, control);
    if (train.length === 0) throw new ScidocsError("BAD_INPUT", `${job.trainFile}: there is no triplet in it`);
    const devTexts =
      job.devFile === null
        ? null
        : await readTripletTexts(job.devFile, job.papersFile, settings.numDevInstances, encode, control);
    const dev = devTexts?.length ?? 0;
    if (devTexts !== null && dev === 0) {
      throw new ScidocsError(
        "BAD_INPUT",
        `${job.devFile}: there is no triplet in it; without dev triplets, leave it out`,
      );
    }
    const sampled = Math.min(sampledTriplets, train.length);
    const texts = Array.from({ length: sampled }, (_, index) =>
      train.encoded(Math.floor((index * train.length) / sampled)),
    );
    const lengths = texts.map((triplet) => triplet.map(({ ids }) => ids.length));
    const headKind = chosen("--pooling", heads, settings.pooling);
    const initial = initialWeights(start, headKind, settings.freeze, settings.seed);
    const weights = countWeights(initial);
    const costs = trainingCosts(job, start.encoder, weights, lengths, train.length);
    const length = trainingLength(settings, train.length);
    const epochs = length.updates / length.updatesPerEpoch;
    const looks =
      Math.ceil(epochs) + (settings.evaluateEvery === null ? 0 : Math.floor(length.updates / settings.evaluateEvery));
    const amount = {
      batch: Math.min(settings.batchSize, train.length),
      trained: epochs * train.length,
      judged: looks * (dev + (job.benchmark?.papers.length ?? 0) / 3),
      updates: length.updates,
      trainedNumbers: weights.trained,
    };
    return {
      job,
      length,
      triplets: train.length,
      devTriplets: dev,
      tokensPerTriplet: lengths.flat().reduce((sum, each) => sum + each, 0) / Math.max(1, sampled),
      parameters: weights.parameters,
      trainedParameters: weights.trained,
      costs,
      time: await expectedTime(job, start.encoder, initial, headKind, texts, amount, control.signal),
      goesOnFrom: newest?.folder ?? null,
      notes: [
        ...start.notes,
        ...(await planNotes(request, { job, start, head: headKind, length, train, dev: devTexts })),
      ],
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
    // A plan alone leaves no folder behind; one that is not empty is by now another process's.
    if (!existed) await rmdir(request.output).catch(() => {});
  }
}
