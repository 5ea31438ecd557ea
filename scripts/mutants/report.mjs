// What is known of each change of a room's code, kept in reports/mutants/ROOM.json from run to run.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyOf } from "./chosen.mjs";

const noticed = ["Killed", "Timeout", "RuntimeError"];
const unnoticed = ["Survived", "NoCoverage"];

/** The report of a room as the last run left it, or an empty one. */
export function keptReport(root, room) {
  const folder = join(root, "reports/mutants");
  const path = join(folder, `${room}.json`);
  const files = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  return {
    files,
    save() {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path, JSON.stringify(files));
    },
  };
}

/** Unnoticed changes of a file; null where it was never judged, or has been edited since. */
export function unnoticedOf(root, kept, file) {
  const known = kept.files[file];
  if (known === undefined || known.source !== readFileSync(join(root, file), "utf8")) return null;
  return known.mutants.filter(({ status }) => unnoticed.includes(status));
}

/** The place of a change, as the tester's --mutate has it: columns from 0 there. */
export const rangeOf = (file, { location: { start, end } }) =>
  `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;

/** Takes a run's report in, file by file: what it tried takes the place of what was known of the file, or of the change. */
export function merged(kept, report, isAgain) {
  for (const [file, { source, mutants }] of Object.entries(report.files)) {
    const tried = mutants
      .filter(({ status }) => status !== "CompileError")
      .map(({ mutatorName, replacement, location, status }) => ({ mutatorName, replacement, location, status }));
    if (!isAgain(file)) {
      kept.files[file] = { source, mutants: tried };
      continue;
    }
    const now = new Map(tried.map((mutant) => [keyOf(file, mutant), mutant]));
    const known = kept.files[file];
    // A change that the ranges leave out is reported as ignored.
    known.mutants = known.mutants.map((mutant) => {
      const found = now.get(keyOf(file, mutant));
      return found === undefined || found.status === "Ignored" ? mutant : found;
    });
  }
}

/** A line a file, its unnoticed changes below it, and the room's score. */
export function printed(room, kept, files) {
  const lines = [];
  for (const file of files) {
    const { mutants, source } = kept.files[file] ?? { mutants: [], source: "" };
    lines.push(`${file}: ${scoreOf(mutants)}`);
    const code = source.split("\n");
    for (const { mutatorName, replacement, location, status } of mutants) {
      if (!unnoticed.includes(status)) continue;
      const { start, end } = location;
      const first = code[start.line - 1];
      const was = start.line === end.line ? first.slice(start.column - 1, end.column - 1) : `${first.trim()} …`;
      const now = (replacement ?? mutatorName).replace(/\s+/g, " ");
      lines.push(`  ${start.line}:${start.column} ${status === "NoCoverage" ? "(not reached) " : ""}${was} → ${now}`);
    }
  }
  return [...lines, `${room}: ${scoreOf(files.flatMap((file) => kept.files[file]?.mutants ?? []))}`].join("\n");
}

function scoreOf(mutants) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const [caught, slipped] = [count(...noticed), count(...unnoticed)];
  const all = caught + slipped;
  // Texts are ignored by their kind; what else is, is changed while a module loads.
  const madeAtLoad = mutants.filter((one) => one.status === "Ignored" && one.mutatorName !== "StringLiteral").length;
  if (all === 0) return "no changes tried";
  const { low, high } = wilson(caught, all);
  return (
    `${percent(caught / all)} of ${all} changes noticed (were it a sample, 95 %: ${percent(low)} to ${percent(high)}); ` +
    `${count("Timeout")} by time; ${slipped} not, ${count("NoCoverage")} of them never reached; ${madeAtLoad} made at load left out`
  );
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Wilson's interval of a share. */
function wilson(hits, of) {
  const z = 1.96;
  const share = hits / of;
  const middle = (share + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z / (1 + z ** 2 / of)) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  return { low: middle - half, high: middle + half };
}
