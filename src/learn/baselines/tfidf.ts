import type { RunControl } from "../../progress.ts";
import { forEachRow } from "../forEachRow.ts";
import type { SparseRows } from "./sparseRows.ts";

/** Which words count, and how much each weighs. */
export interface TfidfVocabulary {
  /** Column of each word. */
  readonly columnOf: ReadonlyMap<string, number>;
  /** Inverse document frequency of each column: ln((1 + texts) / (1 + texts with the word)) + 1. */
  readonly idf: Float64Array;
}

/** The words of a text: runs of letters and digits of at least two characters, lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [];
}

/**
 * Words that occur in at least two texts, the most frequent ones where there are more than `mostWords`.
 * @throws ScidocsError `INTERRUPTED`
 */
export async function tfidfVocabulary(
  texts: readonly string[],
  mostWords: number,
  control: RunControl = {},
): Promise<TfidfVocabulary> {
  const textsWith = new Map<string, number>();
  await forEachRow(
    texts.length,
    (row) => {
      for (const word of new Set(wordsOf(texts[row] ?? ""))) textsWith.set(word, (textsWith.get(word) ?? 0) + 1);
    },
    control,
  );
  const kept = [...textsWith]
    .filter(([, count]) => count >= 2)
    .sort(([x, countX], [y, countY]) => countY - countX || (x < y ? -1 : 1))
    .slice(0, mostWords);
  return {
    columnOf: new Map(kept.map(([word], column) => [word, column])),
    idf: Float64Array.from(kept, ([, count]) => Math.log((1 + texts.length) / (1 + count)) + 1),
  };
}

/**
 * A row a text: (1 + ln of a word's count) times its inverse document frequency, scaled to length 1. A text without a
 * known word is an empty row.
 * @throws ScidocsError `INTERRUPTED`
 */
export async function tfidfRows(
  texts: readonly string[],
  vocabulary: TfidfVocabulary,
  control: RunControl = {},
): Promise<SparseRows> {
  const starts = new Uint32Array(texts.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  await forEachRow(
    texts.length,
    (row) => {
      const counts = new Map<number, number>();
      for (const word of wordsOf(texts[row] ?? "")) {
        const column = vocabulary.columnOf.get(word);
        if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
      }
      const start = indices.length;
      let squares = 0;
      for (const [column, count] of counts) {
        const value = (1 + Math.log(count)) * vocabulary.idf[column]!;
        squares += value ** 2;
        indices.push(column);
        values.push(value);
      }
      for (let entry = start; entry < values.length; entry++) values[entry]! /= Math.sqrt(squares);
      starts[row + 1] = indices.length;
    },
    control,
  );
  return {
    rows: texts.length,
    columns: vocabulary.columnOf.size,
    starts,
    indices: Uint32Array.from(indices),
    values: Float64Array.from(values),
  };
}
