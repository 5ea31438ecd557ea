import type { NumbersByName, OpenPiece } from "../../onnx/gradients/openPiece.ts";
import { gradientOf, seedOf } from "../../onnx/gradients/piece.ts";
import { keptValues } from "./keptValues.ts";
import type { Dropout, NetworkWeights } from "./networkWeights.ts";
import type { PackedTexts } from "./packedTexts.ts";
import type { Workspace } from "./workspace.ts";

const norm = "embeddings.LayerNorm";

/** BERT's three tables of embeddings. */
export const embeddingTables = {
  word: "embeddings.word_embeddings.weight",
  position: "embeddings.position_embeddings.weight",
  type: "embeddings.token_type_embeddings.weight",
} as const;

/** What a pass through the embeddings is about. */
export interface EmbeddingRun {
  readonly piece: OpenPiece;
  readonly texts: PackedTexts;
  readonly dropout: Dropout | null;
}

/**
 * Looks up words, token types and positions, and runs the piece that normalises their sums. Rows of tables are looked up here and not
 * in the piece: a table is long, few of its rows are wanted, and the runtime adds up gradients by rows on one thread.
 * @param width numbers in a row
 */
export function openEmbeddings(weights: NetworkWeights, workspace: Workspace, width: number) {
  const rows = (data: Float32Array) => ({ data, dims: [data.length / width, width] });
  const sums = ({ tokens }: PackedTexts): Float32Array => workspace.take("embeddings", tokens * width);

  /** Single precision after each addition, as adding whole rows gives it. */
  const lookUp = ({ words, wordPlaces, textPlaces }: PackedTexts, sum: Float32Array): void => {
    const word = weights.value(embeddingTables.word);
    const position = weights.value(embeddingTables.position);
    const type = weights.value(embeddingTables.type);
    for (let at = 0, token = 0; at < sum.length; at += width, token++) {
      const fromWord = (words[wordPlaces[token] ?? 0] ?? 0) * width;
      const fromPosition = (textPlaces[token] ?? 0) * width;
      for (let k = 0; k < width; k++) {
        sum[at + k] = Math.fround((word[fromWord + k] ?? 0) + (type[k] ?? 0)) + (position[fromPosition + k] ?? 0);
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
      "LayerNorm.weight": { data: weights.value(`${norm}.weight`), dims: [width] },
      "LayerNorm.bias": { data: weights.value(`${norm}.bias`), dims: [width] },
    };
    if (dropout === null || dropout.hidden === 0) return flowing;
    dropout.room("embeddings", texts.tokens * width);
    for (let text = 0; text < texts.count; text++) {
      const [from, to] = [texts.starts[text] ?? 0, texts.starts[text + 1] ?? 0];
      dropout.fill("embeddings", from * width, to * width, text, 0, "embeddings");
    }
    return { ...flowing, mask: rows(dropout.room("embeddings", texts.tokens * width)) };
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
      const parts = ["weight", "bias"].map((part) => ({ part, place: weights.gradient(`${norm}.${part}`) }));
      await run.piece.backward(
        { ...given(run), ...kept(run), [seedOf("hidden")]: rows(seed) },
        {
          [gradientOf("sum")]: rows(bySum),
          ...Object.fromEntries(
            parts.map(({ part, place }) => [gradientOf(`LayerNorm.${part}`), { data: place.target, dims: [width] }]),
          ),
        },
      );
      for (const { place } of parts) place.done();
      addTo(embeddingTables.word, texts.words, texts.wordPlaces, bySum);
      const positions = Array.from({ length: texts.longest }, (_, row) => row);
      addTo(embeddingTables.position, positions, texts.textPlaces, bySum);
      addTo(embeddingTables.type, [0], null, bySum);
    },
  };
}
