import pc from "picocolors";
import { printable } from "../printable.ts";
import type { GateVerdict } from "../results/gate/gateVerdict.ts";

/** A verdict for a terminal or a log, the failures first, ending in a newline. */
export function gateText(verdict: GateVerdict, color: boolean): string {
  const colors = pc.createColors(color);
  const name = printable(verdict.record.name);
  const against = verdict.baseline === null ? "" : ` against ${printable(verdict.baseline.name)}`;
  const failures = verdict.checks.filter((check) => !check.passed);
  const passes = verdict.checks.filter((check) => check.passed);
  const unsure = passes.filter((check) => !check.canTell);
  const sure = passes.filter((check) => check.canTell);
  const warnings = [
    ...verdict.notes,
    ...(verdict.comparison?.discrepancies ?? []).flatMap(({ severity, message }) =>
      severity === "note" ? [] : [message],
    ),
  ];
  const but = unsure.length === 0 ? "" : `; ${unsure.length} of them cannot tell`;
  const headline = verdict.passed
    ? colors.green(`PASS  ${name}${against}: ${passes.length} of ${verdict.checks.length} checks${but}`)
    : colors.red(`FAIL  ${name}${against}: ${failures.length} of ${verdict.checks.length} checks failed`);
  return `${[
    headline,
    ...failures.map((check) => `  ${colors.red("fail")}  ${printable(check.message, Number.POSITIVE_INFINITY)}`),
    ...unsure.map((check) => `  ${colors.yellow("?")}     ${printable(check.message, Number.POSITIVE_INFINITY)}`),
    ...sure.map((check) => `  ${colors.green("ok")}    ${printable(check.message, Number.POSITIVE_INFINITY)}`),
    ...warnings.map((message) => `  ${colors.yellow("note")}  ${printable(message, Number.POSITIVE_INFINITY)}`),
  ].join("\n")}\n`;
}
