import { ownValue } from "../../ownValue.ts";
import { printable } from "../../printable.ts";
import { bytePairs } from "./models/bytePairs.ts";
import type { ModelConfig, SplitWord } from "./models/splitWord.ts";
import { unigram } from "./models/unigram.ts";
import { wordLevel, wordPiece } from "./models/wordPiece.ts";
import { modelForms, requireForm } from "./tokenizerForms.ts";

/** Hugging Face's models, as the Rust library computes them. */
const models: Readonly<Record<string, (config: ModelConfig, vocabulary: ReadonlyMap<string, number>) => SplitWord>> = {
  WordPiece: wordPiece,
  BPE: bytePairs,
  Unigram: unigram,
  WordLevel: wordLevel,
};

/** A bound that keeps millions of rare words from filling the memory. */
const mostCachedWords = 200_000;

/**
 * Opens the `model` of a `tokenizer.json`. Words are given to it one by one: unknown characters of two words never become one token.
 * @throws Error for a model that we do not know, or options that are not of its form
 */
export function openPieceModel(model: unknown): SplitWord {
  const config: ModelConfig = { ...(model as object) };
  const type = typeOf(config);
  for (const [piece, id] of idsOf(config.vocab)) requireId(piece, id);
  const open = ownValue(models, type);
  if (open === undefined) throw new Error(`the model ${printable(type, 40)} is not known`);
  requireForm(`the model ${type}`, modelForms[type], config);
  requireVocabulary(type, config.vocab);
  const split = open(config, new Map(idsOf(config.vocab) as [string, number][]));
  const known = new Map<string, readonly number[]>();
  return (word) => {
    const cached = known.get(word);
    if (cached !== undefined) return cached;
    const ids = orSayWord(word, split);
    if (known.size < mostCachedWords) known.set(word, ids);
    return ids;
  };
}

/** A model knows its pieces, and a user the word that they are looked for in. */
function orSayWord(word: string, split: SplitWord): readonly number[] {
  try {
    return split(word);
  } catch (cause) {
    throw new Error(
      `a part of "${printable(word, 40)}" is not in its vocabulary, which has no token for unknown ones`,
      { cause },
    );
  }
}

/** Without its words every text would be the same row of unknown ones. */
function requireVocabulary(type: string, vocabulary: unknown): void {
  const isRightKind =
    typeof vocabulary === "object" && vocabulary !== null && Array.isArray(vocabulary) === (type === "Unigram");
  if (!isRightKind)
    throw new Error(`the vocabulary of the model ${type} is not ${type === "Unigram" ? "a list" : "an object of ids"}`);
  if (Object.keys(vocabulary).length === 0) throw new Error("its vocabulary is empty");
}

/** Pieces with their ids, where the vocabulary names them; in a list the place is the id. */
function idsOf(vocabulary: unknown): [string, unknown][] {
  return Array.isArray(vocabulary) ? [] : Object.entries({ ...(vocabulary as Record<string, unknown>) });
}

/**
 * Checks that a token's id can be a row of a table: anything else would be rounded, or taken for another row, on its way to the model.
 * @throws Error naming the token
 */
export function requireId(token: string, id: unknown): void {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < 2 ** 31) return;
  throw new Error(`the id of "${printable(token, 40)}" is ${printable(String(id), 40)}, and not a whole number`);
}

/** Files of 2020 do not name the type. */
function typeOf(config: ModelConfig): string {
  if (config.type !== undefined && config.type !== null) return String(config.type);
  if (Array.isArray(config.merges)) return "BPE";
  if (Array.isArray(config.vocab)) return "Unigram";
  return "max_input_chars_per_word" in config || "continuing_subword_prefix" in config ? "WordPiece" : "WordLevel";
}
