import { repeatedNotes } from "../datasets/papers.ts";
import { firstFew } from "../errors.ts";
import type { VectorHead } from "./heads/head.ts";
import type { TrainingJob } from "./job.ts";
import type { TrainingLength } from "./loop/trainingLength.ts";
import type { TripletTexts } from "./loop/tripletTexts.ts";
import { chosen } from "./registered.ts";
import { schedules } from "./schedules/schedules.ts";
import type { TrainingSettings } from "./settings.ts";
import type { DeclaredUse, StartingModel } from "./start/startingModel.ts";
import type { TrainingRequest } from "./trainingRequest.ts";
import { countNotes, toldTriplets } from "./triplets/toldCounts.ts";
import { findTriplets } from "./triplets/tripletFiles.ts";

/** What a training has read before it says anything. */
interface ReadTraining {
  readonly job: TrainingJob;
  readonly start: StartingModel;
  readonly head: VectorHead;
  readonly length: TrainingLength;
  readonly train: TripletTexts;
  readonly dev: TripletTexts | null;
}

/** What is worth saying of a training before it starts: where it does other than what its files or flags suggest, or can teach little. */
export async function planNotes(request: TrainingRequest, read: ReadTraining): Promise<string[]> {
  const { job, start, head, length, train, dev } = read;
  return [
    ...declarationNotes(job, start.declared),
    ...scheduleNotes(job.settings, length),
    ...headNotes(job, head, start),
    ...(await changedNotes(request, job, train.length, dev?.length ?? 0)),
    ...doubleNotes(job.trainFile, train),
    ...emptyNotes(job.trainFile, train),
    ...(dev === null ? [] : learntNotes(train, dev)),
    ...(job.devFile === null || dev === null ? [] : emptyNotes(job.devFile, dev)),
    ...repeatedNotes(job.papersFile, Math.max(train.repeated, dev?.repeated ?? 0)),
  ];
}

/** Says how many triplets name a paper twice: they teach nothing, or the contrary of what the others do. */
function doubleNotes(file: string, { length, ids }: TripletTexts): string[] {
  const doubles = Array.from({ length }, (_, triplet) => triplet).filter((triplet) => new Set(ids(triplet)).size < 3);
  const [first] = doubles;
  if (first === undefined) return [];
  return [
    `${doubles.length} of the ${length} triplets of ${file} name one paper twice, the first in line ${first + 1}: a paper cannot be nearer than itself`,
  ];
}

/** Says that the triplets of a folder are not as many as its record tells. */
async function changedNotes(
  { triplets }: TrainingRequest,
  { trainFile, devFile, settings }: TrainingJob,
  train: number,
  dev: number,
): Promise<string[]> {
  if (triplets === undefined) return [];
  const { sets, record } = await findTriplets(triplets);
  const told = await toldTriplets({ record });
  const ofDev = Math.min(told.val, settings.numDevInstances ?? told.val);
  return [
    ...(trainFile === sets.train ? countNotes(trainFile, record, "triplets", train, told.train) : []),
    ...(devFile === sets.val || devFile === null ? countNotes(sets.val, record, "triplets", dev, ofDev) : []),
  ];
}

/** Says that the training ends before its rate has risen, or long after it has fallen. */
function scheduleNotes(
  { numTrainInstances, schedule, epochs }: TrainingSettings,
  { warmup, updates, plannedPerEpoch }: TrainingLength,
): string[] {
  const planned = Math.ceil(plannedPerEpoch * epochs);
  // One that rises by itself works its length out anew.
  const falls = schedule !== "constant" && chosen("--schedule", schedules, schedule).risesByItself !== true;
  return [
    ...(warmup > updates
      ? [`the rate rises over ${warmup} updates (--warmup), and there are ${updates}: it never reaches what --lr says`]
      : []),
    // Without the flag they differ by the batches that an epoch's last update lacks.
    ...(numTrainInstances !== null && falls && planned < updates
      ? [`the rate has fallen after ${planned} updates (--num-train-instances), and there are ${updates}`]
      : []),
  ];
}

/** Says that the model lacks weights of the head, which start at random. */
function headNotes({ init, settings }: TrainingJob, head: VectorHead, { encoder, weights }: StartingModel): string[] {
  const { hiddenSize, layers } = encoder.geometry;
  const drawn = head.weights(hiddenSize, layers).filter(({ start }) => start === "normal");
  if (init.startsWith("random:") || drawn.every(({ name }) => weights.some((weight) => weight.name === name)))
    return [];
  return [`${init} has no weights for --pooling ${settings.pooling}: they start at random, by the seed`];
}

/** Says how much of the dev set is trained on: its loss then falls whatever is learnt. */
function learntNotes(train: TripletTexts, dev: TripletTexts): string[] {
  const named = ({ length, ids }: TripletTexts): string[] =>
    Array.from({ length }, (_, triplet) => JSON.stringify(ids(triplet)));
  const learnt = new Set(named(train));
  const both = named(dev).filter((triplet) => learnt.has(triplet)).length;
  if (both === 0) return [];
  return [`${both} of the ${dev.length} dev triplets are trained on: the dev loss tells little of what is new`];
}

/** Says how many papers have no text: a training tells none of them from another. */
function emptyNotes(file: string, { withoutText }: TripletTexts): string[] {
  if (withoutText.length === 0) return [];
  return [
    `${withoutText.length} of the papers that ${file} names have neither title nor abstract, and are all trained as one: ${firstFew(withoutText)}`,
  ];
}

/** Says what a folder declares of its vectors and this training does otherwise. */
function declarationNotes({ init, settings }: TrainingJob, declared: DeclaredUse | null): string[] {
  if (declared === null || declared.pooling === settings.pooling) return [];
  return [
    `${init} declares ${declared.text}; vectors are trained with --pooling ${settings.pooling} alone, and the folder that comes out is used so`,
  ];
}
