import { fileError, firstFew } from "../../errors.ts";
import { requireFewParts } from "../../files/jsonFile.ts";
import { repeatedKey } from "../../files/repeatedKey.ts";
import { printable, printableValue } from "../../printable.ts";

/** One line of a JSON-lines vector file. */
export interface VectorLine {
  readonly paperId: string;
  /** Finite numbers; none for a paper whose vector is `[]`. */
  readonly vector: readonly number[];
}

/**
 * Reads one line `{"paper_id": id, "embedding": [numbers]}`; other keys are allowed.
 * @throws ScidocsError `BAD_INPUT`, as `file:line: …`, for a line that is not such an object or holds a value that is
 * not a finite number
 */
export function parseVectorLine(line: string, file: string, lineNumber: number): VectorLine {
  if (line.trim() === "") throw fileError(file, lineNumber, "blank line; remove it");
  requireFewParts(line, file, lineNumber);
  let value: unknown;
  try {
    // A byte order mark, as files written on Windows and files joined of such have them.
    value = JSON.parse(line.startsWith("\ufeff") ? line.slice(1) : line);
  } catch (cause) {
    // Python writes these words for values that JSON has no number for.
    const word = /[[,]\s*(NaN|-?Infinity)\s*[\],]/.exec(line)?.[1];
    if (word) throw fileError(file, lineNumber, `the embedding holds ${word}; only finite numbers can be scored`);
    throw fileError(
      file,
      lineNumber,
      `is not a whole JSON object: ${cause instanceof Error ? cause.message : cause}`,
      cause,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fileError(file, lineNumber, 'expected an object {"paper_id": …, "embedding": […]}');
  }
  const twice = repeatedKey(line);
  if (twice !== null)
    throw fileError(file, lineNumber, `has ${printable(twice)} twice: which one is meant cannot be told`);
  const { paper_id: paperId, embedding } = value as { paper_id?: unknown; embedding?: unknown };
  if (paperId === undefined)
    throw fileError(
      file,
      lineNumber,
      `has no paper_id; its keys: ${printable(firstFew(Object.keys(value)) || "none")}`,
    );
  if (typeof paperId !== "string") throw fileError(file, lineNumber, "paper_id must be a string");
  if (embedding === undefined) throw fileError(file, lineNumber, `paper ${paperId} has no embedding`);
  if (!Array.isArray(embedding))
    throw fileError(file, lineNumber, `the embedding of paper ${paperId} must be a list of numbers`);
  const numbers: readonly unknown[] = embedding;
  for (const [index, number] of numbers.entries()) {
    if (typeof number !== "number" || !Number.isFinite(number)) {
      const found = typeof number === "number" ? "a number beyond the range of doubles" : printableValue(number);
      throw fileError(
        file,
        lineNumber,
        `the embedding of paper ${paperId} holds ${found} at index ${index}; only finite numbers can be scored`,
      );
    }
  }
  return { paperId, vector: numbers as readonly number[] };
}
