import { closePText } from "../../stats/closeCall.ts";
import { averageColumnId, type Suite } from "../../suites/suite.ts";
import { ran, resultOf, whySkipped } from "../../tasks/families.ts";
import type { ColumnComparison, RecordComparison } from "../compare/comparison.ts";
import type { RunRecord } from "../schema.ts";
import type { GateThresholds } from "./gateThresholds.ts";

/** One question of a gate and its answer. */
export interface GateCheck {
  /** The rule that was applied. */
  readonly kind: "significant-drop" | "max-drop" | "non-inferior" | "min" | "coverage" | "tasks" | "fewer";
  /** Column, task or `Avg` that it is about. */
  readonly subject: string;
  readonly passed: boolean;
  /** False where it passed for want of data: a drop that matters would have gone unseen as a rule. */
  readonly canTell: boolean;
  /** Whether other draws of the same size might decide otherwise: the message says how near it is. */
  readonly closeCall: boolean;
  /** The threshold; null where the rule has none. */
  readonly limitPercent: number | null;
  /** Drop (of the paired difference), score or coverage; null where there is none. */
  readonly observedPercent: number | null;
  /** The smallest true drop that is found significant with 80 % power at this size; null for questions of another kind. */
  readonly smallestVisiblePercent: number | null;
  /** What was found and by which rule, in a sentence. */
  readonly message: string;
}

/** A limit met to the last digit has been met; sums in another order may differ by this much. */
const tolerance = 1e-9;

const points = (percent: number): string => percent.toFixed(2);

/** Two numbers with as many digits as it takes to tell them apart, two at least. */
function apart(a: number, b: number): [string, string] {
  for (let digits = 2; digits < 12; digits++) {
    const [x, y] = [a.toFixed(digits), b.toFixed(digits)];
    if (x !== y || Math.abs(a - b) <= tolerance) return [x, y];
  }
  return [String(a), String(b)];
}

/** `fell by 0.57 (70.54 to 69.96`, without the closing bracket: more may follow. The paired difference is what counts. */
function change(column: ColumnComparison, shown = points(Math.abs(column.differencePercent))): string {
  const { differencePercent: difference, aPercent, bPercent } = column;
  const way = difference < 0 ? `fell by ${shown}` : difference > 0 ? `rose by ${shown}` : "stayed the same";
  const paired = Math.abs(bPercent - aPercent - difference) < 0.005;
  const recorded = `${points(aPercent)} to ${points(bPercent)}`;
  return `${column.id} ${way} (${paired ? recorded : `over the ${column.unit ?? "items"} that both scored; recorded: ${recorded}`}`;
}

/** What the test could have seen. */
function sight(column: ColumnComparison): string {
  const smallest = column.smallestVisibleDropPercent;
  if (smallest === null) return "trained from one seed, which decides nothing: give --seeds 5";
  return `80 % power for drops from ${points(smallest)} on`;
}

function pText(
  { dropPValue: p, closeDropCall }: ColumnComparison,
  { exchanges, confidence }: RecordComparison,
): string {
  if (p === null) return "";
  if (!closeDropCall) return `, p = ${p < 0.0001 ? "< 0.0001" : p.toPrecision(2)}`.replace("= <", "<");
  const level = (1 - confidence) / 2;
  return `, p = ${closePText(p, level, exchanges)}: a close call, which other draws may decide otherwise`;
}

type Judged = Omit<GateCheck, "subject" | "observedPercent" | "smallestVisiblePercent">;

/** The rule that holds where no other was named: a significant drop fails. */
function significantDrop(column: ColumnComparison, comparison: RecordComparison): Judged {
  const failed = column.significantDrop;
  const drop = -column.differencePercent;
  const smallest = column.smallestVisibleDropPercent;
  const verdict = failed ? "a significant drop" : drop > 0 ? "no significant drop" : "no drop";
  return {
    kind: "significant-drop",
    passed: !failed,
    // Where a drop as large as the one found would go unseen as often as not, not to have seen it is no finding.
    canTell: failed || (smallest !== null && (drop <= 0 || drop < smallest / 2)),
    closeCall: column.closeDropCall,
    limitPercent: null,
    message: `${change(column)}): ${verdict}${pText(column, comparison)}; ${sight(column)}`,
  };
}

