import type { DropoutPlaces, TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import type { WordRules } from "../../encoders/text/originalRecipe.ts";
import type { TokenizerFiles } from "../../encoders/text/tokenizerFiles.ts";
import { fileError } from "../../errors.ts";
import type { FileStamp } from "../../files/fileStamps.ts";
import type { FileHash } from "../../files/hashFiles.ts";
import { printableValue } from "../../printable.ts";

/** A model as a training starts from it; its numbers still lie in their files. */
export interface StartingModel {
  readonly encoder: TrainableEncoder;
  /** Most tokens of one text. */
  readonly maxTokens: number;
  /** The `config.json` of the folders that come out. */
  readonly configText: string;
  /** The encoder's weights, and those of a pooler or a mix where the model has them, by the names that they have here. */
  readonly weights: readonly StartingWeight[];
  readonly tokenizer: TokenizerFiles;
  /** Files that belong to the tokenizer and are copied into what comes out. They may be changed or gone by then: a training takes days. */
  readonly tokenizerFiles: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Whether the original recipe takes the mean over words; null where the model does not say. */
  readonly averaged: boolean | null;
  /** The original recipe's most words; undefined where the model does not say. */
  readonly maxWords: number | null | undefined;
  /** How an archive's words are made; null where the model does not say. */
  readonly words: WordRules | null;
  /** What a sentence-transformers folder declares of its vectors; null for other starts. */
  readonly declared: DeclaredUse | null;
  /** Shares that the model's configuration says; null where it says several that one share cannot be. */
  readonly hiddenDropout: number | null;
  readonly attentionDropout: number;
  /** The files that it came from, by their names alone. */
  readonly files: readonly FileHash[];
  /** The same files as they were before they were read: weights are read last. */
  readonly stamps: readonly FileStamp[];
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

/**
 * The shares that a configuration states.
 * @throws ScidocsError `BAD_INPUT` for one that is no share
 */
export function dropoutOf(
  file: string,
  config: Readonly<Record<string, unknown>>,
  { hidden, attention, otherwise }: DropoutPlaces,
): Pick<StartingModel, "hiddenDropout" | "attentionDropout"> {
  const shareOf = (key: string): number => {
    const value = config[key] ?? otherwise;
    if (typeof value === "number" && value >= 0 && value < 1) return value;
    throw fileError(file, null, `${key} is ${printableValue(value)}, and should be a share from 0 to below 1`);
  };
  const [first = otherwise, ...others] = hidden.map(shareOf);
  return {
    hiddenDropout: others.every((share) => share === first) ? first : null,
    attentionDropout: shareOf(attention),
  };
}
