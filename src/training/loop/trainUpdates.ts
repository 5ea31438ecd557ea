import { ScidocsError } from "../../errors.ts";
import { type Curves, curveNames } from "../curves/curves.ts";
import type { TrainingLook } from "../job.ts";
import { clipScale } from "../optimizers/optimizer.ts";
import { trainBatch } from "./batchStep.ts";
import { epochOrder } from "./epochOrder.ts";
import { calmer, requireFiniteWeights } from "./finiteWeights.ts";
import type { TrainingHost } from "./host.ts";
import { lookAround } from "./lookAround.ts";
import type { OpenTraining } from "./openTraining.ts";
import { StopRequested } from "./stop.ts";
import { trainingLength } from "./trainingLength.ts";
import type { TrainingState } from "./trainingState.ts";

/** Who is told how a training goes. */
export interface UpdateListeners {
  readonly curves: Curves;
  readonly onLook: (look: TrainingLook) => void;
  /** The state after each batch, from which the training could go on. */
  readonly onState: (state: TrainingState) => void;
  readonly save: (state: TrainingState) => Promise<void>;
}

/**
 * Trains from a state until the end.
 * @returns the last state
 * @throws StopRequested when a stop was asked for; the last state that `onState` got is what the weights are at
 */
export async function trainUpdates(
  training: OpenTraining,
  from: TrainingState,
  host: TrainingHost,
  { curves, onLook, onState, save }: UpdateListeners,
): Promise<TrainingState> {
  const { job, parts, parameters, train, masks, optimizer, schedule } = training;
  const { settings } = job;
  const length = trainingLength(settings, train.length);
  const { batchSize, accumulate, lossShare } = settings;
  const tripletsLeft = remainingTriplets(training, from);
  const startedMs = performance.now();
  let [tripletsDone, updateMs] = [0, startedMs];
  let order = epochOrder(train.length, settings.shuffle, settings.seed, from.epoch);
  let state = from;
  const check = (): void => {
    if (host.stopRequested()) throw new StopRequested();
  };

  /** Runs the next batch and adds it to the sums of the update under way. */
  const runBatch = async (): Promise<void> => {
    const picked = [...order.subarray(state.batch * batchSize, (state.batch + 1) * batchSize)];
    if (state.part === 0) parameters.beginUpdate();
    const keys = picked.flatMap((triplet) => [0, 1, 2].map((role) => [settings.seed, state.epoch, triplet, role]));
    const share = lossShare === "batches" ? 1 / accumulate : picked.length / (batchSize * accumulate);
    // Sums that hold other batches must not get half of this one; the first batch of an update is simply done again.
    const checkBackward = state.part === 0 ? check : (): void => {};
    const { loss, losses } = await trainBatch(
      parts,
      picked.flatMap((triplet) => [...train.encoded(triplet)]),
      share,
      { dropout: masks.of(keys), recompute: job.recompute, checkForward: check, checkBackward },
    );
    if (!Number.isFinite(loss)) {
      const at = losses.findIndex((each) => !Number.isFinite(each));
      // Losses may each be finite and their sum not: then the largest is named.
      const named = at >= 0 ? at : losses.indexOf(Math.max(...losses));
      throw notFinite(`the loss is ${losses[at] ?? loss}`, state, train.ids(picked[named] ?? 0));
    }
    tripletsDone += picked.length;
    state = { ...state, batch: state.batch + 1, part: state.part + 1, lossSum: state.lossSum + loss };
    onState(state);
  };

  /** Changes the weights by the sums. */
  const makeUpdate = async (): Promise<void> => {
    parameters.endUpdate();
    const norm = Math.sqrt(
      parameters.trainedWeights.reduce(
        (sum, { memory, at, count }) => sum + memory.kernel.sumOfSquares(at.gradient, count),
        0,
      ),
    );
    if (!Number.isFinite(norm)) {
      const last = order[state.batch * batchSize - 1] ?? 0;
      throw notFinite(`the gradients' length is ${norm}`, state, train.ids(last));
    }
    const rate =
      settings.learningRate *
      schedule.factor({
        done: state.update,
        total: length.plannedPerEpoch * settings.epochs,
        warmup: length.warmup,
        highest: settings.learningRate,
        epochs: settings.epochs,
        updatesPerEpoch: length.plannedPerEpoch,
        pastEpochs: state.pastEpochs,
      });
    for (const weight of parameters.trainedWeights) {
      optimizer.update(weight, {
        ...settings,
        rate,
        update: state.update + 1,
        gradientScale: clipScale(norm, settings.clip),
      });
    }
    const loss = state.lossSum / state.part;
    const now = performance.now();
    const triplets = Math.min(state.part * batchSize, train.length);
    state = {
      ...state,
      update: state.update + 1,
      part: 0,
      lossSum: 0,
      epochUpdates: state.epochUpdates + 1,
      epochLossSum: state.epochLossSum + loss,
    };
    onState(state);
    await curves.append(state.update, {
      [curveNames.trainLoss]: loss,
      [curveNames.learningRate]: rate,
      [curveNames.gradientNorm]: norm,
      [curveNames.rate]: triplets / ((now - updateMs) / 1000),
    });
    updateMs = now;
    progressText = `update ${state.update} of ${length.updates}, loss ${loss.toFixed(4)}, rate ${rate.toExponential(2)}`;
  };

  let progressText = `update ${state.update} of ${length.updates}`;
  const tell = (): void => host.post({ kind: "progress", done: tripletsDone, total: tripletsLeft, text: progressText });

  while (!state.finished) {
    check();
    tell();
    // A training that was stopped while it looked at the dev set goes on with that look.
    if (!isLookDue(training, state)) {
      await runBatch();
      if (state.part < accumulate && state.batch < length.batchesPerEpoch) continue;
      await makeUpdate();
    }
    const looks = isLookDue(training, state);
    if (!looks && (job.saveEvery === null || state.update % job.saveEvery !== 0)) continue;
    requireFiniteWeights(parameters, state);
    const epochEnds = state.batch === length.batchesPerEpoch;
    const stepsOver = state.update >= length.updates;
    // The state that is saved is the one behind the epoch's end, and behind the look: neither is done twice.
    const ended = epochEnds ? endEpoch(state) : state;
    const { state: seen, look } = looks
      ? await lookAround(training, ended, epochEnds, host)
      : { state: ended, look: null };
    if (look !== null) {
      const scalars = {
        ...(look.devLoss === null ? {} : { [curveNames.devLoss]: look.devLoss }),
        ...Object.fromEntries(
          Object.entries(look.benchmark).map(([column, value]) => [curveNames.benchmark(column), value]),
        ),
      };
      await curves.append(state.update, scalars);
      onLook(look);
      host.post({ kind: "note", text: lookText(state, look, seen, epochEnds) });
    }
    const outOfPatience = settings.patience !== null && epochEnds && seen.epochsSinceBest >= settings.patience;
    state = { ...seen, finished: stepsOver || outOfPatience || seen.epoch >= settings.epochs };
    if (outOfPatience && !stepsOver) {
      host.post({ kind: "note", text: `ends here: ${settings.patience} epochs without a better dev loss` });
    }
    onState(state);
    await save(state);
    if (epochEnds) order = epochOrder(train.length, settings.shuffle, settings.seed, state.epoch);
    updateMs = performance.now();
  }
  host.post({ kind: "progress", done: tripletsLeft, total: tripletsLeft, text: progressText });
  return state;
}

