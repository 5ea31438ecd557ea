import { isUtf8 } from "node:buffer";
import { fileError } from "../errors.ts";
import { packedWithGzip } from "../files/utf8.ts";

/** Bytes of one entry beyond which the file is refused; the benchmark's largest entry has less than 1 MiB. */
export const maxEntryBytes = 16 * 2 ** 20;

/** One `"key": value` of the outermost object. */
export interface JsonEntry {
  readonly key: string;
  /** The value's bytes, not yet parsed; valid only during the call. */
  readonly value: Uint8Array;
  /** Line of the key, from 1, and its distance from the file's start in bytes. */
  readonly line: number;
  readonly offset: number;
}

/** Cuts the bytes of one large JSON object into entries, however the chunks fall. */
export interface JsonEntrySplitter {
  readonly push: (chunk: Uint8Array) => void;
  /** @throws ScidocsError `BAD_INPUT` when the object is not complete */
  readonly end: () => void;
}

const byteOrderMark = [0xef, 0xbb, 0xbf];
const gzipStart = 0x1f;
const quote = 0x22;
const backslash = 0x5c;
const lineFeed = 0x0a;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Where in the outermost object the splitter is. */
type Place =
  | "start"
  | "first key"
  | "key"
  | "inside key"
  | "colon"
  | "value"
  | "inside scalar"
  | "inside nested"
  | "inside text"
  | "after value"
  | "done";

const expected: Readonly<Record<Place, string>> = {
  start: "a JSON object '{'",
  "first key": "a key or '}'",
  key: "a key in double quotes",
  "inside key": "the key's closing quote",
  colon: "':'",
  value: "a value",
  "inside scalar": "',' or '}'",
  "inside nested": "the value's closing bracket",
  "inside text": "a closing quote",
  "after value": "',' or '}'",
  done: "nothing more",
};

/**
 * Splits one JSON object that is too large to be parsed at once (300 MB and more) into its top-level entries. Only
 * brackets and quotes are looked at: a value is handed on as bytes, and who needs it parses it.
 * @param file for messages
 * @param onEntry called for each entry in order of the file
 */
