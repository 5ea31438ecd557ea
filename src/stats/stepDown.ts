/** Which way a difference must go to count. */
export type Side = "two-sided" | "below";

/** Counts draws against what was observed, test by test and for all tests together. */
export interface StepDown {
  /** One joint draw of all tests under the null hypothesis, in the order and on the scale of the observed values. */
  readonly add: (draw: Float64Array) => void;
  readonly result: () => StepDownResult;
}

/** P-values, never 0: the observed value counts among the draws (Phipson and Smyth, 2010). */
export interface StepDownResult {
  readonly draws: number;
  /** P-value of each test alone. */
  readonly plain: Float64Array;
  /** Adjusted for all tests together: the chance of any false alarm stays below the level at which they are read. */
  readonly adjusted: Float64Array;
}

/** The same sum in another order may differ in its last bits, and must still count as equal. */
const equalWithin = 1e-9;

/**
 * The step-down max-T procedure of Westfall and Young (1993, algorithm 4.1): a value is held against the largest of all values
 * that are no more extreme than it, draw by draw, so that tests which say nearly the same (MAP and nDCG, a pair of records and
 * its neighbours) cost nearly as little as one. It resolves adjusted values of 1 / (draws + 1), however many tests there are.
 * @param observed standardised: on one scale, so that no test drowns the others
 */
export function stepDownMaxT(observed: Float64Array, side: Side): StepDown {
  const extremity = side === "two-sided" ? Math.abs : (value: number): number => -value;
  const reached = observed.map(extremity);
  const descending = Uint32Array.from(reached.keys()).sort((i, j) => reached[j]! - reached[i]!);
  const plain = new Uint32Array(observed.length);
  const joint = new Uint32Array(observed.length);
  let draws = 0;
  const add = (draw: Float64Array): void => {
    draws++;
    let largest = Number.NEGATIVE_INFINITY;
    for (let rank = descending.length - 1; rank >= 0; rank--) {
      const test = descending[rank]!;
      const value = side === "two-sided" ? Math.abs(draw[test]!) : -draw[test]!;
      const threshold = reached[test]! - equalWithin;
      if (value >= threshold) plain[test]! += 1;
      if (value > largest) largest = value;
      if (largest >= threshold) joint[test]! += 1;
    }
  };
  const result = (): StepDownResult => {
    const share = (count: number): number => (count + 1) / (draws + 1);
    const adjusted = new Float64Array(observed.length);
    let highest = 0;
    for (const test of descending) {
      highest = Math.max(highest, share(joint[test]!));
      adjusted[test] = highest;
    }
    return { draws, plain: Float64Array.from(plain, share), adjusted };
  };
  return { add, result };
}