/** Whether dev set and benchmark are to be looked at before the next batch. */
export function isLookDue({ job: { settings }, train }: OpenTraining, state: TrainingState): boolean {
  const { part, update, batch, lastLook } = state;
  if (part > 0 || update === 0 || lastLook?.update === update) return false;
  const { batchesPerEpoch, updates } = trainingLength(settings, train.length);
  const { evaluateEvery } = settings;
  const due = evaluateEvery !== null && update % evaluateEvery === 0;
  return due || batch === batchesPerEpoch || update >= updates;
}

function endEpoch(state: TrainingState): TrainingState {
  return {
    ...state,
    epoch: state.epoch + 1,
    batch: 0,
    epochUpdates: 0,
    epochLossSum: 0,
    pastEpochs: [...state.pastEpochs, state.epochUpdates],
  };
}

function lookText(before: TrainingState, look: TrainingLook, seen: TrainingState, epochEnds: boolean): string {
  const mean = before.epochLossSum / Math.max(1, before.epochUpdates);
  const parts = [
    epochEnds ? `epoch ${before.epoch + 1}: train loss ${mean.toFixed(4)}` : `update ${look.update}`,
    ...(look.devLoss === null ? [] : [`dev loss ${look.devLoss.toFixed(4)}`]),
    ...Object.entries(look.benchmark).map(([column, value]) => `${column} ${value.toFixed(2)}`),
  ];
  return parts.join(", ") + (seen.best?.update === look.update ? " (best so far)" : "");
}

/** Triplets until the planned end. */
function remainingTriplets({ job: { settings }, train }: OpenTraining, state: TrainingState): number {
  const { batchSize, accumulate } = settings;
  const length = trainingLength(settings, train.length);
  const perUpdate = train.length / length.updatesPerEpoch;
  const left = (length.updates - state.update) * perUpdate - Math.min(state.part, accumulate) * batchSize;
  return Math.max(1, Math.round(left));
}

function notFinite(what: string, state: TrainingState, ids: readonly string[]): ScidocsError {
  const [query, positive, negative] = ids;
  return new ScidocsError(
    "BAD_INPUT",
    `update ${state.update + 1} (epoch ${state.epoch + 1}, batch ${state.batch + 1}): ${what}; query ${query}, positive ${positive}, ` +
      `negative ${negative}. Training stops here; checkpoints that were saved before are whole. ${calmer}`,
  );
}