function maxDrop(
  column: ColumnComparison,
  limitPercent: number,
  needsSignificance: boolean,
  comparison: RecordComparison,
): Judged {
  const drop = -column.differencePercent;
  const tooFar = drop > limitPercent + tolerance;
  const failed = tooFar && (!needsSignificance || column.significantDrop);
  const smallest = column.smallestVisibleDropPercent;
  const [shown, limit] = tooFar ? apart(drop, limitPercent) : [undefined, points(limitPercent)];
  const doubt = tooFar
    ? `${pText(column, comparison)}, ${column.significantDrop ? "significant" : "not significant"}`
    : "";
  return {
    kind: "max-drop",
    passed: !failed,
    canTell: failed || (smallest !== null && smallest <= limitPercent),
    closeCall: tooFar && needsSignificance && column.closeDropCall,
    limitPercent,
    message: `${change(column, shown)}, allowed drop ${limit}${doubt}); ${sight(column)}`,
  };
}

function nonInferior(column: ColumnComparison, limitPercent: number, confidence: number): Judged {
  const worst = -column.intervalPercent.low;
  const passed = column.pValue !== null && worst < limitPercent;
  const [shown, limit] = apart(Math.max(0, worst), limitPercent);
  const found = passed ? "a drop beyond" : "cannot rule out a drop of";
  const { low, high } = column.lowEndPercent;
  const closeCall = column.pValue !== null && low <= -limitPercent && -limitPercent <= high;
  const close = `, its end between ${low.toFixed(3)} and ${high.toFixed(3)}: a close call, which other draws may decide otherwise`;
  const bound = `${Number((100 * confidence).toPrecision(10))} % interval${closeCall ? close : ""}`;
  return {
    kind: "non-inferior",
    passed,
    canTell: true,
    closeCall,
    limitPercent,
    message:
      column.pValue === null
        ? `${change(column)}): not shown to be within ${limit}; ${sight(column)}`
        : `${change(column)}): ${found} ${shown}${passed ? " is ruled out" : ""} (${bound}), margin ${limit}; ${sight(column)}`,
  };
}

/** What cannot be judged: one of the records has no such score. */
function withoutColumn(id: string, kind: "max-drop" | "non-inferior", limitPercent: number): GateCheck {
  const none = { observedPercent: null, smallestVisiblePercent: null };
  const message = `${id} cannot be compared: not both records have it`;
  return { kind, subject: id, passed: false, canTell: true, closeCall: false, limitPercent, ...none, message };
}

/**
 * The checks of every column that both records have, and of every column that a limit names. What a limit does not name
 * may not drop significantly.
 */
export function dropChecks(comparison: RecordComparison, thresholds: GateThresholds): GateCheck[] {
  const compared = comparison.columns.flatMap((column): GateCheck[] => {
    const limit = thresholds.maxDrop.get(column.id);
    const margin = thresholds.nonInferior.get(column.id);
    const judged = [
      ...(limit === undefined ? [] : [maxDrop(column, limit, thresholds.significant, comparison)]),
      ...(margin === undefined ? [] : [nonInferior(column, margin, comparison.confidence)]),
      ...(limit === undefined && margin === undefined ? [significantDrop(column, comparison)] : []),
    ];
    return judged.map((one) => ({
      ...one,
      subject: column.id,
      observedPercent: -column.differencePercent,
      smallestVisiblePercent: column.smallestVisibleDropPercent,
      message: one.canTell ? one.message : `${one.message}: cannot tell`,
    }));
  });
  const known = new Set(comparison.columns.map(({ id }) => id));
  const lost = ([kind, limits]: readonly ["max-drop" | "non-inferior", ReadonlyMap<string, number>]): GateCheck[] =>
    [...limits].flatMap(([id, limit]) => (known.has(id) ? [] : [withoutColumn(id, kind, limit)]));
  return [...compared, ...lost(["max-drop", thresholds.maxDrop]), ...lost(["non-inferior", thresholds.nonInferior])];
}

const plain = { canTell: true, closeCall: false, smallestVisiblePercent: null };

