import { ScidocsError } from "../../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import { holm } from "../../stats/holm.ts";
import { type Interval, percentileInterval } from "../../stats/interval.ts";
import { permutationPValue } from "../../stats/permutationPValue.ts";
import { type Resamples, resample } from "../../stats/resample.ts";
import { averageColumnId, type Suite } from "../../suites/suite.ts";
import { suiteNamed } from "../../suites/suites.ts";
import type { Discrepancy } from "../../tasks/taskFamily.ts";
import type { RunRecord } from "../schema.ts";
import { discrepancies } from "./comparability.ts";
import { type Movers, moversOf } from "./movers.ts";
import { type PairedTask, pairTask } from "./pairing.ts";

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
  /** Two-sided, from exchanging A and B item by item. */
  readonly pValue: number;
  /** Holm's adjustment over the compared columns; null for the average, which is one question and not one of the many. */
  readonly adjustedPValue: number | null;
  /** Whether the adjusted p-value (the average: its p-value) is below 1 - confidence. */
  readonly significant: boolean;
  /** Items that both scored; null for the average. */
  readonly items: number | null;
  readonly unit: PairedTask["unit"] | null;
  /** Items on which B is better, equal and worse; null for the average. */
  readonly wins: number | null;
  readonly ties: number | null;
  readonly losses: number | null;
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
  /** Per task with queries or clicks, those that moved most in its first metric, each way. */
  readonly movers: Movers;
  readonly confidence: number;
  readonly resamples: number;
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
  /** Default 10,000. */
  readonly resamples?: number;
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

type Raw = Omit<ColumnComparison, "adjustedPValue" | "significant">;

interface Drawn {
  readonly observed: number;
  readonly bootstrap: Float64Array;
  readonly exchanged: Float64Array;
}

function test(drawn: Drawn, confidence: number): Pick<Raw, "differencePercent" | "intervalPercent" | "pValue"> {
  const interval = percentileInterval(drawn.bootstrap, confidence);
  return {
    differencePercent: 100 * drawn.observed,
    intervalPercent: { low: 100 * interval.low, high: 100 * interval.high },
    pValue: permutationPValue(drawn.observed, drawn.exchanged),
  };
}

/** The mean over columns, draw by draw: draws of one task are joint, those of two tasks independent. */
function meanDrawn(all: readonly Drawn[]): Drawn {
  const mean = (pick: (drawn: Drawn) => Float64Array): Float64Array => {
    const sum = new Float64Array(pick(all[0]!).length);
    for (const drawn of all) for (const [r, value] of pick(drawn).entries()) sum[r]! += value / all.length;
    return sum;
  };
  return {
    observed: all.reduce((sum, drawn) => sum + drawn.observed / all.length, 0),
    bootstrap: mean((drawn) => drawn.bootstrap),
    exchanged: mean((drawn) => drawn.exchanged),
  };
}

function columnDraws(paired: PairedTask, resamples: Resamples): Drawn[] {
  return paired.columns.map((_, index) => ({
    observed: paired.statistic.observed[index]!,
    bootstrap: resamples.bootstrap[index]!,
    exchanged: resamples.exchanged[index]!,
  }));
}

function refuse(found: readonly Discrepancy[]): never {
  const refused = found.filter((discrepancy) => discrepancy.severity === "refused");
  throw new ScidocsError(
    "BAD_INPUT",
    `these records are not comparable:\n${refused.map(({ message }) => `  ${message}`).join("\n")}\nGive --force to compare what can be paired all the same.`,
  );
}

/**
 * Compares two records of one benchmark: per column the difference B minus A, a bootstrap interval, and a p-value from
 * exchanging A and B. A and B are paired by query, paper and click. The same options give the same numbers.
 * @throws ScidocsError `BAD_INPUT` when the records are not comparable (the message names what differs) or share no column;
 *   `INTERRUPTED` when stopped
 */
export async function compareRecords(
  a: RunRecord,
  b: RunRecord,
  options: CompareOptions = {},
  control: RunControl = {},
): Promise<RecordComparison> {
  refuseUnknownOptions("compareRecords", options, optionNames);
  const { resamples = 10_000, seed = 42, confidence = 0.95, force = false, movers: moverCount = 10 } = options;
  if (a.suite !== b.suite) {
    throw new ScidocsError("BAD_INPUT", `these records are of two benchmarks: A is of ${a.suite}, B of ${b.suite}`);
  }
  const found = discrepancies(a, b, options.suite);
  if (!force && found.some(({ severity }) => severity === "refused")) refuse(found);
  const raw: Raw[] = [];
  const allDrawn: Drawn[] = [];
  const movers: Movers = {};
  const suite = suiteNamed(a.suite, options.suite);
  for (const [stream, task] of suite.tasks.entries()) {
    const paired = pairTask(suite, task, a.tasks[task.id], b.tasks[task.id]);
    if (paired === null) continue;
    const drawn = columnDraws(
      paired,
      await resample(paired.statistic, { resamples, seed, stream }, { ...control, stage: `comparing ${task.id}` }),
    );
    allDrawn.push(...drawn);
    if (paired.unit !== "papers") movers[task.id] = moversOf(paired, moverCount);
    for (const [index, column] of paired.columns.entries()) {
      raw.push({
        id: column.id,
        task: task.id,
        aPercent: a.scores[column.id] ?? Number.NaN,
        bPercent: b.scores[column.id] ?? Number.NaN,
        ...test(drawn[index]!, confidence),
        items: paired.items.length,
        unit: paired.unit,
        ...winsTiesLosses(paired.values[index]!),
      });
    }
  }
  if (raw.length === 0)
    throw new ScidocsError("BAD_INPUT", "the records have no task in common whose rows can be paired");
  const level = 1 - confidence;
  const adjusted = holm(raw.map((column) => column.pValue));
  const compared: ColumnComparison[] = raw.map((column, index) => {
    const adjustedPValue = adjusted[index]!;
    return { ...column, adjustedPValue, significant: adjustedPValue < level };
  });
  const aAverage = a.scores[averageColumnId] ?? null;
  const bAverage = b.scores[averageColumnId] ?? null;
  if (raw.length === suite.columns.length && aAverage !== null && bAverage !== null) {
    const tested = test(meanDrawn(allDrawn), confidence);
    compared.push({
      id: averageColumnId,
      task: null,
      aPercent: aAverage,
      bPercent: bAverage,
      ...tested,
      adjustedPValue: null,
      significant: tested.pValue < level,
      items: null,
      unit: null,
      wins: null,
      ties: null,
      losses: null,
    });
  }
  return {
    suite: suite.id,
    a: identity(a),
    b: identity(b),
    columns: compared,
    discrepancies: found,
    movers,
    confidence,
    resamples,
    seed,
  };
}
