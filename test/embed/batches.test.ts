import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutBatches, fairOrder } from "../../src/embed/batches.ts";
import { planSessions } from "../../src/embed/runners/encoderThreads.ts";

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
