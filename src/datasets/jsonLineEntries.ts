import { isUtf8 } from "node:buffer";
import { fileError, firstFew } from "../errors.ts";
import { parseJson } from "../files/jsonFile.ts";
import { printable } from "../printable.ts";
import { type JsonEntry, type JsonEntrySplitter, maxEntryBytes } from "./jsonEntries.ts";

/** What papers' ids are called: SciDocs, the Semantic Scholar API and its dumps, SciRepEval; the first that a line has counts. */
const idNames = ["paper_id", "paperId", "corpusid", "corpusId", "corpus_id", "doc_id", "id"];

const lineFeed = 0x0a;

/** Whether a file of papers is one of lines, by its name. */
export function isJsonLines(file: string): boolean {
  return /\.(jsonl|ndjson)$/i.test(file);
}

/**
 * Cuts the bytes of JSON lines into papers, one object a line, however the chunks fall. Blank lines are passed over.
 * @param file for messages
 * @param onEntry called for each paper in order of the file
 */
export function jsonLineSplitter(file: string, onEntry: (entry: JsonEntry) => void): JsonEntrySplitter {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let line = 1;
  let offset = 0;

  const take = (bytes: Buffer): void => {
    const text = bytes.toString("utf8").replace(offset === 0 ? /^\ufeff/ : "", "");
    if (text.trim() !== "") {
      if (!isUtf8(bytes)) throw fileError(file, line, "not UTF-8 text");
      onEntry({ key: idOf(parseJson(text, file, line), file, line), value: Buffer.from(text), line, offset });
    }
    offset += bytes.length + 1;
    line += 1;
  };

  return {
    push: (chunk) => {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let start = 0;
      for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
        take(Buffer.concat([...rest, bytes.subarray(start, end)]));
        rest = [];
        restBytes = 0;
        start = end + 1;
      }
      // A copy, since the chunk's memory belongs to the caller.
      rest.push(Buffer.from(bytes.subarray(start)));
      restBytes += bytes.length - start;
      if (restBytes > maxEntryBytes) throw fileError(file, line, "has more than 16 MiB: this is no file of papers");
    },
    end: () => {
      take(Buffer.concat(rest));
      if (offset <= 1) throw fileError(file, null, "is empty: expected one paper a line");
    },
  };
}

function idOf(value: unknown, file: string, line: number): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fileError(file, line, 'expected an object {"paper_id": …, "title": …, "abstract": …}');
  }
  const name = idNames.find((one) => one in value);
  if (name === undefined) {
    const keys = printable(firstFew(Object.keys(value)) || "none");
    throw fileError(file, line, `has no paper id (${idNames.join(", ")}); its keys: ${keys}`);
  }
  const id: unknown = (value as Record<string, unknown>)[name];
  if (typeof id === "string") return id;
  if (typeof id === "number" && Number.isSafeInteger(id)) return String(id);
  throw fileError(file, line, `its ${name} is neither text nor a whole number`);
}
