import { checkNumbers, checkTruths } from "../../checkNumbers.ts";
import { ScidocsError } from "../../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import type { Interval } from "../../stats/interval.ts";
import { type JudgedDifference, type JudgedDifferences, judgeDifferences } from "../../stats/judgeDifferences.ts";
import { averageColumnId, type Suite, taskOf } from "../../suites/suite.ts";
import { suiteNamed } from "../../suites/suites.ts";
import type { Discrepancy } from "../../tasks/taskFamily.ts";
import { requireOneMeaning } from "../contradictions.ts";
import type { RunRecord } from "../schema.ts";
import { discrepancies } from "./comparability.ts";
import { type Movers, moversOf } from "./movers.ts";
import { type PairedTask, pairTask, resampled } from "./pairing.ts";
import { mostResamples, resamplesFor } from "./resamples.ts";

/** Two records in one column. Everything in percent is x100 and unrounded. */
export interface ColumnComparison {
  /** Column id; `Avg` for the mean of all. */
  readonly id: string;
  /** Null for the average. */
  readonly task: string | null;
  /** The scores as recorded. */
  readonly aPercent: number;
  readonly bPercent: number;
  /** B minus A over the items that both scored; equal to the difference of the scores where both scored the same. */
  readonly differencePercent: number;
  readonly intervalPercent: Interval;
  /** Where the interval's lower end may lie, since it comes from so many draws. */
  readonly lowEndPercent: Interval;
  /** Two-sided, from exchanging A and B item by item; null where one run was trained from one seed, which decides nothing. */
  readonly pValue: number | null;
  /** The same over all compared columns together; null for the average, which is one question and not one of the many. */
  readonly adjustedPValue: number | null;
  /** Whether the adjusted p-value (the average: its p-value) is below 1 - confidence. */
  readonly significant: boolean;
  /** One-sided: B is worse; adjusted over the compared columns, plain for the average. */
  readonly dropPValue: number | null;
  /** Whether `dropPValue` is below half of 1 - confidence, as half of a two-sided test is. */
  readonly significantDrop: boolean;
  /** Whether other draws might decide otherwise on `significant`, and on `significantDrop`. */
  readonly closeCall: boolean;
  readonly closeDropCall: boolean;
  /** The smallest true drop that would be found significant in 80 % of all cases; null where nothing is decided. */
  readonly smallestVisibleDropPercent: number | null;
  /** Items that both scored; null for the average. */
  readonly items: number | null;
  readonly unit: PairedTask["unit"] | null;
  /** Items on which B is better, equal and worse; null for the average. */
  readonly wins: number | null;
  readonly ties: number | null;
  readonly losses: number | null;
  /** Items that only one of the runs scored: they are in its score and not in the difference; null for the average. */
  readonly onlyA: number | null;
  readonly onlyB: number | null;
}

/** Two records of one benchmark side by side, as a value. */
export interface RecordComparison {
  /** The suite that both are of. */
  readonly suite: string;
  readonly a: RecordIdentity;
  readonly b: RecordIdentity;
  /** Columns that both have, in table order, the average last where both have it. */
  readonly columns: readonly ColumnComparison[];
  readonly discrepancies: readonly Discrepancy[];
  /** Whether both records are of the same vectors: their fingerprints are equal. */
  readonly sameVectors: boolean;
  /** Per task with queries or clicks, those that moved most in its first metric, each way. */
  readonly movers: Movers;
  readonly confidence: number;
  /** Draws behind the intervals. */
  readonly resamples: number;
  /** Draws behind the p-values: more where one is near its level. */
  readonly exchanges: number;
  readonly seed: number;
}

/** Which record stands where. */
export interface RecordIdentity {
  readonly name: string;
  readonly createdAt: string;
  readonly sha256: string | null;
}

