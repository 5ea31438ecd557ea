import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { worstFactor } from "../../bench/progress/timeLeft.mjs";
import { secondsLeft } from "../../src/progress.ts";

interface RecordedStage {
  readonly command: string;
  readonly stage: string;
  readonly seconds: number;
  /** Seconds and the share done, as told. */
  readonly events: readonly (readonly [number, number])[];
}

/** What stages told while they ran at full size: `npm run bench -- progress --record test/cli/recordedStages.json`. */
const stages: RecordedStage[] = JSON.parse(readFileSync(join(import.meta.dirname, "recordedStages.json"), "utf8"));

test("stages of run, score, export and data pull were recorded", () => {
  expect(new Set(stages.map(({ command }) => command.split(" ").slice(0, 2).join(" ")))).toEqual(
    new Set(["data synth", "run", "score", "export int8", "data pull"]),
  );
});

describe.each(stages)("$command: $stage", ({ seconds, events }) => {
  test("shows a time left that is right within a factor of 1.5 from a third of the way on", () => {
    expect(worstFactor(events, seconds, secondsLeft)).toBeLessThan(1.5);
  });
});

test("a stage that slows down unforeseen is found wrong", () => {
  const events = Array.from({ length: 20 }, (_, at): [number, number] => [at / 2, at / 20]);
  expect(worstFactor(events, 10, secondsLeft)).toBe(1);
  expect(worstFactor(events, 15, secondsLeft)).toBeGreaterThan(2);
});
