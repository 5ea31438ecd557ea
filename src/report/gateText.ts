import pc from "picocolors";
import { printable } from "../printable.ts";
import type { GateVerdict } from "../results/gate/gateVerdict.ts";
import { wrap } from "./textLayout.ts";

/** Signs that stand before a message. */
const indent = 8;

/**
 * A verdict for a terminal or a log, the failures first, ending in a newline.
 * @param columns signs in a line of the terminal; a log's lines are as long as their messages
 */
export function gateText(verdict: GateVerdict, color: boolean, columns: number = Number.POSITIVE_INFINITY): string {
  const colors = pc.createColors(color);
  const name = printable(verdict.record.name);
  const against = verdict.baseline === null ? "" : ` against ${printable(verdict.baseline.name)}`;
  const shown = (message: string): string =>
    wrap(printable(message, Number.POSITIVE_INFINITY), columns - indent).replaceAll("\n", `\n${" ".repeat(indent)}`);
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
    ...failures.map((check) => `  ${colors.red("fail")}  ${shown(check.message)}`),
    ...unsure.map((check) => `  ${colors.yellow("?")}     ${shown(check.message)}`),
    ...sure.map((check) => `  ${colors.green("ok")}    ${shown(check.message)}`),
    ...warnings.map((message) => `  ${colors.yellow("note")}  ${shown(message)}`),
  ].join("\n")}\n`;
}
