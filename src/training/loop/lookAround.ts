import { ScidocsError } from "../../errors.ts";
import { firstNonFinite } from "../../tensorFiles/finite.ts";
import type { TrainingLook } from "../job.ts";
import { judgeBatch, vectorsOf } from "./batchStep.ts";
import { calmer } from "./finiteWeights.ts";
import { openHeadOfUse } from "./headOfUse.ts";
import type { TrainingHost } from "./host.ts";
import type { OpenTraining } from "./openTraining.ts";
import { StopRequested } from "./stop.ts";
import type { TrainingState } from "./trainingState.ts";

/** Texts that go through the network together when only their vectors are wanted. */
const textsAtOnce = 16;

/**
 * Looks at the dev set, and at the benchmark where one is given, and notes whether the model is the best so far.
 * @param epochEnds whether an epoch ends here: patience counts those
 */
export async function lookAround(
  training: OpenTraining,
  state: TrainingState,
  epochEnds: boolean,
  host: TrainingHost,
): Promise<{ state: TrainingState; look: TrainingLook }> {
  const { settings } = training.job;
  const devLoss = await meanDevLoss(training, host);
  if (devLoss !== null && !Number.isFinite(devLoss)) throw notFinite(state, `the dev loss is ${devLoss}`);
  const scores = await benchmarkScores(training, state, host);
  const score = settings.bestBy === "benchmark" ? (scores?.mean ?? null) : devLoss;
  const better =
    score !== null &&
    (state.best === null || (settings.bestBy === "benchmark" ? score > state.best.score : score < state.best.score));
  return {
    state: {
      ...state,
      best: better ? { update: state.update, score } : state.best,
      epochsSinceBest: better ? 0 : state.epochsSinceBest + (epochEnds && score !== null ? 1 : 0),
      lastLook: { update: state.update, devLoss },
    },
    look: { update: state.update, devLoss, benchmark: scores?.values ?? {} },
  };
}

const checkOf = (host: TrainingHost) => (): void => {
  if (host.stopRequested()) throw new StopRequested();
};

/** Mean loss of the dev set's triplets, without dropout. */
async function meanDevLoss({ dev, parts, job }: OpenTraining, host: TrainingHost): Promise<number | null> {
  if (dev === null) return null;
  const { batchSize } = job.settings;
  let sum = 0;
  for (let start = 0; start < dev.length; start += batchSize) {
    host.post({ kind: "stage", stage: "dev loss", done: start, total: dev.length, unit: "triplets" });
    const triplets = Array.from({ length: Math.min(batchSize, dev.length - start) }, (_, index) => start + index);
    const { losses } = await judgeBatch(
      parts,
      triplets.flatMap((triplet) => [...dev.encoded(triplet)]),
      checkOf(host),
    );
    sum += losses.reduce((total, loss) => total + loss, 0);
  }
  host.post({ kind: "stage", stage: "dev loss", done: dev.length, total: dev.length, unit: "triplets" });
  return sum / dev.length;
}

/** Vectors of the benchmark's papers as the model is used, scored by the thread that this one serves. */
async function benchmarkScores(training: OpenTraining, state: TrainingState, host: TrainingHost) {
  const { job, encode, parts } = training;
  if (job.benchmark === null) return null;
  const { papers } = job.benchmark;
  const width = parts.network.geometry.hiddenSize;
  const vectors = new Float32Array(papers.length * width);
  const used = openHeadOfUse(training);
  const stage = "benchmark: vectors";
  for (let start = 0; start < papers.length; start += textsAtOnce) {
    host.post({ kind: "stage", stage, done: start, total: papers.length, unit: "papers" });
    const texts = papers.slice(start, start + textsAtOnce).map(encode);
    vectors.set(await vectorsOf({ ...parts, ...used }, texts, checkOf(host)), start * width);
  }
  host.post({ kind: "stage", stage, done: papers.length, total: papers.length, unit: "papers" });
  if (firstNonFinite(vectors) !== -1) throw notFinite(state, "vectors of the benchmark's papers are not finite");
  return host.score(vectors, width);
}

function notFinite({ update }: TrainingState, what: string): ScidocsError {
  return new ScidocsError(
    "BAD_INPUT",
    `update ${update}: ${what}. Training stops here; checkpoints that were saved before are whole. ${calmer}`,
  );
}
