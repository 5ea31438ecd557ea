import { ownValue } from "../../ownValue.ts";
import { isBertControl, isChinese, isMark, isNonspacingMark, normalForm } from "./characterClasses.ts";
import { replaceMatches } from "./libraryParts.ts";
import { precompiledMap } from "./precompiledMap.ts";
import { bytesAsLetters } from "./preTokenizers.ts";
import { normalizerForms, requireForm } from "./tokenizerForms.ts";

/** Changes a text before it is cut into words. */
export type Normalize = (text: string) => string;

type Config = Readonly<Record<string, unknown>>;

/**
 * Hugging Face's normalizers, as the Rust library computes them. Characters are looked at one by one there, so that a capital sigma at a
 * word's end becomes an ordinary small one, where JavaScript and Python write the final form.
 */
const normalizers: Readonly<Record<string, (config: Config) => Normalize>> = {
  BertNormalizer: bertNormalizer,
  Lowercase: () => lowerCase,
  NFC: () => (text) => normalForm(text, "NFC"),
  NFD: () => (text) => normalForm(text, "NFD"),
  NFKC: () => (text) => normalForm(text, "NFKC"),
  NFKD: () => (text) => normalForm(text, "NFKD"),
  StripAccents: () => (text) => everyCharacter(text, (character, code) => (isMark(code) ? "" : character)),
  Strip:
    ({ strip_left: left, strip_right: right }) =>
    (text) => {
      const started = left === false ? text : text.replace(/^\p{White_Space}+/u, "");
      return right === false ? started : started.replace(/\p{White_Space}+$/u, "");
    },
  Prepend: ({ prepend }) => {
    const first = shortText(prepend, "Prepend");
    return (text) => (text === "" ? "" : `${first}${text}`);
  },
  Replace: replacement,
  Precompiled: ({ precompiled_charsmap: map }) => {
    if (typeof map !== "string") throw new Error("a Precompiled normalizer without its map");
    return precompiledMap(Buffer.from(map, "base64"));
  },
  Nmt: () => nmt,
  ByteLevel: () => bytesAsLetters,
  Sequence: ({ normalizers: parts }) => {
    const opened = (Array.isArray(parts) ? parts : []).map(openKnown);
    return (text) =>
      opened.reduce((now, normalize) => {
        const next = normalize(now);
        if (next.length > mostTimesLonger * text.length + longestContent) {
          throw new Error(`its normalizers make a text over ${mostTimesLonger} times as long`);
        }
        return next;
      }, text);
  },
};

/** A character becomes 18 at most, in Unicode's own normal forms. */
const mostTimesLonger = 32;

/** Longest text that a normalizer puts in: a blank's sign, mostly. */
const longestContent = 1000;

/** @throws Error for one with which a few characters could fill the memory */
function shortText(value: unknown, where: string): string {
  const text = String(value ?? "");
  if (text.length > longestContent)
    throw new Error(`the normalizer ${where} puts in ${text.length} characters at once`);
  return text;
}

/**
 * Opens the `normalizer` of a `tokenizer.json`; null means none.
 * @throws Error naming a kind that we do not know, or fields that are not of its form
 */
export function openNormalizer(config: unknown): Normalize {
  return config === null || config === undefined ? (text) => text : openKnown(config);
}

function openKnown(config: unknown): Normalize {
  const fields: Config = { ...(config as object) };
  const open = ownValue(normalizers, String(fields.type));
  if (open === undefined) throw new Error(`the normalizer ${fields.type} is not known`);
  requireForm(`the normalizer ${fields.type}`, normalizerForms[String(fields.type)], fields);
  return open(fields);
}

/** Whether a text's first character is what its normalized form begins with; else one behind it is, as where blanks are taken off. */
export function keepsStart(normalize: Normalize, text: string): boolean {
  const [first = ""] = text;
  return normalize(text) !== normalize(text.slice(first.length));
}

/** Lower case character by character. */
export function lowerCase(text: string): string {
  // Only a sigma's lower case depends on what stands around it.
  return text.replaceAll("Σ", "σ").toLowerCase();
}

function bertNormalizer(config: Config): Normalize {
  const lowers = config.lowercase !== false;
  const strips = typeof config.strip_accents === "boolean" ? config.strip_accents : lowers;
  return (text) => {
    let now = text;
    if (config.clean_text !== false) now = clean(now);
    if (config.handle_chinese_chars !== false) now = chineseApart(now);
    if (strips)
      now = everyCharacter(normalForm(now, "NFD"), (character, code) => (isNonspacingMark(code) ? "" : character));
    return lowers ? lowerCase(now) : now;
  };
}

/** Control characters out, every blank an ordinary one. */
function clean(text: string): string {
  return everyCharacter(text, (character, code) => {
    if (code === 9 || code === 10 || code === 13) return " ";
    if (isBertControl(code)) return "";
    return /\p{White_Space}/u.test(character) ? " " : character;
  });
}

function chineseApart(text: string): string {
  return everyCharacter(text, (character, code) => (isChinese(code) ? ` ${character} ` : character));
}

/** Replaces every character beyond printable ASCII by what `map` makes of it. Plain English passes at once. */
function everyCharacter(text: string, map: (character: string, code: number) => string): string {
  if (/^[ -~]*$/.test(text)) return text;
  let result = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    result += code >= 32 && code < 127 ? character : map(character, code);
  }
  return result;
}

/** A pattern is plain text or a regular expression of the Oniguruma library, whose translation is the JavaScript library's. */
function replacement(config: Config): Normalize {
  const pattern: Config = { ...(config.pattern as object) };
  const content = shortText(config.content, "Replace");
  if (typeof pattern.String === "string" && pattern.String !== "") {
    const plain = pattern.String;
    return (text) => text.replaceAll(plain, () => content);
  }
  return replaceMatches(String(pattern.Regex ?? ""), content);
}

/** SentencePiece's rules for control characters and blanks. */
function nmt(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it takes out
      .replace(/[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/g, "")
      .replace(/[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g, " ")
  );
}
