import { currency, icon, letter, lowerLetter, punctuation, quote, unit, upperLetter } from "./titleCharacters.ts";

/** What may be taken off the start of a word, one piece a round. */
export const prefix = pattern("^(?:", ["[§%=—–]", "\\+(?![0-9])", punctuation, "\\.{2,}", quote, currency, icon], ")");

/** What may be taken off the end of a word, but for runs of full stops. Of several fits the longest is the one that starts leftmost. */
const suffix = pattern(
  "(?:",
  [
    punctuation,
    "……",
    quote,
    icon,
    "[—–]",
    "['’][sS]",
    "(?<=[0-9])\\+",
    `(?<=[0-9])${currency}`,
    `(?<=[0-9])${unit}`,
    `(?<=[0-9]|${lowerLetter}|[%²\\-+\\(\\)?:,]|${quote})\\.`,
    `(?<=${upperLetter}{2})\\.`,
    "(?<=°[FfCcKk])\\.",
  ],
  ")$",
);

/** More characters than any suffix and what must stand before it, runs of full stops aside. */
const suffixWindow = 12;

/** The longest suffix that may be taken off the end of a word, or "". It looks at the end only, however long the word is. */
export function suffixOf(word: string): string {
  if (!word.endsWith("..")) return suffix.exec(word.slice(-suffixWindow))?.[0] ?? "";
  let start = word.length - 2;
  while (word[start - 1] === ".") start -= 1;
  return word.slice(start);
}

/** Where a word is cut inside; the piece itself stays as a word. The first rule that fits at a position counts. */
export const infix = pattern(
  "",
  [
    "\\.{2,}",
    "…",
    icon,
    "(?<=[0-9])[+\\-*\\^](?=[0-9\\-])",
    `(?<=${lowerLetter}|${quote})\\.(?=${upperLetter}|${quote})`,
    `(?<=${letter}),(?=${letter})`,
    `(?<=${letter})(?:--|---|——|[\\-–—~])(?=${letter})`,
    `(?<=${letter}|[0-9])[:<>=\\/](?=${letter})`,
  ],
  "",
  "g",
);

const wordCharacter = "[\\p{L}\\p{N}_]";
const octet = "(?:1?\\p{Nd}{1,2}|2[0-4]\\p{Nd}|25[0-5])";
const privateNetwork = [
  "(?:10|127)(?:\\.\\p{Nd}{1,3}){3}",
  "(?:169\\.254|192\\.168)(?:\\.\\p{Nd}{1,3}){2}",
  "172\\.(?:1[6-9]|2\\p{Nd}|3[01])(?:\\.\\p{Nd}{1,3}){2}",
].join("|");
const publicAddress = `(?!${privateNetwork})(?:1\\p{Nd}{2}|2[01]\\p{Nd}|22[0-3]|[1-9]\\p{Nd}?)(?:\\.${octet}){2}\\.[1-9]`;
const hostName = "[a-z0-9\\-]*[a-z0-9](?:\\.[a-z0-9][a-z0-9\\-]*[a-z0-9])?\\.[a-z]{2,}";

const host = `(?:${publicAddress}|${hostName})`;
const urlStart = new RegExp(`^(?=${wordCharacter})(?:(?:https?|ftp|mailto):\\/\\/)?${host}`, "v");
const mailStart = new RegExp(`^(?=${wordCharacter}).+@${host}`, "v");
const urlEnd = new RegExp(`(?:${wordCharacter}|\\/)$`, "v");

/** True for words that look like an address on the net: "me@lab.org", "www.lab.org/x-y", but also "foo.bar-induced". */
export function isUrlLike(word: string): boolean {
  return urlEnd.test(word.slice(-2)) && (urlStart.test(word) || (word.includes("@") && mailStart.test(word)));
}

function pattern(before: string, alternatives: readonly string[], after: string, flags = ""): RegExp {
  return new RegExp(before + alternatives.join("|") + after, `v${flags}`);
}
