import { checkNumbers, checkTruths, type NumberKinds } from "../checkNumbers.ts";
import type { Provider } from "../onnx/session.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import type { BenchmarkPapers } from "./job.ts";
import type { TrainingSettings } from "./settings.ts";

/** What a user asks of a training; what is left out comes from the preset, the model and the data. */
export interface TrainingRequest
  extends Partial<Omit<TrainingSettings, "freeze" | "hiddenDropout" | "attentionDropout" | "recipe" | "lossShare">> {
  /** A Hugging Face folder, an AllenNLP archive, or `random:layers=4,hidden=128`, which needs `vocab`. */
  readonly init: string;
  /** A `vocab.txt` or `tokenizer.json`, or a folder with one, in place of the model's own. */
  readonly vocab?: string | undefined;
  /** Folder of `makeTriplets`; or else the files below. */
  readonly triplets?: string | undefined;
  readonly trainFile?: string | undefined;
  /** Default: the folder's val set; where there is none, the last model is the best. */
  readonly devFile?: string | undefined;
  /** Metadata with title and abstract of the papers that the triplets name. */
  readonly papersFile?: string | undefined;
  /** Folder of checkpoints, curves and the best model. */
  readonly output: string;
  /** Share of hidden outputs, of attention and of vectors that is silenced; `vectorDropout` counts before it. */
  readonly dropout?: number | undefined;
  /** What is not trained: `embeddings`, numbers of layers, ranges of them, comma between. */
  readonly freeze?: string | undefined;
  /** Default: the machine's. */
  readonly threads?: number | undefined;
  readonly provider?: Provider | undefined;
  readonly deviceId?: number | undefined;
  /** Updates between two checkpoints, beside those at an epoch's end. */
  readonly saveEvery?: number | undefined;
  /** Checkpoints that are kept beside the best; default 3. */
  readonly keep?: number | undefined;
  /** Keep only each layer's input on the way forward: less memory for a third more work. */
  readonly recompute?: boolean | undefined;
  /** What is in the output folder is to be removed before it begins, and is not gone on from; the plan removes nothing. */
  readonly beginAnew?: boolean | undefined;
  /** Papers of a benchmark that is looked at, from `openWatchedBenchmark`. */
  readonly benchmark?: BenchmarkPapers | undefined;
}

const optionNames: OptionNames<TrainingRequest> = {
  init: true,
  vocab: true,
  triplets: true,
  trainFile: true,
  devFile: true,
  papersFile: true,
  output: true,
  dropout: true,
  freeze: true,
  threads: true,
  provider: true,
  deviceId: true,
  saveEvery: true,
  keep: true,
  recompute: true,
  beginAnew: true,
  benchmark: true,
  preset: true,
  pooling: true,
  maxLength: true,
  maxWords: true,
  distance: true,
  margin: true,
  optimizer: true,
  learningRate: true,
  weightDecay: true,
  beta1: true,
  beta2: true,
  epsilon: true,
  clip: true,
  clipEach: true,
  clampEntries: true,
  schedule: true,
  warmup: true,
  epochs: true,
  batchSize: true,
  accumulate: true,
  maxSteps: true,
  numTrainInstances: true,
  numDevInstances: true,
  shuffle: true,
  seed: true,
  patience: true,
  vectorDropout: true,
  evaluateEvery: true,
  bestBy: true,
};

const numberKinds: NumberKinds<TrainingRequest> = {
  dropout: "dropout",
  vectorDropout: "dropout",
  threads: "count",
  deviceId: "seed",
  saveEvery: "count",
  keep: "count",
  maxLength: "length",
  maxWords: "count",
  margin: "size",
  learningRate: "size",
  weightDecay: "size",
  beta1: "dropout",
  beta2: "dropout",
  epsilon: "size",
  clip: "limit",
  clipEach: "limit",
  clampEntries: "limit",
  warmup: "size",
  epochs: "count",
  batchSize: "count",
  accumulate: "count",
  maxSteps: "count",
  numTrainInstances: "count",
  numDevInstances: "count",
  seed: "numpySeed",
  patience: "count",
  evaluateEvery: "count",
};

/**
 * Refuses options that there are not and numbers that make no sense.
 * @throws ScidocsError `USAGE`
 */
export function checkTrainingRequest(request: TrainingRequest): void {
  refuseUnknownOptions("planTraining", request, optionNames);
  checkNumbers("planTraining", request, numberKinds);
  checkTruths("planTraining", request, ["recompute", "beginAnew", "shuffle"]);
}
