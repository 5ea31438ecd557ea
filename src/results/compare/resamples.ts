import { ScidocsError } from "../../errors.ts";

/** Draws that put the error of a 95 % bound at about 2 % of the interval's width. */
const usual = 10_000;

/** Draws that one comparison may take; more would be hours. */
const most = 2_000_000;

/** Draws that may be asked for: all of them lie in memory, a number a column and kind. */
const mostAsked = most;

/** Records of which each pair is tested, at most: the rows of 1,225 pairs lie in memory at once. */
export const mostPairwise = 50;

/** How many times as many draws a p-value may take that lies near its level. */
const closeCallTimes = 10;

/** Draws that a close call may take: none beyond what was asked for, else ten times the usual. */
export function mostResamples(resamples: number, asked?: number): number {
  return asked === undefined ? Math.max(resamples, Math.min(most, closeCallTimes * resamples)) : resamples;
}

/** Draws a tail of the level should hold, so that its p-values are known to about a fifth. */
const perTail = 20;

/**
 * How many draws a comparison takes: as many as were asked for, else 10,000, or more where the level is small. No p-value lies below
 * 1 / (draws + 1), and a setting in which nothing could be significant is refused.
 * @throws ScidocsError `USAGE`
 */
export function resamplesFor(confidence: number, asked?: number): number {
  // A drop is judged one-sided, at half of the level.
  const level = (1 - confidence) / 2;
  const needed = Math.ceil(1 / level);
  if (asked !== undefined) {
    if (asked > mostAsked) {
      throw new ScidocsError("USAGE", `${asked} resamples are more than the ${mostAsked} that a comparison takes`);
    }
    if (1 / (asked + 1) < level) return asked;
    throw new ScidocsError(
      "USAGE",
      `with ${asked} resamples nothing can be significant at a confidence of ${confidence}: give at least --resamples ${needed}, or a lower --confidence`,
    );
  }
  const draws = Math.max(usual, Math.ceil(perTail / level - 1e-6));
  if (draws <= most) return draws;
  throw new ScidocsError(
    "USAGE",
    `a confidence of ${confidence} takes ${draws} resamples, which would be hours: give a lower one, or say --resamples yourself`,
  );
}
