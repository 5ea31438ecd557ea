import type { FileStamp } from "../files/fileStamps.ts";
import type { FileHash } from "../files/hashFiles.ts";
import type { Provider } from "../onnx/session.ts";
import type { OptionNames } from "../options.ts";
import type { VectorSettings } from "./fingerprint.ts";
import type { Pooling } from "./pooling.ts";
import type { RecipeSettings } from "./text/recipes.ts";
import type { TokenizerFiles } from "./text/tokenizerFiles.ts";
import type { TrainedBy } from "./trainedBy.ts";
import type { VectorStep } from "./vectorSteps.ts";

/** How to use a model; everything has a default that comes from the model. */
export interface EncoderOptions {
  /** Name in records and tables; default the model file's or folder's. */
  readonly name?: string | undefined;
  /** A known model (`scidocs models`) whose settings apply where no other option says otherwise. */
  readonly as?: string | undefined;
  /** Default `hf`, or `original` for an AllenNLP archive. */
  readonly recipe?: string | undefined;
  /** Template such as `{title}{sep}{abstract}`, in place of a recipe. */
  readonly text?: string | undefined;
  readonly prefix?: string | undefined;
  /** Name of one of the folder's prompts; default the folder's own default, or none. */
  readonly prompt?: string | undefined;
  /** A mode, or several as `cls+mean`. Default what the folder declares; else `cls`, or the model's own when it puts out sentence vectors. */
  readonly pooling?: string | undefined;
  /** Default what the folder declares, else false. */
  readonly normalize?: boolean | undefined;
  /** Only the first numbers of each vector. */
  readonly dimensions?: number | undefined;
  readonly maxLength?: number | undefined;
  /** Name of the model's output to take. */
  readonly output?: string | undefined;
  readonly provider?: string | undefined;
  /** Graphics card for `cuda`. */
  readonly deviceId?: number | undefined;
  /** `fp32` or `int8`, for checkpoints. */
  readonly precision?: string | undefined;
  /** A folder with an adapter for the checkpoint. */
  readonly adapter?: string | undefined;
  /** A `vocab.txt` or `tokenizer.json` to use instead of the one beside the model. */
  readonly vocab?: string | undefined;
  /** For an ONNX file that puts out all layers: a JSON file that says how the recipe `original` mixes them. */
  readonly mixWeights?: string | undefined;
  /** Where converted checkpoints are kept. */
  readonly cacheDir?: string | undefined;
}

/** The options by name, for the calls that take them. */
export const encoderOptionNames: OptionNames<EncoderOptions> = {
  name: true,
  as: true,
  recipe: true,
  text: true,
  prefix: true,
  pooling: true,
  normalize: true,
  maxLength: true,
  output: true,
  provider: true,
  deviceId: true,
  precision: true,
  vocab: true,
  mixWeights: true,
  prompt: true,
  dimensions: true,
  adapter: true,
  cacheDir: true,
};

/** One tensor that a model is fed. */
export interface FedInput {
  /** `words` is 1 at the positions that the recipe names (`original`: each word's last piece); `places` counts the tokens. */
  readonly role: "ids" | "mask" | "types" | "words" | "places";
  readonly name: string;
  readonly type: "int64" | "int32" | "float32" | "float16" | "bool";
}

/** How a model's inputs are filled. */
export interface Feeding {
  /** The place of the first token, for models that are fed with places. */
  readonly firstPlace: number;
  /** Whether shorter texts may be padded to the longest; not where no mask would hide the padding. */
  readonly padded: boolean;
  /** Texts and tokens of every run, where the model was exported for certain numbers; null for any. */
  readonly fixedBatch: number | null;
  readonly fixedTokens: number | null;
}

/**
 * A model that turns papers into vectors, fully described: which files, which tensors, which text, which pooling. Plain data;
 * nothing is open.
 */
export interface Encoder {
  readonly name: string;
  /** What kind of model was given. */
  readonly source: "onnx" | "huggingface" | "allennlp";
  readonly modelFile: string;
  /** The files that the model is made of, tokenizer included, hashed. */
  readonly files: readonly FileHash[];
  /** The same files as they were when they were hashed. */
  readonly stamps: readonly FileStamp[];
  readonly sha256: string;
  readonly tokenizer: TokenizerFiles;
  readonly recipe: RecipeSettings;
  /** What the tokenizer puts between title and abstract; empty where the recipe has nothing of it. */
  readonly separator: string;
  readonly pooling: Pooling;
  /** Tokens at the start of every text (a prompt's) that pooling passes over. */
  readonly skippedTokens: number;
  /** What is done to a pooled vector. */
  readonly steps: readonly VectorStep[];
  readonly maxLength: number;
  readonly inputs: readonly FedInput[];
  readonly feeding: Feeding;
  readonly output: string;
  /** Further outputs of the model: of other encoders that share it, whose vectors stand after this one's. */
  readonly otherOutputs: readonly string[];
  /** What the model's folder declares about its use, in words; null where it declares nothing. */
  readonly declared: string | null;
  /** What the model's folder tells of its training; null where it tells of none. */
  readonly training: TrainedBy | null;
  /** Length of a vector; null where the model leaves it open until it runs. */
  readonly dimensions: number | null;
  readonly provider: Provider;
  readonly deviceId: number;
  /** `fp32` or `int8` for checkpoints; `model` for an ONNX file, which is taken as it is. */
  readonly precision: string;
  /** What the fingerprint is made of. */
  readonly settings: VectorSettings;
  readonly fingerprint: string;
  /** What a user should hear about the model, such as where its conversion is kept. */
  readonly notes: readonly string[];
}