/** The lowest scores that were asked for. */
export function minChecks(record: RunRecord, min: ReadonlyMap<string, number>): GateCheck[] {
  return [...min].map(([id, limitPercent]): GateCheck => {
    const score = record.scores[id] ?? null;
    const passed = score !== null && score >= limitPercent - tolerance;
    const [shown, limit] =
      score === null || passed ? [points(score ?? 0), points(limitPercent)] : apart(score, limitPercent);
    const none = `${id} has no score: ${id === averageColumnId ? "not all tasks ran" : "its task did not run"}`;
    const message = score === null ? none : `${id} is ${shown} (at least ${limit})`;
    return { kind: "min", subject: id, passed, ...plain, limitPercent, observedPercent: score, message };
  });
}

/** Share of a task's papers that have a vector. */
const coverageOf = ({ expected, embedded }: { readonly expected: number; readonly embedded: number }): number =>
  expected === 0 ? 100 : (100 * embedded) / expected;

/** The lowest coverage, of every task that ran. */
export function coverageChecks(record: RunRecord, limitPercent: number): GateCheck[] {
  return Object.entries(record.tasks).flatMap(([task, result]): GateCheck[] => {
    if (!ran(result)) return [];
    const covered = coverageOf(result.papers);
    const passed = covered >= limitPercent - tolerance;
    const [shown, limit] = passed ? [points(covered), String(limitPercent)] : apart(covered, limitPercent);
    const { expected, missing } = result.papers;
    const message = `${task}: ${shown} % of ${expected} papers have a vector, ${missing} have none (at least ${limit} %)`;
    return [{ kind: "coverage", subject: task, passed, ...plain, limitPercent, observedPercent: covered, message }];
  });
}

/** A task that the baseline has and the new record lacks must not slip through as "nothing to compare". */
export function taskChecks(record: RunRecord, baseline: RunRecord): GateCheck[] {
  const lost = Object.keys(baseline.tasks).filter((task) => ran(baseline.tasks[task]) && !ran(record.tasks[task]));
  return lost.map((task): GateCheck => {
    const message = `${task} is in the baseline and did not run: ${whySkipped(record.tasks[task])}`;
    return {
      kind: "tasks",
      subject: task,
      passed: false,
      ...plain,
      limitPercent: null,
      observedPercent: null,
      message,
    };
  });
}

/**
 * What was left out may be what the model does worst: with 16 hard queries gone, a worse model scores higher, and from one seed no drop
 * can be found. A check a task that scores fewer items than the baseline, covers fewer papers or is trained from fewer seeds, one in all
 * where none does.
 */
export function fewerChecks(
  suite: Suite,
  record: RunRecord,
  baseline: RunRecord,
  comparison: RecordComparison,
  allowed: boolean,
): GateCheck[] {
  const rest = { kind: "fewer" as const, ...plain, limitPercent: null, observedPercent: null };
  const fewer = suite.tasks.flatMap((task): GateCheck[] => {
    const [before, now] = [
      resultOf(task.family, baseline.tasks[task.id]),
      resultOf(task.family, record.tasks[task.id]),
    ];
    if (before === null || now === null) return [];
    const { unit, itemCount, seedCount } = task.family.comparison;
    const items = itemCount(before);
    const lost = comparison.columns.find((column) => column.task === task.id)?.onlyA ?? items;
    const [covered, coveredNow] = [coverageOf(before.papers), coverageOf(now.papers)];
    const less = coveredNow < covered - tolerance;
    const [seeds, seedsNow] = [seedCount?.(before) ?? 0, seedCount?.(now) ?? 0];
    if (lost === 0 && !less && seedsNow >= seeds) return [];
    const [from, to] = apart(covered, coveredNow);
    const found = [
      ...(lost > 0 ? [`does not score ${lost} of the baseline's ${items} ${unit}`] : []),
      ...(less ? [`covers ${to} % of its papers, the baseline ${from} %`] : []),
      ...(seedsNow < seeds ? [`is trained from ${seedsNow} of the baseline's ${seeds} seeds`] : []),
    ].join(" and ");
    const end = allowed ? " (--allow-fewer)" : "; --allow-fewer lets it";
    return [{ ...rest, subject: task.id, passed: allowed, message: `${task.id} ${found}${end}` }];
  });
  if (fewer.length > 0) return fewer;
  const message = "no task scores fewer items, covers fewer papers or has fewer seeds than in the baseline";
  return [{ ...rest, subject: "all", passed: true, message }];
}