export function jsonEntrySplitter(file: string, onEntry: (entry: JsonEntry) => void): JsonEntrySplitter {
  let place: Place = "start";
  let bytes: Buffer = Buffer.alloc(0);
  /** Place of `bytes[0]` in the file. */
  let base = 0;
  /** Next byte to look at, as an index of `bytes`; past their end when a backslash was the last byte. */
  let at = 0;
  let line = 1;
  let keyLine = 1;
  let keyStart = 0;
  let keyEnd = 0;
  let valueStart = 0;
  let depth = 0;
  let resume: "inside nested" | "after value" = "after value";

  const fail = (): never => {
    const byte = bytes[at] ?? 0;
    const found = byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `byte 0x${byte.toString(16)}`;
    if (base + at === 0 && byte === gzipStart) throw fileError(file, null, packedWithGzip);
    throw fileError(file, line, `broken JSON at byte ${base + at}: expected ${expected[place]}, found ${found}`);
  };

  /** Moves `at` behind the closing quote; false when the chunk ends first. */
  const skipText = (): boolean => {
    // Locals, since almost every byte of a file passes here, and a closure's variables are read from memory each time.
    const chunk = bytes;
    const { length } = chunk;
    let next = at;
    while (next < length) {
      const byte = chunk[next];
      if (byte === backslash) next += 2;
      else {
        next += 1;
        if (byte === quote) {
          at = next;
          return true;
        }
        if (byte === lineFeed) line += 1;
      }
    }
    at = next;
    return false;
  };

  const finish = (): void => {
    const raw = bytes.subarray(keyStart, keyEnd);
    const offset = base + keyStart;
    let key: unknown;
    try {
      // Two ids that are not UTF-8 could become one.
      if (!isUtf8(raw)) throw new Error("not UTF-8 text");
      key = JSON.parse(raw.toString("utf8"));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw fileError(file, keyLine, `broken JSON in the key at byte ${offset} (${reason})`, error);
    }
    onEntry({ key: String(key), value: bytes.subarray(valueStart, at), line: keyLine, offset });
  };

  /** One step over whitespace or one sign outside of texts. */
  const step = (byte: number): void => {
    const blank = byte === 0x20 || byte === lineFeed || byte === 0x0d || byte === 0x09;
    if (byte === lineFeed) line += 1;
    switch (place) {
      case "inside scalar":
        if (blank || byte === comma || byte === closeBrace) {
          finish();
          place = "after value";
          if (byte === lineFeed) line -= 1;
          return; // The sign is looked at again as what follows the value.
        }
        if (byte === quote || byte === openBrace || byte === openBracket || byte === colon) fail();
        break;
      default:
        // A byte order mark.
        if (place === "start" && base + at < 3 && byte === byteOrderMark[base + at]) break;
        if (blank) break;
        if (place === "start" && byte === openBrace) place = "first key";
        else if ((place === "first key" || place === "key") && byte === quote) {
          place = "inside key";
          keyStart = at;
          keyLine = line;
        } else if (place === "first key" && byte === closeBrace) place = "done";
        else if (place === "colon" && byte === colon) place = "value";
        else if (place === "value") startValue(byte);
        else if (place === "after value" && byte === comma) place = "key";
        else if (place === "after value" && byte === closeBrace) place = "done";
        else fail();
    }
    at += 1;
  };

  /** Over brackets and the texts between them, up to the bracket that ends the value or the end of the chunk. */
  const skipNested = (): void => {
    const chunk = bytes;
    while (at < chunk.length) {
      const byte = chunk[at];
      at += 1;
      if (byte === quote) {
        if (skipText()) continue;
        place = "inside text";
        resume = "inside nested";
        return;
      }
      if (byte === openBrace || byte === openBracket) depth += 1;
      else if (byte === lineFeed) line += 1;
      else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1;
        if (depth === 0) {
          finish();
          place = "after value";
          return;
        }
      }
    }
  };

  const startValue = (byte: number): void => {
    valueStart = at;
    if (byte === openBrace || byte === openBracket) {
      place = "inside nested";
      depth = 1;
    } else if (byte === quote) {
      place = "inside text";
      resume = "after value";
    } else if (byte === comma || byte === closeBrace || byte === closeBracket || byte === colon) fail();
    else place = "inside scalar";
  };

  const scan = (): void => {
    while (at < bytes.length) {
      if (place === "inside key") {
        if (!skipText()) return;
        keyEnd = at;
        place = "colon";
      } else if (place === "inside text") {
        if (!skipText()) return;
        place = resume;
        if (place === "after value") finish();
      } else if (place === "inside nested") skipNested();
      else step(bytes[at] ?? 0);
    }
  };

  const isInEntry = (): boolean =>
    place === "inside key" ||
    place === "colon" ||
    place === "value" ||
    place === "inside scalar" ||
    place === "inside nested" ||
    place === "inside text";

  return {
    push: (chunk) => {
      bytes = bytes.length === 0 ? bufferOver(chunk) : Buffer.concat([bytes, chunk]);
      scan();
      const keep = isInEntry() ? keyStart : Math.min(at, bytes.length);
      if (bytes.length - keep > maxEntryBytes) {
        throw fileError(
          file,
          keyLine,
          `the entry at byte ${base + keep} has more than 16 MiB: this is no file of papers`,
        );
      }
      // A copy, since the chunk's memory belongs to the caller; small, since an entry is.
      bytes = Buffer.from(bytes.subarray(keep));
      base += keep;
      at -= keep;
      keyStart -= keep;
      keyEnd -= keep;
      valueStart -= keep;
    },
    end: () => {
      if (place === "done") return;
      const what = place === "start" && base + bytes.length === 0 ? "is empty" : "ends too early";
      throw fileError(file, line, `${what}: broken JSON at byte ${base + bytes.length}: expected ${expected[place]}`);
    },
  };
}

/** An entry's value as text, to be parsed. */
export function valueText(value: Uint8Array): string {
  return bufferOver(value).toString("utf8");
}

/** The same bytes, not copied. */
function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
