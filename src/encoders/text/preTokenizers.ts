import { ownValue } from "../../ownValue.ts";
import { isPunctuation } from "./characterClasses.ts";
import { findMatches, type Match } from "./libraryParts.ts";
import { preTokenizerForms, requireForm } from "./tokenizerForms.ts";

/**
 * Cuts a text into the words that are split into pieces one by one.
 * @param atStart whether the text begins the whole input
 */
export type PreTokenize = (text: string, atStart: () => boolean) => string[];

/** The same, with empty words among them: one at the front where the text's own beginning is in no word. */
type Cut = PreTokenize;

type Config = Readonly<Record<string, unknown>>;

/** What becomes of the separators that a text is cut at. */
type Behavior = "Removed" | "Isolated" | "MergedWithPrevious" | "MergedWithNext" | "Contiguous";

/** A stretch of text, and whether it is a separator. */
interface Stretch {
  readonly text: string;
  readonly separator: boolean;
}

/** GPT-2's words, with Unicode's blanks: JavaScript's `\s` has U+FEFF and has not U+0085. */
const gpt2Words =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Word characters of Rust's regular expressions. */
const word = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d]";
const words = new RegExp(`${word}+|(?:(?!${word})\\P{White_Space})+`, "gu");

/** Hugging Face's pre-tokenizers, as the Rust library computes them. */
const preTokenizers: Readonly<Record<string, (config: Config) => Cut>> = {
  BertPreTokenizer: () => (text) =>
    blanksOut(text).flatMap((part) => (part === "" ? [""] : behave(byCharacter(part, isPunctuation), "Isolated"))),
  Whitespace: () => (text) => (/^\p{White_Space}/u.test(text) ? [""] : []).concat(text.match(words) ?? []),
  WhitespaceSplit: () => blanksOut,
  ByteLevel: byteLevel,
  Metaspace: metaspace,
  Punctuation: (config) => {
    const behavior = behaviorOf(config, "Isolated");
    return (text) => behave(byCharacter(text, isPunctuation), behavior);
  },
  Digits: ({ individual_digits: single }) => {
    const isNumeric = (code: number): boolean => /\p{N}/u.test(String.fromCodePoint(code));
    return (text) => behave(byCharacter(text, isNumeric), single === true ? "Isolated" : "Contiguous");
  },
  CharDelimiterSplit:
    ({ delimiter }) =>
    (text) =>
      text.split(String(delimiter)),
  FixedLength:
    ({ length }) =>
    (text) => {
      const [characters, size] = [[...text], Number(length ?? 5)];
      const starts = Array.from({ length: Math.ceil(characters.length / size) }, (_, index) => index * size);
      return starts.map((start) => characters.slice(start, start + size).join(""));
    },
  Split: splitAtPattern,
  Sequence: ({ pretokenizers }) => {
    const opened = (Array.isArray(pretokenizers) ? pretokenizers : []).map(openCut);
    const cutPart = (cut: Cut, part: string, atStart: () => boolean): string[] => {
      const words = part === "" ? [] : cut(part, atStart);
      return words.length === 0 ? [""] : words;
    };
    return (text, atStart) =>
      opened.reduce(
        (parts, cut) => parts.flatMap((part, index) => cutPart(cut, part, index === 0 ? atStart : () => false)),
        [text],
      );
  },
};

/**
 * Opens the `pre_tokenizer` of a `tokenizer.json`; null means that the text is one word.
 * @throws Error naming a kind that we do not know, or fields that are not of its form
 */
export function openPreTokenizer(config: unknown): PreTokenize {
  const cut: Cut = config === null || config === undefined ? (text) => [text] : openCut(config);
  return (text, atStart) => (text === "" ? [] : cut(text, atStart).filter((word) => word !== ""));
}

function openCut(config: unknown): Cut {
  const fields: Config = { ...(config as object) };
  const open = ownValue(preTokenizers, String(fields.type));
  if (open === undefined) throw new Error(`the pre-tokenizer ${fields.type} is not known`);
  requireForm(`the pre-tokenizer ${fields.type}`, preTokenizerForms[String(fields.type)], fields);
  return open(fields);
}

/** @throws Error for words that are marked where the input begins, and are cut by another part before */
export function requireFirstInFront(config: unknown, inFront = true): void {
  const { type, prepend_scheme: scheme, pretokenizers: parts }: Config = { ...(config as object) };
  if (type === "Metaspace" && scheme === "first" && !inFront)
    throw new Error(
      "the pre-tokenizer Metaspace with prepend_scheme first, behind others and a normalizer, is not known",
    );
  if (!Array.isArray(parts)) return;
  for (const [place, part] of parts.entries()) requireFirstInFront(part, inFront && place === 0);
}

