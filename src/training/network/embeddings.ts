import type { TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import type { NumbersByName, OpenPiece } from "../../onnx/gradients/openPiece.ts";
import { gradientOf, seedOf } from "../../onnx/gradients/piece.ts";
import { keptValues } from "./keptValues.ts";
import type { Dropout, NetworkWeights } from "./networkWeights.ts";
import type { PackedTexts } from "./packedTexts.ts";
import { maskOf } from "./pieces/parts.ts";
import type { Workspace } from "./workspace.ts";

/** What a pass through the embeddings is about. */
export interface EmbeddingRun {
  readonly piece: OpenPiece;
  readonly texts: PackedTexts;
  readonly dropout: Dropout | null;
}

/**
 * Looks up words, token types and positions, and runs the piece that normalises their sums. Rows of tables are looked up here and not
 * in the piece: a table is long, few of its rows are wanted, and the runtime adds up gradients by rows on one thread.
 */
export function openEmbeddings(
  { geometry, embeddings, padding }: TrainableEncoder,
  weights: NetworkWeights,
  workspace: Workspace,
) {
  const { hiddenSize: width } = geometry;
  const { norm } = embeddings;
  const normParts = ["weight", ...(norm.bias ? ["bias"] : [])];
  const rows = (data: Float32Array) => ({ data, dims: [data.length / width, width] });
  const sums = ({ tokens }: PackedTexts): Float32Array => workspace.take("embeddings", tokens * width);

  /** The position of every token: its place in its text, or RoBERTa's count of those before it that are not the padding token. */
  const positionsOf = ({ words, wordPlaces, textPlaces }: PackedTexts): Int32Array => {
    if (padding === null) return textPlaces;
    let counted = 0;
    return textPlaces.map((place, token) => {
      if (place === 0) counted = 0;
      return words[wordPlaces[token] ?? 0] === padding ? padding : padding + ++counted;
    });
  };

  /** Single precision after each addition, as adding whole rows gives it. */
  const lookUp = (texts: PackedTexts, sum: Float32Array): void => {
    const { words, wordPlaces } = texts;
    const positions = positionsOf(texts);
    const word = weights.value(embeddings.word);
    const position = embeddings.position === null ? null : weights.value(embeddings.position);
    const type = embeddings.type === null ? null : weights.value(embeddings.type);
    for (let at = 0, token = 0; at < sum.length; at += width, token++) {
      const fromWord = (words[wordPlaces[token] ?? 0] ?? 0) * width;
      const fromPosition = (positions[token] ?? 0) * width;
      for (let k = 0; k < width; k++) {
        const typed = (word[fromWord + k] ?? 0) + (type === null ? 0 : (type[k] ?? 0));
        sum[at + k] = Math.fround(typed) + (position === null ? 0 : (position[fromPosition + k] ?? 0));
      }
    }
  };

  /**
   * Adds up those rows of a gradient that go to one row of a table, and hands the sums on.
   * @param places for every row of the gradient its place in `tableRows`; null where all go to the first
   */
  const addTo = (
    table: string,
    tableRows: ArrayLike<number>,
    places: Int32Array | null,
    gradient: Float32Array,
  ): void => {
    const total = workspace.take(`gradient.${table}`, tableRows.length * width).fill(0);
    for (let at = 0, token = 0; at < gradient.length; at += width, token++) {
      const to = (places?.[token] ?? 0) * width;
      for (let k = 0; k < width; k++) total[to + k]! += gradient[at + k] ?? 0;
    }
    weights.addRows(table, tableRows, total);
  };

  const given = ({ texts, dropout }: EmbeddingRun): NumbersByName => {
    const flowing = {
      sum: rows(sums(texts)),
      ...Object.fromEntries(
        normParts.map((part) => [`norm.${part}`, { data: weights.value(`${norm.name}.${part}`), dims: [width] }]),
      ),
    };
    if (!dropout?.drops.includes("embeddings")) return flowing;
    dropout.room("embeddings", texts.tokens * width);
    for (let text = 0; text < texts.count; text++) {
      const [from, to] = [texts.starts[text] ?? 0, texts.starts[text + 1] ?? 0];
      dropout.fill("embeddings", from * width, to * width, text, 0, "embeddings");
    }
    return { ...flowing, [maskOf("embeddings")]: rows(dropout.room("embeddings", texts.tokens * width)) };
  };

  const kept = ({ piece, texts }: EmbeddingRun): NumbersByName =>
    keptValues(workspace, "embed", piece.kept, { tokens: texts.tokens });

  return {
    /**
     * Writes what goes into the first layer, one row a token.
     * @param keep whether a backward pass will follow
     */
    async forward(run: EmbeddingRun, hidden: Float32Array, keep: boolean): Promise<void> {
      lookUp(run.texts, sums(run.texts));
      await run.piece.forward(given(run), { hidden: rows(hidden), ...(keep ? kept(run) : {}) });
    },
    /**
     * Adds up the gradients of the tables and of the normalisation, after `forward` with `keep`.
     * @param seed the loss's derivative by what came out
     */
    async backward(run: EmbeddingRun, seed: Float32Array): Promise<void> {
      const { texts } = run;
      const bySum = workspace.take("gradient.embeddings", texts.tokens * width);
      const parts = normParts.map((part) => ({ part, place: weights.gradient(`${norm.name}.${part}`) }));
      await run.piece.backward(
        { ...given(run), ...kept(run), [seedOf("hidden")]: rows(seed) },
        {
          [gradientOf("sum")]: rows(bySum),
          ...Object.fromEntries(
            parts.map(({ part, place }) => [gradientOf(`norm.${part}`), { data: place.target, dims: [width] }]),
          ),
        },
      );
      for (const { place } of parts) place.done();
      addTo(embeddings.word, texts.words, texts.wordPlaces, bySum);
      if (embeddings.position !== null) {
        const positions = positionsOf(texts);
        const rowsBelow = positions.reduce((most, position) => Math.max(most, position + 1), 0);
        addTo(
          embeddings.position,
          Array.from({ length: rowsBelow }, (_, row) => row),
          positions,
          bySum,
        );
      }
      if (embeddings.type !== null) addTo(embeddings.type, [0], null, bySum);
    },
  };
}
