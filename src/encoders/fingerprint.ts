import { createHash } from "node:crypto";

/** Everything that can change a number of a vector, flat, so that two of them can be compared name by name. */
export type VectorSettings = {
  /** SHA-256 over the model's files. */
  readonly model: string;
  /** SHA-256 over the tokenizer's files. */
  readonly tokenizer: string;
  readonly recipe: string;
  readonly text: string | null;
  readonly prefix: string;
  readonly pooling: string;
  readonly normalize: boolean;
  readonly maxLength: number;
  readonly output: string;
  readonly precision: string;
  readonly provider: string;
  /** What is done to a vector after pooling, where that is more than `normalize`. */
  readonly steps?: string;
  /** Tokens of a prompt that pooling passes over. */
  readonly skippedTokens?: number;
  /** The place of a text's first token, where the model is fed with places and does not count from 0. */
  readonly firstPlace?: number;
  /** What is done to a text before it is tokenized. */
  readonly rules?: string;
  /** How the words of the recipe original are made, where not as in the published SPECTER. */
  readonly words?: string;
  /** The model's type, where it decides how the tokenizer's files are read. */
  readonly modelType?: string;
  /** Other settings of this kind of model, such as layer mix weights or an API's address; null for none. */
  readonly extra: string | null;
};

/**
 * Rises when this program makes other token ids or other vectors of the same files and settings than it did, so that stored vectors of
 * before are left alone: 2 since the models of tokenizers are our own.
 */
const makingVersion = 2;

/** The identity of vectors: SHA-256 (hex) over the settings that made them, names in alphabetical order, and the version of the making. */
export function fingerprintOf(settings: VectorSettings): string {
  const entries = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([...entries, ["makingVersion", makingVersion]]))
    .digest("hex");
}
