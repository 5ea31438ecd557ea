import { Tokenizer } from "@huggingface/tokenizers";
import { printable } from "../../printable.ts";

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
  const split = type === "WordLevel" ? wordLevel(config) : libraryModel({ ...config, type });
  requireVocabulary(type, config.vocab);
  const known = new Map<string, readonly number[]>();
  return (word) => {
    const cached = known.get(word);
    if (cached !== undefined) return cached;
    const ids = split(word);
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
  if (typeof config.type === "string") return config.type;
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
  } else if (config.type !== "WordPiece") throw new Error(`the model ${config.type} is not known`);
  const named =
    config.type === "WordPiece" ? { unk_token: "[UNK]", continuing_subword_prefix: "##", ...config } : config;
  // Only the model: texts are normalized and cut by our own code, which follows the Rust library.
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
  const tokenizer = new Tokenizer({ ...parts, model: named }, {});
  return (word) => tokenizer.encode(word, { add_special_tokens: false }).ids;
}

function wordLevel(config: Config): SplitWord {
  const vocabulary = new Map(Object.entries({ ...(config.vocab as Record<string, number>) }));
  const name = String(config.unk_token ?? "<unk>");
  const unknown = vocabulary.get(name);
  if (unknown === undefined) throw new Error(`${name}, which stands for unknown words, is not in its vocabulary`);
  return (word) => [vocabulary.get(word) ?? unknown];
}
