import type { Distance } from "./distance.ts";

/** The loss of a batch and its derivatives. */
export interface TripletLoss {
  /** Mean over the triplets. */
  readonly loss: number;
  readonly losses: Float64Array;
  /** The mean's derivative by every vector, in the vectors' layout. */
  readonly gradient: Float32Array;
}

/**
 * The triplet margin loss, the mean over triplets of max(0, d(query, positive) - d(query, negative) + margin) (SPECTER, Cohan et al. 2020,
 * section 2.1). A triplet whose negative is farther by more than the margin has no gradient.
 * @param vectors query, positive and negative of each triplet, one after the other, `width` numbers each
 */
export function tripletLoss(vectors: Float32Array, width: number, distance: Distance, margin: number): TripletLoss {
  const count = vectors.length / (3 * width);
  const losses = new Float64Array(count);
  const gradient = new Float64Array(vectors.length);
  for (let triplet = 0; triplet < count; triplet++) {
    const part = <T extends Float32Array | Float64Array>(array: T, index: number) =>
      array.subarray((3 * triplet + index) * width, (3 * triplet + index + 1) * width);
    const [query, positive, negative] = [part(vectors, 0), part(vectors, 1), part(vectors, 2)];
    const loss = distance.between(query, positive) - distance.between(query, negative) + margin;
    losses[triplet] = Math.max(0, loss);
    if (loss <= 0) continue;
    distance.addGradients(query, positive, 1 / count, part(gradient, 0), part(gradient, 1));
    distance.addGradients(query, negative, -1 / count, part(gradient, 0), part(gradient, 2));
  }
  return {
    loss: losses.reduce((sum, loss) => sum + loss, 0) / count,
    losses,
    gradient: Float32Array.from(gradient),
  };
}
