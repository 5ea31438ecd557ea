import type { ProgressEvent } from "../../src/progress.ts";

export function worstFactor(
  events: readonly (readonly [seconds: number, share: number])[],
  endSeconds: number,
  secondsLeft: (event: ProgressEvent, elapsedSeconds: number) => number | null,
): number;
