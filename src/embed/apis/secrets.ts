import { printable } from "../../printable.ts";

/**
 * A text that came from a server, without the secrets that were sent to it: they are struck out where they stand as they are, as Base64 or for
 * an address, or with blanks and marks between their letters; a text that shows one in another form, or half of one, is left out as a whole.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  for (const secret of secrets) {
    const base64 = Buffer.from(secret, "utf8").toString("base64");
    for (const form of new Set([secret, encodeURIComponent(secret), base64, base64.replace(/=+$/, "")])) {
      shown = shown.replaceAll(form, "***");
    }
    const letters = [...secret.slice(0, mostLetters)].map((letter) => letter.replace(/[^A-Za-z0-9]/, "\\$&"));
    shown = shown.replace(new RegExp(letters.join("[^A-Za-z0-9]{0,4}"), "gi"), "***");
    if (shows(shown, partsOf(secret))) return "*** (left out: it repeats the key)";
  }
  return shown;
}

/** Characters of a server's text that are looked at, and so the most that is ever shown. */
const longest = 2000;
/** Letters of a secret that are looked for with marks between them: of a whole one of thousands no pattern can be made. */
const mostLetters = 100;
/** Letters of a secret on end that give too much of it away, however long it is. */
const tooMany = 32;
/** Encodings of encodings that are looked into. */
const deepest = 3;

const bare = (text: string): string => text.replace(/[^A-Za-z0-9]/g, "").toLowerCase();

/** Pieces of a secret of one length, each of which gives too much of it away, forwards and backwards. */
interface Parts {
  readonly length: number;
  readonly all: ReadonlySet<string>;
}

function partsOf(secret: string): Parts {
  const letters = bare(secret);
  const length = Math.max(4, Math.min(tooMany, Math.ceil(letters.length / 2)));
  const all = new Set<string>();
  for (const sought of [letters, [...letters].reverse().join("")]) {
    for (let at = 0; at + length <= sought.length; at++) all.add(sought.slice(at, at + length));
  }
  return { length, all };
}

/** Whether a text, or what it is an encoding of, has a good part of a secret in it. */
function shows(text: string, parts: Parts, depth = 0): boolean {
  const letters = bare(text);
  for (let at = 0; at + parts.length <= letters.length; at++) {
    if (parts.all.has(letters.slice(at, at + parts.length))) return true;
  }
  return depth < deepest && decodings(text).some((decoded) => decoded !== text && shows(decoded, parts, depth + 1));
}

const character = (digits: string, base: number): string => String.fromCharCode(Number.parseInt(digits, base));

/** What a text may be an encoding of. */
function decodings(text: string): string[] {
  const escapes = text
    .replace(/%([0-9a-f]{2})|\\u00([0-9a-f]{2})|\\x([0-9a-f]{2})|&#x([0-9a-f]{1,4});?/gi, (_, ...digits: string[]) =>
      character(digits.slice(0, 4).find((found) => found !== undefined) ?? "", 16),
    )
    .replace(/&#(\d{1,5});?/g, (_, digits: string) => character(digits, 10));
  const hex = text.replace(/[^0-9a-f]/gi, "");
  const letters = text.replace(/[^A-Za-z0-9+/_-]/g, "");
  // A piece of Base64 begins where it likes, so each of its places is tried.
  const base64 = [0, 1, 2, 3].map((from) => Buffer.from(letters.slice(from), "base64").toString("latin1"));
  return [
    escapes,
    Buffer.from(hex, "hex").toString("latin1"),
    Buffer.from(hex.slice(1), "hex").toString("latin1"),
    ...base64,
  ];
}

const longestReason = 2 ** 16;

/** The start of an error's body, or the message in it, fit for a terminal and without secrets. */
export function reasonOf(text: string, secrets: readonly string[]): string {
  // A reason is short: nothing is made of megabytes.
  let reason = text.slice(0, longestReason);
  try {
    const value: unknown = JSON.parse(reason);
    if (typeof value === "object" && value !== null) {
      const message = "error" in value ? value.error : "message" in value ? value.message : value;
      reason = typeof message === "string" ? message : JSON.stringify(message);
    }
  } catch {
    // Not JSON: shown as it came.
  }
  return printable(withoutSecrets(reason, secrets).trim() || "no reason given", 200);
}
