import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutBatches, fairOrder } from "../../src/embed/batches.ts";
import { planSessions } from "../../src/embed/runners/encoderThreads.ts";
import { normalizeRows, poolTokens } from "../../src/encoders/pooling.ts";

describe("cutBatches", () => {
  it("takes the longest first and stays within the budget", () => {
    expect(cutBatches([3, 10, 4, 9, 1], 20)).toEqual([
      { members: [1, 3], width: 10 },
      { members: [2, 0, 4], width: 4 },
    ]);
  });

  it("gives a text longer than the budget a batch of its own", () => {
    expect(cutBatches([50, 2], 20)).toEqual([
      { members: [0], width: 50 },
      { members: [1], width: 2 },
    ]);
  });

  it("puts every text in exactly one batch and never exceeds the budget otherwise", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 512 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 4096 }),
        (lengths, budget) => {
          const batches = cutBatches(lengths, budget);
          const members = batches.flatMap((batch) => batch.members);
          expect([...members].sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
          for (const { members: some, width } of batches) {
            expect(width).toBe(Math.max(...some.map((member) => lengths[member] ?? 0)));
            expect(some.length === 1 || some.length * width <= budget).toBe(true);
          }
        },
      ),
    );
  });
});

describe("fairOrder", () => {
  it("visits everything once, the first first", () => {
    for (const count of [0, 1, 2, 3, 7, 10, 100]) {
      const order = fairOrder(count);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
      if (count > 0) expect(order[0]).toBe(0);
    }
  });
});

describe("poolTokens", () => {
  // Two inputs of 3 and 1 tokens, 2 dimensions; 99 is padding.
  const outputs = {
    values: Float32Array.of(1, 2, 3, -4, 5, 6, 7, -8, 99, 99, 99, 99),
    count: 2,
    width: 3,
    dimensions: 2,
    lengths: Int32Array.of(3, 1),
  };

  it("takes the first token for cls", () => {
    expect([...poolTokens(outputs, "cls")]).toEqual([1, 2, 7, -8]);
  });

  it("averages real tokens only for mean", () => {
    const [a, b, c, d] = poolTokens(outputs, "mean");
    expect([a, c, d]).toEqual([3, 7, -8]);
    expect(b).toBeCloseTo(4 / 3, 6);
  });

  it("takes the largest of real tokens for max, negative ones included", () => {
    expect([...poolTokens(outputs, "max")]).toEqual([5, 6, 7, -8]);
  });

  it("averages the named positions for words, and gives zeros where none are named", () => {
    expect([...poolTokens(outputs, "words", [Int32Array.of(0, 2), new Int32Array(0)])]).toEqual([3, 4, 0, 0]);
  });
});

describe("normalizeRows", () => {
  it("scales each row to length 1 and leaves a zero row", () => {
    const vectors = Float32Array.of(3, 4, 0, 0);
    normalizeRows(vectors, 2);
    expect([...vectors]).toEqual([Math.fround(0.6), Math.fround(0.8), 0, 0]);
  });
});

describe("planSessions", () => {
  const mapped = (weights: number) => ({ weights, inline: 1e5 });
  const whole = (weights: number) => ({ weights, inline: weights });

  it("gives each thread a session while the weights' copies fit into the model's size plus 1 GB", () => {
    expect(planSessions("cpu", whole(1e6), 16)).toEqual({ sessions: 14, threadsEach: 1 });
    expect(planSessions("cpu", mapped(437e6), 2)).toEqual({ sessions: 2, threadsEach: 1 });
    expect(planSessions("cpu", mapped(437e6), 16)).toEqual({ sessions: 2, threadsEach: 8 });
    expect(planSessions("cpu", whole(437e6), 2)).toEqual({ sessions: 1, threadsEach: 2 });
    expect(planSessions("cpu", whole(1.3e9), 3)).toEqual({ sessions: 1, threadsEach: 3 });
    expect(planSessions("cuda", mapped(1e6), 16)).toEqual({ sessions: 1, threadsEach: 16 });
  });
});
