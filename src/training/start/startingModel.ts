import type { TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import type { TokenizerFiles } from "../../encoders/text/tokenizerFiles.ts";
import type { FileHash } from "../../files/hashFiles.ts";

/** A model as a training starts from it; its numbers still lie in their files. */
export interface StartingModel {
  readonly encoder: TrainableEncoder;
  /** Most tokens of one text. */
  readonly maxTokens: number;
  /** The `config.json` of the folders that come out. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The encoder's weights, and those of a pooler or a mix where the model has them, by the names that they have here. */
  readonly weights: readonly StartingWeight[];
  readonly tokenizer: TokenizerFiles;
  /** Files that belong to the tokenizer and are copied into what comes out: path, and name there. */
  readonly tokenizerFiles: readonly { readonly path: string; readonly name: string }[];
  /** Whether the original recipe takes the mean over words; null where the model does not say. */
  readonly averaged: boolean | null;
  /** The original recipe's most words; undefined where the model does not say. */
  readonly maxWords: number | null | undefined;
  /** What a sentence-transformers folder declares of its vectors; null for other starts. */
  readonly declared: DeclaredUse | null;
  /** Shares that the model's configuration says; BERT's where it says none. */
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  /** The files that it came from. */
  readonly files: readonly FileHash[];
  /** What a user should hear. */
  readonly notes: readonly string[];
}

/** What a folder declares about the use of its encoder. */
export interface DeclaredUse {
  readonly text: string;
  /** The declared pooling, where nothing else is declared that would change a vector; null else. */
  readonly pooling: string | null;
}

export interface StartingWeight {
  readonly name: string;
  readonly dims: readonly number[];
  readonly read: () => Float32Array;
}

/** Share of dropout in BERT as published. */
export const bertDropout = 0.1;

/** A share that a configuration may state. */
export function dropoutOf(config: Readonly<Record<string, unknown>>, key: string): number {
  const value = config[key];
  return typeof value === "number" && value >= 0 && value < 1 ? value : bertDropout;
}