function blanksOut(text: string): string[] {
  return text.split(/\p{White_Space}+/u);
}

function byteLevel(config: Config): Cut {
  const prefixed = config.add_prefix_space !== false;
  const cut = config.use_regex !== false;
  return (text) => {
    const whole = prefixed && !text.startsWith(" ") ? ` ${text}` : text;
    return (cut ? (whole.match(gpt2Words) ?? []) : [whole]).map(bytesAsLetters);
  };
}

/** GPT-2's letters for bytes: printable Latin ones stand for themselves, the others for U+0100 and on. */
const byteLetters: readonly string[] = (() => {
  const letters: string[] = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const itself = (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173;
    letters.push(String.fromCharCode(itself ? byte : next++));
  }
  return letters;
})();

/** A text's bytes as GPT-2's letters for them. */
export function bytesAsLetters(text: string): string {
  let result = "";
  for (const byte of Buffer.from(text)) result += byteLetters[byte] ?? "";
  return result;
}

function metaspace(config: Config): Cut {
  const mark = String(config.replacement ?? "▁");
  // Files of before 2023 say add_prefix_space instead.
  const scheme = String(config.prepend_scheme ?? (config.add_prefix_space === false ? "never" : "always"));
  if (config.add_prefix_space === false && scheme !== "never") {
    throw new Error(`the pre-tokenizer Metaspace has the prepend_scheme ${scheme} and add_prefix_space false`);
  }
  const cut = config.split !== false;
  return (text, atStart) => {
    const marked = text.replaceAll(" ", mark);
    const prepend = !marked.startsWith(mark) && (scheme === "always" || (scheme === "first" && atStart()));
    const whole = prepend ? mark + marked : marked;
    return cut
      ? behave(
          byCharacter(whole, (code) => String.fromCodePoint(code) === mark),
          "MergedWithNext",
        )
      : [whole];
  };
}

function splitAtPattern(config: Config): Cut {
  const behavior = behaviorOf(config, "Removed");
  const pattern: Config = { ...(config.pattern as object) };
  const inverted = config.invert === true;
  // Text is a pattern as well, of which no sign means anything.
  const find = findMatches(typeof pattern.String === "string" ? literal(pattern.String) : String(pattern.Regex));
  return (text) => {
    const stretches = stretchesOf(text, find(text));
    return behave(inverted ? stretches.map((one) => ({ ...one, separator: !one.separator })) : stretches, behavior);
  };
}

function literal(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}

/** The matches, and the text between them. */
function stretchesOf(text: string, matches: readonly Match[]): Stretch[] {
  const stretches: Stretch[] = [];
  let at = 0;
  for (const { start, end } of matches) {
    if (start > at) stretches.push({ text: text.slice(at, start), separator: false });
    stretches.push({ text: text.slice(start, end), separator: true });
    at = end;
  }
  if (at < text.length) stretches.push({ text: text.slice(at), separator: false });
  return stretches;
}

/** Every character of a class is a separator by itself. */
function byCharacter(text: string, separates: (code: number) => boolean): Stretch[] {
  const stretches: Stretch[] = [];
  let plain = "";
  for (const character of text) {
    if (!separates(character.codePointAt(0) ?? 0)) {
      plain += character;
      continue;
    }
    if (plain !== "") stretches.push({ text: plain, separator: false });
    stretches.push({ text: character, separator: true });
    plain = "";
  }
  if (plain !== "") stretches.push({ text: plain, separator: false });
  return stretches;
}

function behaviorOf({ behavior }: Config, usual: Behavior): Behavior {
  const known = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"] as const;
  const found = behavior === undefined ? usual : known.find((one) => one === behavior);
  if (found === undefined) throw new Error(`the split behaviour ${behavior} is not known`);
  return found;
}

function behave(stretches: readonly Stretch[], behavior: Behavior): string[] {
  const isSomething = (text: string): boolean => text !== "";
  if (behavior === "Removed") {
    return stretches.filter(({ text }) => isSomething(text)).map(({ text, separator }) => (separator ? "" : text));
  }
  if (behavior === "Isolated") return stretches.map(({ text }) => text).filter(isSomething);
  const parts: string[] = [];
  let before: Stretch | null = null;
  for (const stretch of stretches) {
    const joins: boolean =
      before !== null &&
      (behavior === "Contiguous"
        ? before.separator === stretch.separator
        : behavior === "MergedWithPrevious"
          ? stretch.separator && !before.separator
          : before.separator && !stretch.separator);
    if (joins) parts.push((parts.pop() ?? "") + stretch.text);
    else parts.push(stretch.text);
    before = stretch;
  }
  return parts.filter(isSomething);
}
