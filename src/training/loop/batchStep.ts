import type { EncodedPaper } from "../../encoders/text/encodedPaper.ts";
import type { OpenHead, VectorHead } from "../heads/head.ts";
import type { Distance } from "../losses/distance.ts";
import { type TripletLoss, tripletLoss } from "../losses/tripletLoss.ts";
import type { EncoderNetwork, ForwardPass } from "../network/network.ts";
import type { Dropout } from "../network/networkWeights.ts";
import { packTexts } from "../network/packedTexts.ts";

/** The parts that a batch goes through. */
export interface BatchParts {
  readonly network: EncoderNetwork;
  readonly head: OpenHead;
  readonly headKind: VectorHead;
  readonly distance: Distance;
  readonly margin: number;
}

/** How a batch is taken. */
export interface BatchOptions {
  /** Null: none is silenced, as in evaluation. */
  readonly dropout: Dropout | null;
  readonly recompute: boolean;
  /** Asked between the parts of the forward pass. */
  readonly checkForward: () => void;
  /** Asked between the parts of the backward pass. */
  readonly checkBackward: () => void;
}

/** Multiplies vectors by their masks of dropout. */
function dropVectors(vectors: Float32Array, width: number, dropout: Dropout | null): Float32Array {
  if (!dropout?.drops.includes("vector")) return vectors;
  dropout.room("vector", vectors.length);
  for (let text = 0; text * width < vectors.length; text++) {
    dropout.fill("vector", text * width, (text + 1) * width, text, 0, "vector");
  }
  const mask = dropout.room("vector", vectors.length);
  return vectors.map((value, at) => value * (mask[at] ?? 0));
}

/**
 * Runs a batch of triplets forward and backward and adds up its gradients.
 * @param texts query, positive and negative of each triplet
 * @param share what the loss is multiplied by for the gradient
 * @returns the loss as it is
 */
export async function trainBatch(
  parts: BatchParts,
  texts: readonly EncodedPaper[],
  share: number,
  options: BatchOptions,
): Promise<TripletLoss> {
  const { network, head, headKind, distance, margin } = parts;
  const width = network.geometry.hiddenSize;
  const { dropout, recompute } = options;
  let check = options.checkForward;
  const pass: ForwardPass = await network.forward(packTexts(texts), {
    firstOnly: headKind.firstOnly,
    keep: true,
    recompute,
    dropout,
    checkStop: () => check(),
  });
  const vectors = await head.forward(pass);
  const result = tripletLoss(dropVectors(vectors, width, dropout), width, distance, margin);
  check = options.checkBackward;
  if (!Number.isFinite(result.loss)) return result;
  const seed = dropVectors(
    result.gradient.map((value) => value * share),
    width,
    dropout,
  );
  await network.backward(pass, await head.backward(pass, seed));
  return result;
}

/** The loss of a batch as a model that is in use has it. */
export async function judgeBatch(
  parts: BatchParts,
  texts: readonly EncodedPaper[],
  check: () => void,
): Promise<TripletLoss> {
  const vectors = await vectorsOf(parts, texts, check);
  return tripletLoss(vectors, parts.network.geometry.hiddenSize, parts.distance, parts.margin);
}

/** Vectors of texts, without dropout. */
export async function vectorsOf(
  { network, head, headKind }: Pick<BatchParts, "network" | "head" | "headKind">,
  texts: readonly EncodedPaper[],
  check: () => void,
): Promise<Float32Array> {
  const options = { firstOnly: headKind.firstOnly, keep: false, recompute: false, dropout: null, checkStop: check };
  return head.forward(await network.forward(packTexts(texts), options));
}
