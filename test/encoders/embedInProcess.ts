import { type InferenceReply, openInference } from "../../src/embed/runners/inference.ts";
import type { Encoder } from "../../src/encoders/encoder.ts";
import type { TitleAndAbstract } from "../../src/encoders/text/encodedPaper.ts";
import { paperEncoder } from "../../src/encoders/text/recipes.ts";
import { openTokenizer } from "../../src/encoders/text/tokenizer.ts";

/** Token ids of papers, as a described encoder makes them. */
export function tokensOf(encoder: Encoder, papers: readonly TitleAndAbstract[]): number[][] {
  const encode = paperEncoder(encoder.recipe, openTokenizer(encoder.tokenizer), encoder.maxLength);
  return papers.map((paper) => [...encode(paper).ids]);
}

/** Vectors of token ids in one batch, without threads: what a run computes, quickly. */
export async function vectorsOf(encoder: Encoder, ids: readonly (readonly number[])[]): Promise<Float32Array[]> {
  const infer = openInference({ ...encoder, mappedFile: null, threads: 1 });
  const { vectors, dimensions }: InferenceReply = await infer({
    ids: Int32Array.from(ids.flat()),
    lengths: Int32Array.from(ids, (one) => one.length),
    positions: null,
  });
  return ids.map((_, row) => vectors.slice(row * dimensions, (row + 1) * dimensions));
}
