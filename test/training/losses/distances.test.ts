import { describe, expect, it } from "vitest";
import { generator } from "../../../src/stats/random/generator.ts";
import { distances } from "../../../src/training/losses/distances.ts";
import { tripletLoss } from "../../../src/training/losses/tripletLoss.ts";

const vector = (random: ReturnType<typeof generator>): Float64Array => Float64Array.from({ length: 5 }, random.normal);

describe("a distance", () => {
  for (const distance of distances) {
    it(`has the gradient that finite differences show: ${distance.id}`, () => {
      const random = generator(7);
      for (let round = 0; round < 20; round++) {
        const [a, b] = [vector(random), vector(random)];
        const [byA, byB] = [new Float64Array(5), new Float64Array(5)];
        distance.addGradients(a, b, -2, byA, byB);
        for (const [moved, gradient] of [
          [a, byA],
          [b, byB],
        ] as const) {
          for (let k = 0; k < 5; k++) {
            const value = moved[k] ?? 0;
            const at = (x: number): number => {
              moved[k] = x;
              const result = distance.between(a, b);
              moved[k] = value;
              return result;
            };
            const slope = (-2 * (at(value + 1e-6) - at(value - 1e-6))) / 2e-6;
            expect(gradient[k]).toBeCloseTo(slope, 7);
          }
        }
      }
    });

    it(`of a vector to itself, and of zeros, has a finite gradient: ${distance.id}`, () => {
      for (const a of [Float64Array.of(1, 2, 3, 4, 5), new Float64Array(5)]) {
        const [byA, byB] = [new Float64Array(5), new Float64Array(5)];
        distance.addGradients(a, a.slice(), 1, byA, byB);
        expect([...byA, ...byB, distance.between(a, a)].every(Number.isFinite)).toBe(true);
      }
    });
  }
});

describe("the triplet loss", () => {
  const l2 = distances[0];
  if (l2 === undefined) throw new Error("no distance");
  // Three triplets on a line, one number a vector: query 0, positives at 1, negatives at 3, 1.5 and 2.
  const vectors = Float32Array.of(0, 1, 3, 0, 1, 1.5, 0, 1, 2);

  it("is the mean of what the negatives lack of the margin, and 0 for one that is far enough", () => {
    const { loss, losses } = tripletLoss(vectors, 1, l2, 1);
    expect(losses[0]).toBe(0);
    expect(losses[1]).toBeCloseTo(0.5, 5);
    expect(losses[2]).toBeCloseTo(0, 5);
    expect(loss).toBeCloseTo(0.5 / 3, 5);
  });

  it("has no gradient where the negative is far enough", () => {
    const { gradient } = tripletLoss(vectors, 1, l2, 1);
    expect([...gradient.subarray(0, 3)]).toEqual([0, 0, 0]);
    expect(gradient[4]).toBeCloseTo(1 / 3, 6);
    expect(gradient[5]).toBeCloseTo(-1 / 3, 6);
  });

  it("stays no number where a vector is none", () => {
    expect(tripletLoss(Float32Array.of(0, Number.NaN, 1), 1, l2, 1).loss).toBeNaN();
  });
});
