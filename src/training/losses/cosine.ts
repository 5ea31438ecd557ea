import type { Distance, Vector } from "./distance.ts";

/** Least product of two lengths that is divided by. */
const epsilon = 1e-8;

function products(a: Vector, b: Vector): { ab: number; aa: number; bb: number } {
  let [ab, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    ab += a[k]! * b[k]!;
    aa += a[k]! ** 2;
    bb += b[k]! ** 2;
  }
  return { ab, aa, bb };
}

/** Minus the cosine of the angle. */
export const cosine: Distance = {
  id: "cosine",
  description: "minus the cosine of the angle",
  between(a, b) {
    const { ab, aa, bb } = products(a, b);
    return -ab / Math.max(Math.sqrt(aa * bb), epsilon);
  },
  addGradients(a, b, factor, byA, byB) {
    const { ab, aa, bb } = products(a, b);
    const lengths = Math.sqrt(aa * bb);
    // Below the least product the divisor is a constant.
    const [inA, inB] = lengths > epsilon ? [ab / aa, ab / bb] : [0, 0];
    const scale = -factor / Math.max(lengths, epsilon);
    for (let k = 0; k < a.length; k++) {
      byA[k]! += scale * (b[k]! - inA * a[k]!);
      byB[k]! += scale * (a[k]! - inB * b[k]!);
    }
  },
};
