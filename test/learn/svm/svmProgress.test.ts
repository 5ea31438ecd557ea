import { describe, expect, test } from "vitest";
import { type OtherSearches, svmProgress } from "../../../src/learn/svm/svmProgress.ts";
import type { ProgressEvent } from "../../../src/progress.ts";

/** Seconds after which each C of the grid was ranked, and the fit behind them took, as measured for MAG and MeSH at full size. */
const recorded = {
  MAG: { others: "waiting", ranked: [1.1, 1.4, 1.7, 1.9, 2.1, 2.4, 2.6], fitSeconds: 3.9 },
  MeSH: { others: "fitting", ranked: [1.2, 1.5, 1.8, 2.0, 2.1, 2.3, 2.6], fitSeconds: 1.7 },
  "MAG alone": { others: "none", ranked: [1.1, 1.4, 1.7, 1.9, 2.1, 2.4, 2.6], fitSeconds: 2.9 },
} as const;

/** Replays a search and gives, for every event, the time it came at and the time left that it implies. */
function replay({ others, ranked, fitSeconds }: (typeof recorded)[keyof typeof recorded]) {
  let nowMs = 0;
  const events: { at: number; left: number }[] = [];
  const onProgress = ({ share }: ProgressEvent): void => {
    events.push({ at: nowMs, left: (nowMs * (1 - share!)) / share! });
  };
  const progress = svmProgress(
    "MAG",
    onProgress,
    true,
    () => others,
    () => nowMs,
  );
  progress.begin();
  for (const second of ranked) {
    nowMs = 1000 * second;
    progress.ranked();
  }
  progress.fitting();
  const begun = nowMs;
  for (let step = 1; step < 20; step++) {
    nowMs = begun + (1000 * fitSeconds * step) / 20;
    progress.fitted({ done: step, expected: 20, leftMs: begun + 1000 * fitSeconds - nowMs });
  }
  nowMs = begun + 1000 * fitSeconds;
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
    () => "none",
    () => nowMs,
  );
  progress.begin();
  progress.ranked();
  progress.fitting();
  for (const [done, expected, leftMs] of [
    [30, 100, 3000],
    [60, 100, 1000],
    [65, 400, 9000],
    [200, 400, 2000],
  ] as const) {
    nowMs += 1000;
    progress.fitted({ done, expected, leftMs });
  }
  expect(shown).toEqual([...shown].sort((a, b) => a - b));
});

describe("the share of a search that is done", () => {
  const following = (ranks: boolean, others: OtherSearches = "none") => {
    let nowMs = 1000;
    const events: ProgressEvent[] = [];
    const progress = svmProgress(
      "MAG",
      (event) => events.push(event),
      ranks,
      () => others,
      () => nowMs,
    );
    progress.begin();
    const pass = (seconds: number): void => {
      nowMs += 1000 * seconds;
    };
    return { progress, pass, events, last: () => events.at(-1)! };
  };

  test("is half when all Cs are ranked, the first of which takes as long as five others", () => {
    const { progress, events } = following(true);
    for (let C = 0; C < 7; C++) progress.ranked();
    expect(events.map(({ done }) => Math.round(22 * done))).toEqual([0, 500, 600, 700, 800, 900, 1000, 1100]);
    expect(events[1]).toEqual({ stage: "MAG", done: 250 / 11, total: 100, unit: "%", share: 2.5 / 11 });
    progress.ranked();
    expect(events.at(-1)!.done).toBe(50);
  });

  test.each([
    ["less where others wait to rank", "waiting", 0.45],
    ["more where others make their fits", "fitting", 0.6],
  ] as const)("is %s", (_, others, share) => {
    const { progress, pass, last } = following(true, others);
    for (let C = 0; C < 7; C++) progress.ranked();
    expect(last().share).toBeCloseTo(share, 12);
    progress.fitting();
    pass(1);
    // As it was at the end of the ranking, until the fits are believed.
    progress.fitted({ done: 2, expected: 100, leftMs: 10 });
    expect(last().share).toBeCloseTo(share, 12);
  });

  test("follows how fast the fits turn out to be, once three in a hundred visits are done and a pace has shown", () => {
    const { progress, pass, last } = following(true);
    for (let C = 0; C < 7; C++) progress.ranked();
    pass(4);
    progress.fitting();
    pass(1);
    progress.fitted({ done: 2, expected: 100, leftMs: 6000 });
    expect(last().share).toBe(0.5);
    progress.fitted({ done: 3, expected: 100, leftMs: Number.POSITIVE_INFINITY });
    expect(last().share).toBe(0.5);
    progress.fitted({ done: 3, expected: 100, leftMs: 6000 });
    expect(last().share).toBeCloseTo(5 / 11, 12);
    progress.finished();
    expect(last().share).toBe(1);
  });

  test("is the fits' own where nothing is ranked, and waits for the end with the last of them", () => {
    const { progress, events, last } = following(false);
    progress.fitting();
    progress.fitted({ done: 1, expected: 50, leftMs: Number.POSITIVE_INFINITY });
    expect(last().share).toBe(0.02);
    progress.fitted({ done: 50, expected: 50, leftMs: 0 });
    expect(events).toHaveLength(2);
  });

  test("is not told of fits before the ranking is over", () => {
    const { progress, events } = following(true);
    progress.fitted({ done: 25, expected: 50, leftMs: 1000 });
    expect(events.map(({ done }) => done)).toEqual([0]);
  });

  test("goes by the clock of the machine where no other is given, and knows of no other searches", async () => {
    const shares: number[] = [];
    const progress = svmProgress("MAG", ({ share }) => shares.push(share!), true);
    progress.begin();
    progress.ranked();
    progress.fitting();
    await new Promise((resolve) => setTimeout(resolve, 5));
    progress.fitted({ done: 90, expected: 100, leftMs: 1 });
    expect(shares.slice(0, 2)).toEqual([0, 2.5 / 11]);
    expect(shares[2]).toBeGreaterThan(4 / 5);
    expect(shares[2]).toBeLessThan(1);
  });
});
