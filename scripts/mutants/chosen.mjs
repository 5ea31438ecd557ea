// A plugin of the tester: of all changes that it could try, those it shall. The others are reported as CompileError, and left out by report.mjs.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";

/** What names a change from run to run, as long as the file is not edited. Columns and lines from 1, as in a report. */
export const keyOf = (file, { mutatorName, replacement, location: { start, end } }) =>
  [file, start.line, start.column, end.line, end.column, mutatorName, replacement].join(" ");

/** Whether a change falls in a seeded sample of the given share: decided change by change, so that a file more or less moves no other. */
export function isDrawn(key, { share, seed }) {
  const drawn = createHash("sha256").update(`${seed} ${key}`).digest().readUInt32BE();
  return drawn < share * 2 ** 32;
}

/** @param {{ sample: { share: number, seed: number }, only: string[] | null }} choice */
function chosen({ sample, only }) {
  const wanted = only === null ? null : new Set(only);
  return (key) => (wanted === null ? isDrawn(key, sample) : wanted.has(key));
}

function chosenChecker() {
  let isChosen = () => true;
  return {
    async init() {
      isChosen = chosen(JSON.parse(readFileSync(process.env.SCIDOCS_MUTANTS_CHOICE, "utf8")));
    },
    async check(mutants) {
      const fromRoot = (file) => relative(process.cwd(), file).split(sep).join("/");
      const shifted = ({ line, column }) => ({ line: line + 1, column: column + 1 });
      return Object.fromEntries(
        mutants.map((mutant) => {
          const { start, end } = mutant.location;
          const key = keyOf(fromRoot(mutant.fileName), {
            ...mutant,
            location: { start: shifted(start), end: shifted(end) },
          });
          return [mutant.id, isChosen(key) ? { status: "passed" } : { status: "compileError", reason: "not chosen" }];
        }),
      );
    },
    group: async (mutants) => [mutants.map(({ id }) => id)],
  };
}

export const strykerPlugins = [{ kind: "Checker", name: "chosen", factory: chosenChecker }];
