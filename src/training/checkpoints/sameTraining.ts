import { ScidocsError } from "../../errors.ts";
import { hashFile } from "../../files/hashFiles.ts";
import { ownValue } from "../../ownValue.ts";
import type { RunControl } from "../../progress.ts";
import type { TrainingJob } from "../job.ts";
import type { TrainingSettings } from "../settings.ts";
import type { StartingModel } from "../start/startingModel.ts";
import type { TrainingRecord } from "./trainingRecord.ts";

/** What makes a training the one that it is: its settings, and the bytes that it starts from and reads. */
export interface TrainingInputs extends Pick<TrainingRecord, "settings" | "init"> {
  readonly data: Pick<TrainingRecord["data"], "papers" | "benchmark"> & {
    readonly train: HashedFile;
    readonly dev: HashedFile | null;
  };
}

type HashedFile = TrainingRecord["data"]["papers"][number];

/** Hashes what a training reads. @throws ScidocsError as {@link hashFile} */
export async function trainingInputs(
  job: TrainingJob,
  start: Pick<StartingModel, "files">,
  control: RunControl,
): Promise<TrainingInputs> {
  const hashed = async (file: string) => ({ path: file, ...(await hashFile(file, control)) });
  const { benchmark } = job;
  return {
    settings: { ...job.settings },
    init: { argument: job.init, files: [...start.files] },
    data: {
      train: await hashed(job.trainFile),
      dev: job.devFile === null ? null : await hashed(job.devFile),
      papers: [await hashed(job.papersFile)],
      benchmark:
        benchmark === null
          ? null
          : { name: benchmark.name, tasks: [...benchmark.tasks], split: "val", sha256: benchmark.sha256 },
    },
  };
}

/** The flag behind each setting; two of them follow from others. */
const flags: Readonly<Record<keyof TrainingSettings, string>> = {
  preset: "--preset",
  pooling: "--pooling",
  recipe: "--preset (its recipe)",
  maxLength: "--max-length",
  maxWords: "--max-words",
  distance: "--distance",
  margin: "--margin",
  optimizer: "--optimizer",
  learningRate: "--lr",
  weightDecay: "--weight-decay",
  beta1: "beta1",
  beta2: "beta2",
  epsilon: "epsilon",
  clip: "--clip",
  clipEach: "--clip-each",
  clampEntries: "--clamp-entries",
  schedule: "--schedule",
  warmup: "--warmup",
  epochs: "--epochs",
  batchSize: "--batch-size",
  accumulate: "--accumulate",
  lossShare: "--preset (its share of the loss)",
  maxSteps: "--max-steps",
  numTrainInstances: "--num-train-instances",
  numDevInstances: "--num-dev-instances",
  shuffle: "--shuffle",
  seed: "--seed",
  patience: "--patience",
  hiddenDropout: "--dropout (of hidden layers)",
  attentionDropout: "--dropout (of attention)",
  vectorDropout: "--vector-dropout",
  freeze: "--freeze",
  evaluateEvery: "--evaluate-every",
  bestBy: "--best-by",
};

const flagOf = (setting: string): string => ownValue(flags, setting) ?? setting;

/** What must be the same for a training to go on, by what a user says it with: everything but how far it has come and which version wrote it. */
function identity({ settings, init, data }: TrainingInputs): Record<string, unknown> {
  const files = (list: readonly { sha256: string }[]): string[] => list.map(({ sha256 }) => sha256);
  return {
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [flagOf(key), value])),
    "--init (or its tokenizer, --vocab)":
      files(init.files).length > 0
        ? [init.argument.startsWith("random:") ? init.argument : "", ...files(init.files)]
        : init.argument,
    "triplets to train on (--triplets, --train-path)": data.train.sha256,
    "dev triplets (--triplets, --dev-path)": data.dev?.sha256 ?? null,
    "texts (--triplets, --papers)": files(data.papers),
    "benchmark (--evaluate, --evaluate-tasks)": data.benchmark,
  };
}

/**
 * A folder holds one training: another's checkpoints are not gone on from, nor mixed with.
 * @param folder of the checkpoint that `found` is the record of
 * @throws ScidocsError `USAGE` naming the flags that differ
 */
export function refuseOtherTraining(folder: string, found: TrainingInputs, wanted: TrainingInputs): void {
  const [ours, theirs] = [identity(wanted), identity(found)];
  const different = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter(
    (key) => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]),
  );
  if (different.length === 0) return;
  const shown = different.map((key) => {
    const [was, is] = [JSON.stringify(theirs[key]), JSON.stringify(ours[key])];
    const isLong = `${was}${is}`.length > 80 || /[0-9a-f]{64}/.test(`${was}${is}`);
    return `${key} ${isLong ? "is another" : `was ${was}, is ${is}`}`;
  });
  throw new ScidocsError(
    "USAGE",
    `${folder} is of another training: ${shown.join("; ")}. Use the same settings and files to go on, another output folder, or --force to begin anew`,
  );
}
