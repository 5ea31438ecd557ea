import type { Distance } from "./distance.ts";

/** Minus the dot product. */
export const dot: Distance = {
  id: "dot",
  description: "minus the dot product",
  between(a, b) {
    let sum = 0;
    for (let k = 0; k < a.length; k++) sum -= a[k]! * b[k]!;
    return sum;
  },
  addGradients(a, b, factor, byA, byB) {
    for (let k = 0; k < a.length; k++) {
      byA[k]! -= factor * b[k]!;
      byB[k]! -= factor * a[k]!;
    }
  },
};
