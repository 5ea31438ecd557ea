import { describe, expect, test } from "vitest";
import { svmProgress } from "../../../src/learn/svm/svmProgress.ts";
import type { ProgressEvent } from "../../../src/progress.ts";

/** Seconds after which each C of the grid was ranked, and the refit's share over time, as measured for MAG and MeSH at full size. */
const recorded = {
  MAG: { ranked: [0.8, 1.1, 1.4, 1.9, 2.1, 2.4, 2.7], refitSeconds: 3.4 },
  MeSH: { ranked: [0.6, 0.8, 1.0, 1.2, 1.3, 1.5, 1.6], refitSeconds: 1.6 },
};

/** Replays a search and gives, for every event, the time it came at and the time left that it implies. */
function replay({ ranked, refitSeconds }: { ranked: readonly number[]; refitSeconds: number }) {
  let nowMs = 0;
  const events: { at: number; left: number }[] = [];
  const onProgress = ({ share }: ProgressEvent): void => {
    events.push({ at: nowMs, left: (nowMs * (1 - share!)) / share! });
  };
  const progress = svmProgress("MAG", onProgress, true, () => nowMs);
  progress.begin();
  for (const second of ranked) {
    nowMs = 1000 * second;
    progress.ranked();
  }
  progress.fitting();
  const begun = nowMs;
  for (let step = 1; step < 20; step++) {
    nowMs = begun + (1000 * refitSeconds * step) / 20;
    progress.fitted({ done: step, expected: 20, longestLeftMs: 0 });
  }
  nowMs = begun + 1000 * refitSeconds;
  progress.finished();
  return { events, end: nowMs };
}

describe.each(Object.entries(recorded))("the time left of %s", (_, stage) => {
  test("is right within a factor of 1.5 from a third of the way on", () => {
    const { events, end } = replay(stage);
    const later = events.filter(({ at }) => at >= end / 3 && at < end);
    expect(later.length).toBeGreaterThan(15);
    for (const { at, left } of later) {
      expect(left / (end - at)).toBeLessThan(1.5);
      expect(left / (end - at)).toBeGreaterThan(1 / 1.5);
    }
  });
});

test("work that comes up on the way does not turn the bar back", () => {
  const shown: number[] = [];
  let nowMs = 0;
  const progress = svmProgress(
    "MAG",
    ({ done }) => shown.push(done),
    true,
    () => nowMs,
  );
  progress.begin();
  progress.ranked();
  progress.fitting();
  for (const [done, expected] of [
    [30, 100],
    [60, 100],
    [65, 400],
    [200, 400],
  ] as const) {
    nowMs += 1000;
    progress.fitted({ done, expected, longestLeftMs: 0 });
  }
  expect(shown).toEqual([...shown].sort((a, b) => a - b));
});

describe("the share of a search that is done", () => {
  const following = (ranks: boolean) => {
    let nowMs = 1000;
    const events: ProgressEvent[] = [];
    const progress = svmProgress(
      "MAG",
      (event) => events.push(event),
      ranks,
      () => nowMs,
    );
    progress.begin();
    const pass = (seconds: number): void => {
      nowMs += 1000 * seconds;
    };
    return { progress, pass, events, last: () => events.at(-1)! };
  };

  test("is half when all Cs are ranked, the first of which counts twice", () => {
    const { progress, events } = following(true);
    for (let C = 0; C < 7; C++) progress.ranked();
    expect(events.map(({ done }) => done)).toEqual([0, 12.5, 18.75, 25, 31.25, 37.5, 43.75, 50]);
    expect(events[1]).toEqual({ stage: "MAG", done: 12.5, total: 100, unit: "%", share: 0.125 });
    progress.ranked();
    expect(events.at(-1)!.done).toBe(50);
  });

  test("follows how fast the fits turn out to be, once three in a hundred visits are done", () => {
    const { progress, pass, last } = following(true);
    pass(4);
    progress.ranked();
    progress.fitting();
    pass(1);
    progress.fitted({ done: 2, expected: 100, longestLeftMs: 0 });
    expect(last().share).toBe(0.5);
    pass(3);
    // Four seconds gave two fifths: six more are left of fourteen.
    progress.fitted({ done: 40, expected: 100, longestLeftMs: 0 });
    expect(last().share).toBeCloseTo(8 / 14, 12);
    progress.finished();
    expect(last().share).toBe(1);
  });

  test("believes the fits with the third visit of a hundred", () => {
    const { progress, pass, last } = following(true);
    pass(100);
    progress.fitting();
    pass(0.5);
    progress.fitted({ done: 3, expected: 100, longestLeftMs: 0 });
    expect(last().share).toBeCloseTo(100.5 / (100.5 + (0.5 * 97) / 3), 12);
  });

  test("is the fits' own where nothing is ranked, and waits for the end with the last of them", () => {
    const { progress, events, last } = following(false);
    progress.fitting();
    progress.fitted({ done: 1, expected: 50, longestLeftMs: 0 });
    expect(last().share).toBe(0.02);
    progress.fitted({ done: 25, expected: 50, longestLeftMs: 0 });
    expect(last().share).toBe(0.5);
    progress.fitted({ done: 50, expected: 50, longestLeftMs: 0 });
    expect(events).toHaveLength(3);
  });

  test("lies between what all cores could do and what the longest fit takes alone", () => {
    const { progress, pass, last } = following(false);
    progress.fitting();
    pass(10);
    progress.fitted({ done: 80, expected: 100, longestLeftMs: 10_000 });
    // Two and a half seconds at best, ten at worst: five.
    expect(last().share).toBeCloseTo(10 / 15, 12);
    progress.fitted({ done: 80, expected: 100, longestLeftMs: 1000 });
    expect(last().share).toBeCloseTo(10 / 12.5, 12);
  });

  test("is not told of fits before the ranking is over", () => {
    const { progress, events } = following(true);
    progress.fitted({ done: 25, expected: 50, longestLeftMs: 0 });
    expect(events.map(({ done }) => done)).toEqual([0]);
  });

  test("goes by the clock of the machine where no other is given", async () => {
    const shares: number[] = [];
    const progress = svmProgress("MAG", ({ share }) => shares.push(share!), true);
    progress.begin();
    progress.fitting();
    await new Promise((resolve) => setTimeout(resolve, 5));
    progress.fitted({ done: 90, expected: 100, longestLeftMs: 0 });
    expect(shares).toHaveLength(2);
    expect(shares[1]).toBeGreaterThanOrEqual(0.9 - 1e-9);
    expect(shares[1]).toBeLessThan(1);
  });
});
