import type { Distance, Vector } from "./distance.ts";

/** PyTorch adds this to every difference, so that two equal vectors have a distance with a slope. */
const epsilon = 1e-6;

function norm(a: Vector, b: Vector): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k]! - b[k]! + epsilon) ** 2;
  return Math.sqrt(sum);
}

/** The Euclidean distance as PyTorch's `pairwise_distance` has it. */
export const l2Norm: Distance = {
  id: "l2-norm",
  description: "the Euclidean distance, 1e-6 added to each difference",
  between: norm,
  addGradients(a, b, factor, byA, byB) {
    const length = norm(a, b);
    if (length === 0) return;
    for (let k = 0; k < a.length; k++) {
      const slope = (factor * (a[k]! - b[k]! + epsilon)) / length;
      byA[k]! += slope;
      byB[k]! -= slope;
    }
  },
};
