import { existsSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { fileError } from "../../errors.ts";
import { wordPieceTokenizer } from "./wordPieceVocabulary.ts";

/** Files that say how a model's texts become tokens. Plain data, so that a worker thread can open the same tokenizer. */
export interface TokenizerFiles {
  /** `tokenizer.json`, or a bare WordPiece `vocab.txt`. */
  readonly vocabulary: string;
  /** `tokenizer_config.json`, where there is one. */
  readonly config: string | null;
  /** Whether texts are put in lower case before everything else, special tokens in them spared. */
  readonly lowerCase?: boolean;
}

/** Splits a text into the model's token ids. */
export interface TextTokenizer {
  /** The text between sentences, `[SEP]` in BERT's family; empty where the tokenizer has none. */
  readonly separator: string;
  /**
   * Token ids with the special tokens around them, at most `maxLength`. A longer text loses its end and keeps the closing special
   * tokens, as Hugging Face's Python tokenizers do (their JavaScript counterpart cuts the final `[SEP]` off).
   */
  readonly encode: (text: string, maxLength: number) => { ids: number[]; truncated: boolean };
  /** Token ids of a text without special tokens. */
  readonly pieces: (text: string) => number[];
  readonly tokenId: (token: string) => number | undefined;
  /** Special tokens that close every text. */
  readonly closingTokens: number;
}

type Json = Record<string, unknown>;

/**
 * Reads a JSON file that must hold an object.
 * @throws ScidocsError `BAD_INPUT` with the file's name
 */
export function readJsonObject(file: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw fileError(file, null, `cannot be read as JSON: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fileError(file, null, "should hold a JSON object");
  }
  return { ...value };
}

const truth = (value: unknown, fallback: boolean): boolean => (typeof value === "boolean" ? value : fallback);

/** A token's text: configs give it plain or as an object with `content`. */
function tokenText(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "content" in value) return tokenText(value.content);
  return null;
}

/**
 * Opens a tokenizer from its files.
 * @throws ScidocsError `BAD_INPUT` for files that do not describe one
 */
export function openTokenizer(files: TokenizerFiles): TextTokenizer {
  const config = files.config !== null && existsSync(files.config) ? readJsonObject(files.config) : {};
  const definition = files.vocabulary.endsWith(".json")
    ? readJsonObject(files.vocabulary)
    : wordPieceTokenizer(files.vocabulary, readFileSync(files.vocabulary, "utf8"), {
        lowerCase: truth(config.do_lower_case, true),
        stripAccents: typeof config.strip_accents === "boolean" ? config.strip_accents : null,
        splitChinese: truth(config.tokenize_chinese_chars, true),
      });
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(files.lowerCase === true ? lowerCaseFirst(definition) : definition, config);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fileError(
      files.vocabulary,
      null,
      `${basename(files.vocabulary)} is not a tokenizer we can read: ${reason}`,
      cause,
    );
  }
  const { before, after } = specialTokensAround(tokenizer);
  const separator = tokenText(config.sep_token) ?? (tokenizer.token_to_id("[SEP]") !== undefined ? "[SEP]" : "");
  const apart = splitsChinese(definition) ? rareChineseApart : (text: string): string => text;
  const pieces = (text: string): number[] => tokenizer.encode(apart(text), { add_special_tokens: false }).ids;
  return {
    separator,
    pieces,
    tokenId: (token) => tokenizer.token_to_id(token),
    closingTokens: after.length,
    encode: (text, maxLength) => {
      const body = pieces(text);
      const room = Math.max(0, maxLength - before.length - after.length);
      const truncated = body.length > room;
      return { ids: [...before, ...(truncated ? body.slice(0, room) : body), ...after], truncated };
    },
  };
}

/**
 * Sets Chinese characters beyond the basic plane apart with spaces, as BERT's normalizer does with all Chinese ones. The JavaScript library
 * looks at 16-bit halves and so never sees these; the Rust one splits them.
 */
function rareChineseApart(text: string): string {
  return text.replace(
    /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu,
    " $& ",
  );
}

function splitsChinese(definition: object): boolean {
  const { normalizer }: Json = { ...definition };
  if (typeof normalizer !== "object" || normalizer === null) return false;
  const { type, handle_chinese_chars: handled }: Json = { ...normalizer };
  return type === "BertNormalizer" && handled !== false;
}

/** A tokenizer's definition with lower-casing in front of its normalizer. */
function lowerCaseFirst(definition: object): object {
  const { normalizer }: Json = { ...definition };
  const normalizers = [{ type: "Lowercase" }, ...(normalizer == null ? [] : [normalizer])];
  return { ...definition, normalizer: { type: "Sequence", normalizers } };
}

/** What the post-processor puts before and after one text, found by asking it about a text of one letter. */
function specialTokensAround(tokenizer: Tokenizer): { before: number[]; after: number[] } {
  const bare = tokenizer.encode("a", { add_special_tokens: false }).ids;
  const whole = tokenizer.encode("a").ids;
  const extra = whole.length - bare.length;
  for (let start = 0; start <= extra; start++) {
    if (bare.every((id: number, index: number) => whole[start + index] === id)) {
      return { before: whole.slice(0, start), after: whole.slice(start + bare.length) };
    }
  }
  return { before: [], after: [] };
}

/**
 * Where a model's tokenizer lies: beside the model or one folder up.
 * @param vocabulary a `vocab.txt` or `tokenizer.json` named by the user, taken before all others
 * @returns null when there is none
 */
export function findTokenizer(modelFolder: string, vocabulary?: string): TokenizerFiles | null {
  const folders = [modelFolder, dirname(modelFolder)];
  const config = firstExisting(
    vocabulary === undefined ? folders : [dirname(vocabulary), ...folders],
    "tokenizer_config.json",
  );
  if (vocabulary !== undefined) return { vocabulary, config };
  for (const folder of folders) {
    const found = firstExisting([folder], "tokenizer.json") ?? firstExisting([folder], "vocab.txt");
    if (found !== null) return { vocabulary: found, config };
  }
  return null;
}

/** The first of the folders that holds a file of this name, as the file's path; null when none does. */
export function firstExisting(folders: readonly string[], name: string): string | null {
  for (const folder of folders) {
    const path = `${folder}/${name}`;
    if (existsSync(path)) return path;
  }
  return null;
}
