import { printable } from "../printable.ts";
import type { GateCheck, GateVerdict } from "../results/gate/gateVerdict.ts";
import { escapeMarkup } from "./escapeMarkup.ts";

function testCase(check: GateCheck): string {
  const name = escapeMarkup(`${check.kind} ${check.subject}`);
  const message = escapeMarkup(check.message);
  const head = `    <testcase classname="scidocs.gate" name="${name}" time="0">`;
  const body = check.passed
    ? `      <system-out>${message}</system-out>`
    : `      <failure type="${check.kind}" message="${message}">${message}</failure>`;
  return `${head}\n${body}\n    </testcase>`;
}

/** A verdict in JUnit's XML, one test case a check, as CI servers read it. */
export function gateJunit(verdict: GateVerdict): string {
  const failures = verdict.checks.filter((check) => !check.passed).length;
  const against = verdict.baseline === null ? "" : ` against ${printable(verdict.baseline.name)}`;
  const counts = `tests="${verdict.checks.length}" failures="${failures}" errors="0"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="scidocs gate" ${counts} time="0">
  <testsuite name="${escapeMarkup(`${printable(verdict.record.name)}${against}`)}" ${counts} skipped="0" time="0">
${verdict.checks.map(testCase).join("\n")}
  </testsuite>
</testsuites>
`;
}
