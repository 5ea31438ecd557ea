import { checkNumbers, checkTruths } from "../../checkNumbers.ts";
import { ScidocsError } from "../../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import { printable } from "../../printable.ts";
import type { Suite } from "../../suites/suite.ts";
import { suiteNamed } from "../../suites/suites.ts";
import { ran, whySkipped } from "../../tasks/families.ts";
import type { RecordComparison, RecordIdentity } from "../compare/comparison.ts";
import { requireOneMeaning } from "../contradictions.ts";
import { recordText } from "../record.ts";
import type { RunRecord } from "../schema.ts";
import { coverageChecks, dropChecks, fewerChecks, type GateCheck, minChecks, taskChecks } from "./gateChecks.ts";
import type { GateThresholds } from "./gateThresholds.ts";

export type { GateCheck } from "./gateChecks.ts";

/** A gate's decision. It passes when every check does. */
export interface GateVerdict {
  readonly passed: boolean;
  readonly record: RecordIdentity;
  readonly baseline: RecordIdentity | null;
  readonly checks: readonly GateCheck[];
  /** What a reader must know beside the checks, one sentence each. */
  readonly notes: readonly string[];
  /** The comparison behind the drops (A is the baseline); null without a baseline. */
  readonly comparison: RecordComparison | null;
}

const identity = (record: RunRecord): RecordIdentity => ({
  name: record.model.name,
  createdAt: record.createdAt,
  sha256: record.model.sha256,
});

const thresholdNames: OptionNames<GateThresholds> = {
  maxDrop: true,
  significant: true,
  nonInferior: true,
  min: true,
  minCoveragePercent: true,
  allowFewer: true,
};

/**
 * Refuses limits by which nothing could fail: a number that could not be read is NaN, and no drop is larger than that.
 * @throws ScidocsError `USAGE`
 */
function requireLimits(thresholds: GateThresholds): void {
  checkNumbers("gateVerdict", thresholds, { minCoveragePercent: "percent" });
  checkTruths("gateVerdict", thresholds, ["significant", "allowFewer"]);
  for (const name of ["maxDrop", "nonInferior", "min"] as const) {
    const limits: unknown = thresholds[name];
    if (!(limits instanceof Map))
      throw new ScidocsError("USAGE", `gateVerdict: ${name} must be a Map of column ids to points`);
    for (const [id, limit] of limits) checkNumbers(`gateVerdict: ${name}`, { [id]: limit }, { [id]: "percent" });
  }
}

/**
 * Refuses a comparison of other records, or of these the wrong way round, in which every drop is a rise.
 * @throws ScidocsError `USAGE`
 */
function requireOwnComparison(record: RunRecord, baseline: RunRecord, { a, b }: RecordComparison): void {
  const isOf = (one: RecordIdentity, other: RunRecord): boolean =>
    JSON.stringify(one) === JSON.stringify(identity(other));
  if (isOf(a, baseline) && isOf(b, record)) return;
  throw new ScidocsError(
    "USAGE",
    "gateVerdict: the comparison is of other records: make it by compareRecords(baseline, record)",
  );
}

/**
 * Judges a record by thresholds. This is the one place where it is decided; every output prints this value.
 * @param against the baseline with its comparison (A the baseline, B the record), or null when only scores and coverage are judged
 * @param own the records' suite, where it is one of one's own
 * @throws ScidocsError `BAD_INPUT` when there is nothing to check: that is no pass; `USAGE` for limits that are none, and for a comparison of
 *   other records
 */
export function gateVerdict(
  record: RunRecord,
  thresholds: GateThresholds,
  against: { readonly baseline: RunRecord; readonly comparison: RecordComparison } | null,
  own?: Suite,
): GateVerdict {
  refuseUnknownOptions("gateVerdict", thresholds, thresholdNames);
  requireLimits(thresholds);
  requireOneMeaning("the record", record);
  if (against !== null) requireOwnComparison(record, against.baseline, against.comparison);
  const { minCoveragePercent: coverage, allowFewer } = thresholds;
  const suite = suiteNamed(record.suite, own);
  const checks = [
    ...(against === null ? [] : taskChecks(record, against.baseline)),
    ...(against === null ? [] : fewerChecks(suite, record, against.baseline, against.comparison, allowFewer)),
    ...(against === null ? [] : dropChecks(against.comparison, thresholds)),
    ...minChecks(record, thresholds.min),
    ...(coverage === null ? [] : coverageChecks(record, coverage)),
  ];
  if (checks.length === 0) throw new ScidocsError("BAD_INPUT", "nothing was checked: no task of the record ran");
  const skipped = Object.keys(record.tasks).filter((task) => {
    const isJudged = checks.some(({ kind, subject, passed }) => kind === "tasks" && subject === task && !passed);
    return !ran(record.tasks[task]) && !isJudged;
  });
  const itself = against !== null && recordText(against.baseline) === recordText(record);
  // A baseline of a few tasks would else let everything about the others pass.
  const newHere =
    against === null
      ? []
      : Object.keys(record.tasks).filter((task) => ran(record.tasks[task]) && !ran(against.baseline.tasks[task]));
  return {
    passed: checks.every((check) => check.passed),
    record: identity(record),
    baseline: against === null ? null : identity(against.baseline),
    checks,
    notes: [
      ...(itself ? ["the record is its own baseline: nothing was compared with anything else"] : []),
      ...(!itself && against?.comparison.sameVectors === true
        ? ["both records are of the same vectors: is this the candidate's own record?"]
        : []),
      ...(against !== null && Date.parse(against.baseline.createdAt) > Date.parse(record.createdAt)
        ? [
            `the baseline was made after the record (${against.baseline.createdAt}, ${record.createdAt}): are they the wrong way round?`,
          ]
        : []),
      ...newHere.map((task) => `${task} did not run in the baseline, so that nothing of it was compared, nor of Avg`),
      ...skipped.map(
        (task) =>
          `${task} did not run, so that nothing of it was judged: ${printable(whySkipped(record.tasks[task]) ?? "", 200)}`,
      ),
    ],
    comparison: against?.comparison ?? null,
  };
}