/** How records are compared. */
export interface CompareOptions {
  /** Default 10,000, as many as the confidence needs, and up to ten times as many for a close call. */
  readonly resamples?: number | undefined;
  /** Drops in points, by column id, that the intervals are to rule out or not: draws are made until they tell. */
  readonly margins?: ReadonlyMap<string, number> | undefined;
  /** Default 42. */
  readonly seed?: number;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Compare what can be paired even where the records are not comparable. Default false. */
  readonly force?: boolean;
  /** Items to name each way. Default 10. */
  readonly movers?: number;
  /** The records' suite, where it is one of one's own; default: the shipped one of the name that the records bear. */
  readonly suite?: Suite;
}

const optionNames: OptionNames<CompareOptions> = {
  resamples: true,
  margins: true,
  seed: true,
  confidence: true,
  force: true,
  movers: true,
  suite: true,
};

const identity = (record: RunRecord): RecordIdentity => ({
  name: record.model.name,
  createdAt: record.createdAt,
  sha256: record.model.sha256,
});

/** Differences beneath this are the last bits of sums taken in another order. */
const equalWithin = 1e-12;

function winsTiesLosses(values: PairedTask["values"][number]): Pick<ColumnComparison, "wins" | "ties" | "losses"> {
  let wins = 0;
  let losses = 0;
  for (const [item, a] of values.a.entries()) {
    const difference = values.b[item]! - a;
    if (difference > equalWithin) wins++;
    else if (difference < -equalWithin) losses++;
  }
  return { wins, ties: values.a.length - wins - losses, losses };
}

/** What {@link judgeDifferences} found, in percent and against a level. */
function inPercent(
  { observed, interval, lowEnd, tests }: JudgedDifference,
  isAverage: boolean,
  confidence: number,
): Pick<
  ColumnComparison,
  | "differencePercent"
  | "intervalPercent"
  | "lowEndPercent"
  | "pValue"
  | "adjustedPValue"
  | "significant"
  | "dropPValue"
  | "significantDrop"
  | "closeCall"
  | "closeDropCall"
  | "smallestVisibleDropPercent"
> {
  const level = 1 - confidence;
  return {
    differencePercent: 100 * observed,
    intervalPercent: { low: 100 * interval.low, high: 100 * interval.high },
    lowEndPercent: { low: 100 * lowEnd.low, high: 100 * lowEnd.high },
    pValue: tests?.pValue ?? null,
    adjustedPValue: isAverage ? null : (tests?.adjustedPValue ?? null),
    significant: tests !== null && tests.adjustedPValue < level,
    dropPValue: tests?.adjustedDropPValue ?? null,
    significantDrop: tests !== null && tests.adjustedDropPValue < level / 2,
    closeCall: tests?.closeCall ?? false,
    closeDropCall: tests?.closeDropCall ?? false,
    smallestVisibleDropPercent: tests === null ? null : 100 * tests.smallestVisibleDrop,
  };
}

function refuse(found: readonly Discrepancy[]): never {
  const refused = found.filter((discrepancy) => discrepancy.severity === "refused");
  throw new ScidocsError(
    "BAD_INPUT",
    `these records are not comparable:\n${refused.map(({ message }) => `  ${message}`).join("\n")}\nGive --force to compare what can be paired all the same.`,
  );
}

/** Two runs of all tasks that both have, item by item. */
function pairTasks(suite: Suite, a: RunRecord, b: RunRecord): PairedTask[] {
  const paired = suite.tasks.flatMap((task) => pairTask(suite, task, a.tasks[task.id], b.tasks[task.id]) ?? []);
  if (paired.length > 0) return paired;
  throw new ScidocsError("BAD_INPUT", "the records have no task in common whose rows can be paired");
}

function columnsOf(
  paired: PairedTask,
  judged: readonly JudgedDifference[],
  a: RunRecord,
  b: RunRecord,
  confidence: number,
): ColumnComparison[] {
  return paired.columns.map(({ id }, index) => ({
    id,
    task: paired.task,
    aPercent: a.scores[id] ?? Number.NaN,
    bPercent: b.scores[id] ?? Number.NaN,
    ...inPercent(judged[index]!, false, confidence),
    items: paired.items.length,
    unit: paired.unit,
    ...winsTiesLosses(paired.values[index]!),
    onlyA: paired.onlyA,
    onlyB: paired.onlyB,
  }));
}

