import type { EncodedPaper } from "../../encoders/text/encodedPaper.ts";

/** Some texts laid one behind the other, without padding. */
export interface PackedTexts {
  readonly count: number;
  /** Tokens of all texts together. */
  readonly tokens: number;
  /** First row of each text, and behind them the number of all rows. */
  readonly starts: Int32Array;
  readonly longest: number;
  /** The word pieces that occur, each once, in rising order. */
  readonly words: Int32Array;
  /** For every token the place of its piece in `words`. */
  readonly wordPlaces: Int32Array;
  /** For every token its place in its text. */
  readonly textPlaces: Int32Array;
  /** Per text the positions that its recipe names (`original`: each word's last piece); null for recipes that name none. */
  readonly positions: readonly (readonly number[] | null)[];
}

/** Packs texts. */
export function packTexts(texts: readonly EncodedPaper[]): PackedTexts {
  const starts = new Int32Array(texts.length + 1);
  for (const [index, { ids }] of texts.entries()) starts[index + 1] = (starts[index] ?? 0) + ids.length;
  const tokens = starts[texts.length] ?? 0;
  const words = Int32Array.from(new Set(texts.flatMap(({ ids }) => [...ids]))).sort();
  const places = new Map(Array.from(words, (word, place) => [word, place]));
  const wordPlaces = new Int32Array(tokens);
  const textPlaces = new Int32Array(tokens);
  for (const [index, { ids }] of texts.entries()) {
    const start = starts[index] ?? 0;
    for (const [position, id] of ids.entries()) {
      wordPlaces[start + position] = places.get(id) ?? 0;
      textPlaces[start + position] = position;
    }
  }
  return {
    count: texts.length,
    tokens,
    starts,
    longest: texts.reduce((most, { ids }) => Math.max(most, ids.length), 0),
    words,
    wordPlaces,
    textPlaces,
    positions: texts.map(({ positions }) => positions),
  };
}
