import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { repeatedNotes } from "../datasets/papers.ts";
import { paperEncoder } from "../encoders/text/recipes.ts";
import { boundedTokenizer } from "../encoders/text/tokenizer.ts";
import { firstFew, ScidocsError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import { refuseOverlap } from "../files/overlap.ts";
import type { RunControl } from "../progress.ts";
import { listCheckpoints, readCheckpointRecord } from "./checkpoints/checkpointFolder.ts";
import { refuseInputsWithin, requireOwnFolder } from "./checkpoints/ownFolder.ts";
import { refuseOtherTraining, trainingInputs } from "./checkpoints/sameTraining.ts";
import { eventsFile } from "./curves/curves.ts";
import { curvesFile } from "./curves/curveTable.ts";
import type { VectorHead } from "./heads/head.ts";
import { heads } from "./heads/heads.ts";
import { countWeights, initialWeights } from "./initialWeights.ts";
import type { TrainingJob } from "./job.ts";
import { scratchOf } from "./loop/openTraining.ts";
import { type TrainingLength, trainingLength } from "./loop/trainingLength.ts";
import { readTripletTexts, type TripletTexts } from "./loop/tripletTexts.ts";
import { type ExpectedTime, expectedTime } from "./measuring/expectedTime.ts";
import { presets } from "./presets/presets.ts";
import { chosen } from "./registered.ts";
import { schedules } from "./schedules/schedules.ts";
import type { TrainingSettings } from "./settings.ts";
import { settleTraining } from "./settleTraining.ts";
import { openStart } from "./start/openStart.ts";
import type { DeclaredUse, StartingModel } from "./start/startingModel.ts";
import { type TrainingCosts, trainingCosts } from "./trainingCosts.ts";
import { checkTrainingRequest, type TrainingRequest } from "./trainingRequest.ts";
import { countNotes, toldTriplets } from "./triplets/toldCounts.ts";
import { findTriplets } from "./triplets/tripletFiles.ts";

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
    const changed = await changedNotes(request, job, train.length, dev);
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
        ...declarationNotes(job, start.declared),
        ...scheduleNotes(settings, length),
        ...headNotes(job, headKind, start),
        ...changed,
        ...doubleNotes(job.trainFile, train),
        ...emptyNotes(job.trainFile, train),
        ...(devTexts === null ? [] : learntNotes(train, devTexts)),
        ...(job.devFile === null || devTexts === null ? [] : emptyNotes(job.devFile, devTexts)),
        ...repeatedNotes(job.papersFile, Math.max(train.repeated, devTexts?.repeated ?? 0)),
      ],
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
    // A plan alone leaves no folder behind; one that is not empty is by now another process's.
    if (!existed) await rmdir(request.output).catch(() => {});
  }
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
