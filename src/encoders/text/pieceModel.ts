import { Tokenizer } from "@huggingface/tokenizers";
import { printable, printableValue } from "../../printable.ts";
import { modelForms, requireForm } from "./tokenizerForms.ts";

/** Splits one word into the ids of its pieces. */
export type SplitWord = (word: string) => readonly number[];

type Config = Readonly<Record<string, unknown>>;

/** A bound that keeps millions of rare words from filling the memory. */
const mostCachedWords = 200_000;

/**
 * Opens the `model` of a `tokenizer.json`: WordPiece, BPE and Unigram are the JavaScript library's, WordLevel is a look-up.
 * Words are given to it one by one, as the Rust library does: unknown characters of two words never become one token.
 * @throws Error for a model that we do not know, or options that the library would pass over
 */
export function openPieceModel(model: unknown): SplitWord {
  const config: Config = { ...(model as object) };
  const type = typeOf(config);
  for (const [piece, id] of idsOf(config.vocab)) requireId(piece, id);
  const form = modelForms[type];
  if (form === undefined) throw new Error(`the model ${printable(type, 40)} is not known`);
  requireForm(`the model ${type}`, form, config);
  requireVocabulary(type, config.vocab);
  if (type === "BPE") requireMerges(config);
  if (type === "Unigram") requirePieces(config);
  const split = type === "WordLevel" ? wordLevel(config) : libraryModel({ ...config, type });
  const known = new Map<string, readonly number[]>();
  return (word) => {
    const cached = known.get(word);
    if (cached !== undefined) return cached;
    const ids = split(word);
    // The library gives no id, or the one that is said, where the token for unknown words is none of the vocabulary's.
    if (!ids.every(Number.isInteger))
      throw new Error(
        `a part of "${printable(word, 40)}" is not in its vocabulary, which has no token for unknown ones`,
      );
    if (known.size < mostCachedWords) known.set(word, ids);
    return ids;
  };
}

/** Without its words every text would be the same row of unknown ones. */
function requireVocabulary(type: string, vocabulary: unknown): void {
  const isRightKind =
    typeof vocabulary === "object" && vocabulary !== null && Array.isArray(vocabulary) === (type === "Unigram");
  if (!isRightKind)
    throw new Error(`the vocabulary of the model ${type} is not ${type === "Unigram" ? "a list" : "an object of ids"}`);
  if (Object.keys(vocabulary).length === 0) throw new Error("its vocabulary is empty");
}

/** The Rust library refuses a merge of pieces, or into one, that the vocabulary has not: here the words would fall apart. */
function requireMerges({ vocab, merges }: Config): void {
  if (!Array.isArray(merges)) throw new Error("its merges are not a list");
  const known = new Set(idsOf(vocab).map(([piece]) => piece));
  for (const merge of merges) {
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    const [left, right, ...more]: unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof left !== "string" || typeof right !== "string" || more.length > 0) {
      throw new Error(`among its merges is ${printableValue(merge, 60)}, which is no pair`);
    }
    const unknown = [left, right, left + right].find((piece) => !known.has(piece));
    if (unknown !== undefined) {
      throw new Error(
        `it merges "${printable(left, 40)}" and "${printable(right, 40)}", and "${printable(unknown, 40)}" is not in its vocabulary`,
      );
    }
  }
}

function requirePieces({ vocab, unk_id: unknown }: Config): void {
  if (!Array.isArray(vocab)) return;
  const odd = vocab.findIndex(
    (entry) => !Array.isArray(entry) || typeof entry[0] !== "string" || !Number.isFinite(entry[1]),
  );
  if (odd !== -1) {
    throw new Error(
      `entry ${odd} of its vocabulary is ${printableValue(vocab[odd], 60)}: expected a piece and its score`,
    );
  }
  if (typeof unknown === "number" && unknown >= vocab.length) {
    throw new Error(`its unk_id is ${unknown}, and it has ${vocab.length} pieces`);
  }
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
function typeOf(config: Config): string {
  if (config.type !== undefined && config.type !== null) return String(config.type);
  if (Array.isArray(config.merges)) return "BPE";
  if (Array.isArray(config.vocab)) return "Unigram";
  return "max_input_chars_per_word" in config || "continuing_subword_prefix" in config ? "WordPiece" : "WordLevel";
}

function libraryModel(config: Config): SplitWord {
  const refuse = (option: string): never => {
    throw new Error(`the ${config.type} option ${option} is not known`);
  };
  if (config.type === "BPE") {
    if (typeof config.dropout === "number" && config.dropout > 0) refuse("dropout");
    if (typeof config.continuing_subword_prefix === "string" && config.continuing_subword_prefix !== "") {
      refuse("continuing_subword_prefix");
    }
  } else if (config.type === "Unigram") {
    if (config.byte_fallback === true) refuse("byte_fallback");
  }
  const named =
    config.type === "WordPiece" ? { unk_token: "[UNK]", continuing_subword_prefix: "##", ...config } : config;
  if (config.type === "WordPiece") requireUnknown(String(named.unk_token), new Map(idsOf(config.vocab)));
  // Only the model: texts are normalized and cut by our own code, which follows the Rust library.
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
  const tokenizer = new Tokenizer({ ...parts, model: named }, {});
  return (word) => tokenizer.encode(word, { add_special_tokens: false }).ids;
}

function wordLevel(config: Config): SplitWord {
  const vocabulary = new Map(Object.entries({ ...(config.vocab as Record<string, number>) }));
  const unknown = requireUnknown(String(config.unk_token ?? "<unk>"), vocabulary);
  return (word) => [vocabulary.get(word) ?? unknown];
}

function requireUnknown<Id>(name: string, vocabulary: ReadonlyMap<string, Id>): Id {
  const unknown = vocabulary.get(name);
  if (unknown === undefined)
    throw new Error(`${printable(name, 40)}, which stands for unknown words, is not in its vocabulary`);
  return unknown;
}
