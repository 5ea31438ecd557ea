import { isCloseCall } from "./closeCall.ts";
import { columnsDrawn, type Drawn, intervalOf, lowEndOf, meanDrawn, seedShare } from "./drawnDifference.ts";
import { fewSeedsQuantile, normalScore } from "./fewSeeds.ts";
import { type Interval, quantile } from "./interval.ts";
import { normalTail } from "./normal.ts";
import { rootMeanSquare, smallestVisibleDrop, standardDeviation } from "./power.ts";
import { type DrawKind, openResampling, type ResampleControl, type ResampledTask } from "./resample.ts";
import { type Side, stepDownMaxT } from "./stepDown.ts";

/** One difference B minus A and what chance makes of it, in the unit of the columns. */
export interface JudgedDifference {
  readonly observed: number;
  /** Bootstrap interval of this difference alone, at the stated confidence. */
  readonly interval: Interval;
  /** Where the interval's lower end may lie: so many draws do not tell it more exactly. */
  readonly lowEnd: Interval;
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
  /** Whether the draws leave open what is significant, two-sided, and as a drop: another seed may decide otherwise. */
  readonly closeCall: boolean;
  readonly closeDropCall: boolean;
}

/** How differences are judged. */
export interface JudgeOptions {
  readonly resamples: number;
  /** Draws that a close call may take; default `resamples`: none more. */
  readonly most?: number | undefined;
  /** Whether the intervals leave something open that more draws may settle. */
  readonly leavesOpen?: ((judged: JudgedDifferences) => boolean) | undefined;
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
  /** Draws behind the intervals, and behind the p-values. */
  readonly draws: Readonly<Record<DrawKind, number>>;
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
    const level = 1 - confidence;
    const draws = this.#drawn[0]!.exchanged.length;
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
        closeCall: isCloseCall(both.adjusted[test]!, level, draws),
        closeDropCall: isCloseCall(below.adjusted[test]!, level / 2, draws),
      };
    });
  }
}

/** Per task, per column, what has been drawn of a kind. */
type DrawnSoFar = readonly (readonly Float64Array[])[];

function joined(before: DrawnSoFar, more: DrawnSoFar): DrawnSoFar {
  return before.map((columns, task) =>
    columns.map((column, index) => {
      const added = more[task]![index]!;
      const both = new Float64Array(column.length + added.length);
      both.set(column);
      both.set(added, column.length);
      return both;
    }),
  );
}

function judgedBy(
  tasks: readonly ResampledTask[],
  counted: DrawnSoFar,
  exchanged: DrawnSoFar,
  confidence: number,
): JudgedDifferences {
  const drawn = tasks.map(({ statistic }, index) =>
    columnsDrawn(statistic, { counted: counted[index]!, exchanged: exchanged[index]! }),
  );
  const mean = meanDrawn(tasks, drawn);
  const testable = drawn.flat().filter(({ oneSeed }) => !oneSeed);
  const tested = new Family(testable).tests(confidence);
  const testsOf = new Map(testable.map((one, index) => [one, tested[index]!]));
  const judged = (one: Drawn, tests: DifferenceTests | null): JudgedDifference => ({
    observed: one.observed,
    interval: intervalOf(one, confidence),
    lowEnd: lowEndOf(one, confidence),
    tests,
  });
  return {
    tasks: drawn.map((columns) => columns.map((one) => judged(one, testsOf.get(one) ?? null))),
    mean: judged(mean, mean.oneSeed ? null : new Family([mean]).tests(confidence)[0]!),
    draws: { counted: mean.counted.length, exchanged: mean.exchanged.length },
  };
}

/** Whether more exchanges may settle what is significant. */
function isOpen({ tasks, mean }: JudgedDifferences): boolean {
  return [...tasks.flat(), mean].some(({ tests }) => tests !== null && (tests.closeCall || tests.closeDropCall));
}

/**
 * Judges the differences of two runs in all columns of all their tasks. P-values come from exchanging A and B item by item; over
 * the columns they are adjusted by the step-down max-T procedure. Where a p-value is so near to its level that other draws might decide
 * otherwise, as many again are made until they settle it, or until there are `most`. The same options give the same numbers.
 * @param tasks at least one
 * @throws ScidocsError `INTERRUPTED` when stopped
 */
export async function judgeDifferences(
  tasks: readonly ResampledTask[],
  { resamples, most = resamples, seed, confidence, leavesOpen = () => false }: JudgeOptions,
  control: ResampleControl = {},
): Promise<JudgedDifferences> {
  const resampling = openResampling(tasks, seed);
  const total = 2 * resamples;
  let counted: DrawnSoFar = await resampling.next("counted", resamples, { ...control, total });
  let exchanged: DrawnSoFar = await resampling.next("exchanged", resamples, { ...control, before: resamples, total });
  for (;;) {
    const judged = judgedBy(tasks, counted, exchanged, confidence);
    const more = (kind: DrawKind, wanted: boolean): number =>
      wanted ? Math.min(judged.draws[kind], most - judged.draws[kind]) : 0;
    const [bootstraps, exchanges] = [more("counted", leavesOpen(judged)), more("exchanged", isOpen(judged))];
    if (bootstraps + exchanges === 0) return judged;
    const later = { ...control, stage: `${control.stage ?? "resampling"}, near a limit` };
    if (bootstraps > 0) counted = joined(counted, await resampling.next("counted", bootstraps, later));
    if (exchanges > 0) exchanged = joined(exchanged, await resampling.next("exchanged", exchanges, later));
  }
}
