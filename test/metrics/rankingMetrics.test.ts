import fc from "fast-check";
import { expect, test } from "vitest";
import { averagePrecision } from "../../src/metrics/averagePrecision.ts";
import { ndcg } from "../../src/metrics/ndcg.ts";
import { numpyMean } from "../../src/metrics/numpyMean.ts";
import { tieBounds } from "../../src/metrics/tieBounds.ts";

test("average precision is the mean precision at the relevant ranks", () => {
  expect(averagePrecision([1, 0, 1], 2)).toBe((1 + 2 / 3) / 2);
});

test("a relevant document that was not ranked stays in the recall base", () => {
  expect(averagePrecision([1, 0], 2)).toBe(0.5);
  expect(ndcg([1, 0], [1, 0, 1])).toBe(1 / (1 + 1 / Math.log2(3)));
});

test("a query without a relevant document scores 0", () => {
  expect(averagePrecision([0, 0], 0)).toBe(0);
  expect(ndcg([0, -1], [0, -1])).toBe(0);
});

test("graded relevance gains its grade", () => {
  expect(ndcg([1, 2], [2, 1])).toBe((1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3)));
});

test("numpy's mean sums eight columns in a block and splits longer lists at a multiple of eight", () => {
  const values = Array.from({ length: 300 }, (_, i) => 1 / (i + 3));
  const block = (start: number, length: number): number => {
    const r = Array.from({ length: 8 }, (_, lane) => {
      let sum = values[start + lane]!;
      for (let i = lane + 8; i < length - (length % 8); i += 8) sum += values[start + i]!;
      return sum;
    }) as [number, number, number, number, number, number, number, number];
    let sum = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
    for (let i = length - (length % 8); i < length; i++) sum += values[start + i]!;
    return sum;
  };
  // 300 splits into 144 + 156, those into 72 + 72 and 72 + 84.
  const sum = block(0, 72) + block(72, 72) + (block(144, 72) + block(216, 84));
  expect(numpyMean(values)).toBe(sum / 300);
  expect(numpyMean(values)).not.toBe(values.reduce((a, b) => a + b, 0) / 300);
});

test("the mean of nothing is NaN, as numpy has it", () => {
  expect(numpyMean([])).toBeNaN();
});

/** Every order of the positions 0..n-1 that keeps the scores descending. */
function* tieOrders(scores: readonly number[], rest = scores.map((_, i) => i)): Generator<number[]> {
  if (rest.length === 0) yield [];
  const top = Math.max(...rest.map((i) => scores[i]!));
  for (const i of rest.filter((position) => scores[position] === top)) {
    for (const tail of tieOrders(
      scores,
      rest.filter((position) => position !== i),
    ))
      yield [i, ...tail];
  }
}

test("tie bounds are the extremes over every order of the ties", () => {
  const document = fc.record({ grade: fc.integer({ min: -1, max: 2 }), score: fc.integer({ min: -3, max: -1 }) });
  fc.assert(
    fc.property(fc.array(document, { minLength: 1, maxLength: 7 }), fc.nat(2), (documents, unranked) => {
      documents.sort((a, b) => b.score - a.score);
      const grades = documents.map(({ grade }) => grade);
      const scores = documents.map(({ score }) => score);
      const relevant = grades.filter((grade) => grade > 0).length + unranked;
      const values = Array.from(tieOrders(scores), (order) =>
        averagePrecision(
          order.map((i) => grades[i]!),
          relevant,
        ),
      );
      const bounds = tieBounds(grades, scores, relevant);
      expect(bounds.lowest).toBeCloseTo(Math.min(...values), 14);
      expect(bounds.highest).toBeCloseTo(Math.max(...values), 14);
      expect(bounds.affected).toBe(Math.max(...values) - Math.min(...values) > 1e-12);
    }),
    { numRuns: 60, seed: 7 },
  );
});
