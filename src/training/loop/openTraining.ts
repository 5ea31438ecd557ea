import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { FolderMix } from "../../encoders/checkpoints/folderMix.ts";
import type { PaperEncoder } from "../../encoders/text/encodedPaper.ts";
import { paperEncoder } from "../../encoders/text/recipes.ts";
import { boundedTokenizer } from "../../encoders/text/tokenizer.ts";
import { ScidocsError } from "../../errors.ts";
import { requireUnchanged, stampFiles } from "../../files/fileStamps.ts";
import type { RunControl } from "../../progress.ts";
import { scidocsVersion } from "../../version.ts";
import { writeModelFolder } from "../checkpoints/modelFolder.ts";
import { trainingInputs } from "../checkpoints/sameTraining.ts";
import type { TrainingRecord } from "../checkpoints/trainingRecord.ts";
import { heads } from "../heads/heads.ts";
import { mixGamma, mixParameter } from "../heads/words.ts";
import { initialWeights } from "../initialWeights.ts";
import type { TrainingJob } from "../job.ts";
import { distances } from "../losses/distances.ts";
import { openNetwork } from "../network/network.ts";
import { optimizers } from "../optimizers/optimizers.ts";
import { openParameters, type Parameters } from "../parameters.ts";
import { chosen } from "../registered.ts";
import { schedules } from "../schedules/schedules.ts";
import { openStart } from "../start/openStart.ts";
import type { StartingModel } from "../start/startingModel.ts";
import type { BatchParts } from "./batchStep.ts";
import { openDropoutMasks } from "./dropoutMasks.ts";
import { dropoutShares } from "./dropoutShares.ts";
import { requireFiniteStart } from "./finiteWeights.ts";
import { runtimeVersion } from "./runtimeVersion.ts";
import { readTripletTexts } from "./tripletTexts.ts";

/** Everything that a training works with, open. */
export type OpenTraining = Awaited<ReturnType<typeof openTraining>>;

/**
 * Opens model, data and network of a training.
 * @param scratch a folder for what is unpacked; not needed any more when this is done
 * @throws ScidocsError `BAD_INPUT`, `NOT_FOUND`, `USAGE`, `INTERRUPTED`
 */
export async function openTraining(job: TrainingJob, scratch: string, control: RunControl) {
  const { settings } = job;
  const stamps = stampFiles([job.trainFile, job.papersFile, ...(job.devFile === null ? [] : [job.devFile])]);
  const start = await openStart(job.init, job.vocab, settings.seed, scratch, control);
  const headKind = chosen("--pooling", heads, settings.pooling);
  const encode = checkedEncoder(job, start);
  const train = await readTripletTexts(job.trainFile, job.papersFile, null, encode, control);
  if (train.length === 0) throw new ScidocsError("BAD_INPUT", `${job.trainFile}: there is no triplet in it`);
  const dev =
    job.devFile === null
      ? null
      : await readTripletTexts(job.devFile, job.papersFile, settings.numDevInstances, encode, control);
  const parameters = openParameters(initialWeights(start, headKind, settings.freeze, settings.seed), {
    clampEach: settings.clampEntries,
  });
  requireUnchanged(start.stamps);
  requireFiniteStart(parameters, job.init);
  const session = { threads: job.threads, restBetweenRuns: true, provider: job.provider, deviceId: job.deviceId };
  const network = openNetwork(start.encoder, parameters, session);
  const head = headKind.open(network, parameters, session);
  const parts: BatchParts = {
    network,
    head,
    headKind,
    distance: chosen("--distance", distances, settings.distance),
    margin: settings.margin,
  };
  const record = await recordOf(job, start, train.length, dev?.length ?? null, control);
  // The record's checksums are of what was read.
  requireUnchanged(stamps);
  return {
    job,
    start,
    parts,
    parameters,
    encode,
    train,
    // An empty dev set is none.
    dev: dev === null || dev.length === 0 ? null : dev,
    optimizer: chosen("--optimizer", optimizers, settings.optimizer),
    schedule: chosen("--schedule", schedules, settings.schedule),
    masks: openDropoutMasks(dropoutShares(settings, start.encoder)),
    record,
    writeModel: (folder: string, record: TrainingRecord): Promise<Record<string, string>> =>
      writeModelFolder(
        folder,
        start,
        weightsOf(parameters),
        record,
        mixOf(job, start, parameters),
        headKind.declares === undefined
          ? null
          : { mode: headKind.declares, dimensions: start.encoder.geometry.hiddenSize },
      ),
    close: async (): Promise<void> => {
      await head.close();
      await network.close();
    },
  };
}

/** The encoder of papers, which refuses a token that the model has no row for. */
function checkedEncoder({ settings }: TrainingJob, start: StartingModel): PaperEncoder {
  const { vocabularySize } = start.encoder.geometry;
  const recipe = { recipe: settings.recipe, text: null, prefix: "", maxWords: settings.maxWords };
  const encode = paperEncoder(recipe, boundedTokenizer(start.tokenizer), Math.min(settings.maxLength, start.maxTokens));
  return (paper) => {
    const encoded = encode(paper);
    const unknown = encoded.ids.find((id) => id >= vocabularySize);
    if (unknown !== undefined) {
      throw new ScidocsError(
        "BAD_INPUT",
        `${start.tokenizer.vocabulary}: token ${unknown} has no row among the model's ${vocabularySize}: it is not the model's vocabulary`,
      );
    }
    return encoded;
  };
}

function weightsOf(parameters: Parameters) {
  return parameters.all.map(({ name, dims }) => ({ name, dims, data: parameters.value(name) }));
}

/** The mix that belongs to the model, for the recipe `original`. */
function mixOf({ settings }: TrainingJob, { encoder }: StartingModel, parameters: Parameters): FolderMix | null {
  if (settings.recipe !== "original") return null;
  const number = (name: string): number => parameters.value(name)[0] ?? 0;
  return {
    scalar_parameters: Array.from({ length: encoder.geometry.layers }, (_, layer) => number(mixParameter(layer))),
    gamma: number(mixGamma),
    averaged: settings.pooling === "words",
    ...(settings.maxWords === null ? {} : { max_words: settings.maxWords }),
  };
}

async function recordOf(
  job: TrainingJob,
  start: StartingModel,
  triplets: number,
  devTriplets: number | null,
  control: RunControl,
): Promise<TrainingRecord> {
  const { settings, init, data } = await trainingInputs(job, start, control);
  return {
    format: 1,
    scidocs: scidocsVersion(),
    onnxRuntime: runtimeVersion(),
    settings,
    init,
    data: {
      train: { ...data.train, triplets },
      dev: data.dev === null ? null : { ...data.dev, triplets: devTriplets ?? 0 },
      papers: data.papers,
      benchmark: data.benchmark,
    },
    update: 0,
    epoch: 0,
    devLoss: null,
  };
}

/** Where a model is unpacked while it is read: a name of its own, for a plan can be made while another process trains. */
export const scratchOf = (output: string): string => join(output, `start.${randomBytes(4).toString("hex")}.tmp`);
