import { averageColumnId } from "../../suites/suite.ts";
import { ran, whySkipped } from "../../tasks/families.ts";
import type { ColumnComparison, RecordComparison, RecordIdentity } from "../compare/comparison.ts";
import type { RunRecord } from "../schema.ts";
import type { GateThresholds } from "./gateThresholds.ts";

/** One question of a gate and its answer. */
export interface GateCheck {
  readonly kind: "max-drop" | "min" | "coverage" | "tasks";
  /** Column, task or `Avg` that it is about. */
  readonly subject: string;
  readonly passed: boolean;
  /** The threshold; null for whether tasks ran. */
  readonly limitPercent: number | null;
  /** Drop, score or coverage; null where there is none. */
  readonly observedPercent: number | null;
  /** What was found, in a sentence. */
  readonly message: string;
}

/** A gate's decision. It passes when every check does. */
export interface GateVerdict {
  readonly passed: boolean;
  readonly record: RecordIdentity;
  readonly baseline: RecordIdentity | null;
  readonly checks: readonly GateCheck[];
  /** The comparison behind the drops (A is the baseline); null without a baseline. */
  readonly comparison: RecordComparison | null;
}

/** A limit met to the last digit has been met; sums in another order may differ by this much. */
const tolerance = 1e-9;

const points = (percent: number): string => percent.toFixed(2);

function dropMessage(column: ColumnComparison, drop: number, limit: number, needsSignificance: boolean): string {
  const change = drop > 0 ? `fell by ${points(drop)}` : drop < 0 ? `rose by ${points(-drop)}` : "stayed the same";
  const p = column.adjustedPValue ?? column.pValue;
  const doubt =
    needsSignificance && drop > limit
      ? `; p = ${p.toPrecision(2)}, ${column.significant ? "significant" : "not significant"}`
      : "";
  return `${column.id} ${change} (${points(column.aPercent)} to ${points(column.bPercent)}, allowed drop ${points(limit)}${doubt})`;
}

function dropChecks(comparison: RecordComparison, thresholds: GateThresholds): GateCheck[] {
  return [...thresholds.maxDrop].map(([id, limitPercent]): GateCheck => {
    const column = comparison.columns.find((compared) => compared.id === id);
    if (column === undefined) {
      return {
        kind: "max-drop",
        subject: id,
        passed: false,
        limitPercent,
        observedPercent: null,
        message: `${id} cannot be compared: not both records have it`,
      };
    }
    const drop = column.aPercent - column.bPercent;
    const tooFar = drop > limitPercent + tolerance;
    return {
      kind: "max-drop",
      subject: id,
      passed: !tooFar || (thresholds.significant && !column.significant),
      limitPercent,
      observedPercent: drop,
      message: dropMessage(column, drop, limitPercent, thresholds.significant),
    };
  });
}

function minChecks(record: RunRecord, thresholds: GateThresholds): GateCheck[] {
  return [...thresholds.min].map(([id, limitPercent]): GateCheck => {
    const score = record.scores[id] ?? null;
    return {
      kind: "min",
      subject: id,
      passed: score !== null && score >= limitPercent - tolerance,
      limitPercent,
      observedPercent: score,
      message:
        score === null
          ? `${id} has no score: ${id === averageColumnId ? "not all tasks ran" : "its task did not run"}`
          : `${id} is ${points(score)} (at least ${points(limitPercent)})`,
    };
  });
}

function coverageChecks(record: RunRecord, limitPercent: number): GateCheck[] {
  return Object.entries(record.tasks).flatMap(([task, result]): GateCheck[] => {
    if (!ran(result)) return [];
    const { expected, embedded, missing } = result.papers;
    const covered = expected === 0 ? 100 : (100 * embedded) / expected;
    return [
      {
        kind: "coverage",
        subject: task,
        passed: covered >= limitPercent - tolerance,
        limitPercent,
        observedPercent: covered,
        message: `${task}: ${covered.toFixed(2)} % of ${expected} papers have a vector, ${missing} have none (at least ${limitPercent} %)`,
      },
    ];
  });
}

/** A task that the baseline has and the new record lacks must not slip through as "nothing to compare". */
function taskChecks(record: RunRecord, baseline: RunRecord): GateCheck[] {
  const lost = Object.keys(baseline.tasks).filter((task) => ran(baseline.tasks[task]) && !ran(record.tasks[task]));
  return lost.map((task): GateCheck => {
    const reason = whySkipped(record.tasks[task]);
    return {
      kind: "tasks",
      subject: task,
      passed: false,
      limitPercent: null,
      observedPercent: null,
      message: `${task} is in the baseline and did not run: ${reason}`,
    };
  });
}

/** What is asked where a baseline is given and nothing else: no significant drop in any column that both have. */
export function noSignificantDrop(comparison: RecordComparison): GateThresholds {
  return {
    maxDrop: new Map(comparison.columns.map(({ id }) => [id, 0])),
    significant: true,
    min: new Map(),
    minCoveragePercent: null,
  };
}

const identity = (record: RunRecord): RecordIdentity => ({
  name: record.model.name,
  createdAt: record.createdAt,
  sha256: record.model.sha256,
});

/**
 * Judges a record by thresholds. This is the one place where it is decided; every output prints this value.
 * @param against the baseline with its comparison (A the baseline, B the record), or null when only scores and coverage are judged
 */
export function gateVerdict(
  record: RunRecord,
  thresholds: GateThresholds,
  against: { readonly baseline: RunRecord; readonly comparison: RecordComparison } | null,
): GateVerdict {
  const checks = [
    ...(against === null ? [] : taskChecks(record, against.baseline)),
    ...(against === null ? [] : dropChecks(against.comparison, thresholds)),
    ...minChecks(record, thresholds),
    ...(thresholds.minCoveragePercent === null ? [] : coverageChecks(record, thresholds.minCoveragePercent)),
  ];
  return {
    passed: checks.every((check) => check.passed),
    record: identity(record),
    baseline: against === null ? null : identity(against.baseline),
    checks,
    comparison: against?.comparison ?? null,
  };
}
