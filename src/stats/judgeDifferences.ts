import type { RunControl } from "../progress.ts";
import { columnsDrawn, type Drawn, intervalOf, meanDrawn, seedShare } from "./drawnDifference.ts";
import { fewSeedsQuantile, normalScore } from "./fewSeeds.ts";
import { type Interval, quantile } from "./interval.ts";
import { normalTail } from "./normal.ts";
import { rootMeanSquare, smallestVisibleDrop, standardDeviation } from "./power.ts";
import { type ResampledTask, resample } from "./resample.ts";
import { type Side, stepDownMaxT } from "./stepDown.ts";

/** One difference B minus A and what chance makes of it, in the unit of the columns. */
export interface JudgedDifference {
  readonly observed: number;
  /** Bootstrap interval of this difference alone, at the stated confidence. */
  readonly interval: Interval;
  /** Null where one run was trained from one seed: what another would change is unknown, and nothing is decided. */
  readonly tests: DifferenceTests | null;
}

/** P-values from exchanging A and B, and what the test could have seen. */
export interface DifferenceTests {
  /** Two-sided, this difference alone. */
  readonly pValue: number;
  /** Two-sided, over all columns together. */
  readonly adjustedPValue: number;
  /** One-sided: a fall at least as deep. */
  readonly dropPValue: number;
  readonly adjustedDropPValue: number;
  /** The smallest true fall that the adjusted one-sided test finds in 80 % of all cases. */
  readonly smallestVisibleDrop: number;
}

/** How differences are judged. */
export interface JudgeOptions {
  readonly resamples: number;
  readonly seed: number;
  /** Of the intervals; significance is two-sided at 1 minus it, one-sided at half of that. */
  readonly confidence: number;
}

/** All columns of all tasks, and their mean. */
export interface JudgedDifferences {
  /** Per task, its columns. */
  readonly tasks: readonly (readonly JudgedDifference[])[];
  /** The plain mean of all columns: one question of its own, so that its adjusted values are the plain ones. */
  readonly mean: JudgedDifference;
}

/** Differences that are tested as one family, on one scale. */
class Family {
  readonly #drawn: readonly Drawn[];
  readonly #scales: Float64Array;
  readonly #observed: Float64Array;

  constructor(drawn: readonly Drawn[]) {
    this.#drawn = drawn;
    this.#scales = Float64Array.from(drawn, ({ exchanged }) => rootMeanSquare(exchanged));
    this.#observed = Float64Array.from(drawn, ({ observed, seedVariances: parts }, test) => {
      const scale = this.#scales[test]!;
      return scale === 0 ? 0 : normalScore(observed / scale, seedShare(parts, scale ** 2));
    });
  }

  /** The draws of all tests, standardised, one after the other. */
  #each(use: (draw: Float64Array) => void): void {
    const draw = new Float64Array(this.#drawn.length);
    const count = this.#drawn[0]?.exchanged.length ?? 0;
    for (let r = 0; r < count; r++) {
      for (const [test, { exchanged }] of this.#drawn.entries()) {
        const scale = this.#scales[test]!;
        draw[test] = scale === 0 ? 0 : exchanged[r]! / scale;
      }
      use(draw);
    }
  }

  #stepDown(side: Side): ReturnType<ReturnType<typeof stepDownMaxT>["result"]> {
    const tests = stepDownMaxT(this.#observed, side);
    this.#each(tests.add);
    return tests.result();
  }

  /** The standardised fall that the deepest of all reaches by chance with probability `level`. */
  #critical(level: number): number {
    const deepest = new Float64Array(this.#drawn[0]?.exchanged.length ?? 0);
    let r = 0;
    this.#each((draw) => {
      deepest[r++] = -Math.min(...draw);
    });
    return quantile(deepest.sort(), 1 - level);
  }

  tests(confidence: number): DifferenceTests[] {
    if (this.#drawn.length === 0) return [];
    const [both, below] = [this.#stepDown("two-sided"), this.#stepDown("below")];
    const critical = this.#critical((1 - confidence) / 2);
    return this.#drawn.map((drawn, test) => {
      const error = standardDeviation(drawn.counted);
      const seeds = seedShare(drawn.seedVariances, error ** 2);
      return {
        pValue: both.plain[test]!,
        adjustedPValue: both.adjusted[test]!,
        dropPValue: below.plain[test]!,
        adjustedDropPValue: below.adjusted[test]!,
        smallestVisibleDrop: smallestVisibleDrop(error, fewSeedsQuantile(2 * normalTail(critical), seeds)),
      };
    });
  }
}

/**
 * Judges the differences of two runs in all columns of all their tasks. P-values come from exchanging A and B item by item; over
 * the columns they are adjusted by the step-down max-T procedure. The same options give the same numbers.
 * @param tasks at least one
 * @throws ScidocsError `INTERRUPTED` when stopped
 */
export async function judgeDifferences(
  tasks: readonly ResampledTask[],
  { resamples, seed, confidence }: JudgeOptions,
  control: RunControl & { readonly stage?: string } = {},
): Promise<JudgedDifferences> {
  const all = await resample(tasks, { resamples, seed }, control);
  const drawn = tasks.map(({ statistic }, index) => columnsDrawn(statistic, all[index]!));
  const mean = meanDrawn(tasks, drawn);
  const testable = drawn.flat().filter(({ oneSeed }) => !oneSeed);
  const tested = new Family(testable).tests(confidence);
  const testsOf = new Map(testable.map((one, index) => [one, tested[index]!]));
  const judged = (one: Drawn, tests: DifferenceTests | null): JudgedDifference => ({
    observed: one.observed,
    interval: intervalOf(one, confidence),
    tests,
  });
  return {
    tasks: drawn.map((columns) => columns.map((one) => judged(one, testsOf.get(one) ?? null))),
    mean: judged(mean, mean.oneSeed ? null : new Family([mean]).tests(confidence)[0]!),
  };
}