/** The average, where both records have it. */
function averageOf(judged: JudgedDifference, a: RunRecord, b: RunRecord, confidence: number): ColumnComparison[] {
  const aPercent = a.scores[averageColumnId] ?? null;
  const bPercent = b.scores[averageColumnId] ?? null;
  if (aPercent === null || bPercent === null) return [];
  const none = { items: null, unit: null, wins: null, ties: null, losses: null, onlyA: null, onlyB: null };
  return [{ id: averageColumnId, task: null, aPercent, bPercent, ...inPercent(judged, true, confidence), ...none }];
}

/**
 * Compares two records of one benchmark: per column the difference B minus A, a bootstrap interval, and p-values from
 * exchanging A and B. A and B are paired by query, paper and click. The same options give the same numbers.
 * @throws ScidocsError `BAD_INPUT` when the records are not comparable (the message names what differs) or share no column;
 *   `USAGE` for resamples by which nothing could be significant; `INTERRUPTED` when stopped
 */
export async function compareRecords(
  a: RunRecord,
  b: RunRecord,
  options: CompareOptions = {},
  control: RunControl = {},
): Promise<RecordComparison> {
  refuseUnknownOptions("compareRecords", options, optionNames);
  const { seed = 42, confidence = 0.95, force = false, movers: moverCount = 10 } = options;
  checkTruths("compareRecords", options, ["force"]);
  checkNumbers("compareRecords", options, {
    resamples: "count",
    seed: "numpySeed",
    confidence: "inner",
    movers: "size",
  });
  const resamples = resamplesFor(confidence, options.resamples);
  if (a.suite !== b.suite) {
    throw new ScidocsError("BAD_INPUT", `these records are of two benchmarks: A is of ${a.suite}, B of ${b.suite}`);
  }
  requireOneMeaning("A", a);
  requireOneMeaning("B", b);
  const found = discrepancies(a, b, options.suite);
  if (!force && found.some(({ severity }) => severity === "refused")) refuse(found);
  const suite = suiteNamed(a.suite, options.suite);
  const paired = pairTasks(suite, a, b);
  const most = mostResamples(resamples, options.resamples);
  const leavesOpen = (judged: JudgedDifferences): boolean =>
    paired.some(({ columns }, task) =>
      columns.some(({ id }, index) => isMarginOpen(judged.tasks[task]![index]!, options.margins?.get(id))),
    ) || isMarginOpen(judged.mean, options.margins?.get(averageColumnId));
  const judged = await judgeDifferences(
    paired.map(resampled),
    { resamples, most, seed, confidence, leavesOpen },
    { ...control, stage: "comparing" },
  );
  const compared = paired.flatMap((one, index) => columnsOf(one, judged.tasks[index]!, a, b, confidence));
  const whole = compared.length === suite.columns.length;
  return {
    suite: suite.id,
    a: identity(a),
    b: identity(b),
    columns: [...compared, ...(whole ? averageOf(judged.mean, a, b, confidence) : [])],
    discrepancies: found,
    sameVectors: a.model.fingerprint !== null && a.model.fingerprint === b.model.fingerprint,
    movers: Object.fromEntries(
      paired
        .filter(({ task }) => taskOf(suite, task).family.comparison.movers !== undefined)
        .map((one) => [one.task, moversOf(one, moverCount)]),
    ),
    confidence,
    resamples: judged.draws.counted,
    exchanges: judged.draws.exchanged,
    seed,
  };
}

/** Whether the draws leave open if the interval rules a drop out. */
function isMarginOpen({ lowEnd }: JudgedDifference, marginPercent: number | undefined): boolean {
  if (marginPercent === undefined) return false;
  return 100 * lowEnd.low <= -marginPercent && -marginPercent <= 100 * lowEnd.high;
}
