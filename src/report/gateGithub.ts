import { printable } from "../printable.ts";
import type { GateVerdict } from "../results/gate/gateVerdict.ts";
import { scoreText } from "../tasks/scoreText.ts";
import { escapeMarkup } from "./escapeMarkup.ts";
import { pValueText, signedText } from "./numberText.ts";

/** A job's summary may have a megabyte in all. */
const longestCell = 2000;

/** Text for a cell of a GitHub table: no markup of any kind takes effect. */
function cell(text: string): string {
  // In pieces, for the references that one escaping makes hold signs of the other.
  return printable(text, longestCell)
    .split(/([\\`*_[\]|~#!@$])/)
    .map((part, index) => (index % 2 === 0 ? escapeMarkup(part) : `&#${part.charCodeAt(0)};`))
    .join("")
    .replace(/\s+/g, " ");
}

/** The step summary: the checks, and the comparison behind them, in GitHub's Markdown. */
export function gateSummary(verdict: GateVerdict): string {
  const against = verdict.baseline === null ? "" : ` against ${cell(verdict.baseline.name)}`;
  const lines = [
    `### SciDocs gate: ${verdict.passed ? "passed" : "failed"}`,
    "",
    `${cell(verdict.record.name)}${against}`,
    "",
    "| | check | found |",
    "|---|---|---|",
    ...verdict.checks.map(
      (check) =>
        `| ${check.passed ? (check.canTell ? "✅" : "❔") : "❌"} | ${cell(`${check.kind} ${check.subject}`)} | ${cell(check.message)} |`,
    ),
  ];
  const { comparison } = verdict;
  if (verdict.notes.length > 0) lines.push("", ...verdict.notes.map((note) => `- ${cell(note)}`));
  if (comparison !== null) {
    lines.push(
      "",
      "| column | baseline | new | difference | interval | p (adjusted) |",
      "|---|---:|---:|---:|---:|---:|",
      ...comparison.columns.map((column) => {
        const { low, high } = column.intervalPercent;
        const p = pValueText(column.adjustedPValue ?? column.pValue);
        const difference = signedText(column.differencePercent);
        return `| ${column.id} | ${scoreText(column.aPercent)} | ${scoreText(column.bPercent)} | ${column.significant ? `**${difference}**` : difference} | ${signedText(low)} to ${signedText(high)} | ${p.replace("<", "&lt;")} |`;
      }),
      "",
      ...comparison.discrepancies
        .filter(({ severity }) => severity !== "note")
        .map(({ message }) => `- ${cell(message)}`),
    );
  }
  return `${lines.join("\n")}\n`;
}

/** A workflow command's text: what would end the command or start another is encoded as GitHub decodes it. */
function commandText(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function commandProperty(text: string): string {
  return commandText(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** Annotations for a GitHub job: an error a failed check, a notice when all passed, and a warning for each note: few read the log of a job that passed. */
export function gateAnnotations(verdict: GateVerdict): string {
  const failures = verdict.checks.filter((check) => !check.passed);
  const errors = failures.map(
    (check) =>
      `::error title=${commandProperty(`SciDocs gate: ${check.kind} ${check.subject}`)}::${commandText(check.message)}`,
  );
  const passed = `${printable(verdict.record.name)}: ${verdict.checks.length} checks passed`;
  const notice = failures.length === 0 ? [`::notice title=SciDocs gate::${commandText(passed)}`] : [];
  const warnings = verdict.notes.map((note) => `::warning title=SciDocs gate::${commandText(note)}`);
  return [...errors, ...notice, ...warnings].map((line) => `${line}\n`).join("");
}
