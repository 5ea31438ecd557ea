import { ScidocsError } from "../errors.ts";

/** How many problems of one file a message names. */
const named = 5;

/** Problems of one file, gathered so that a reader sees them together and not one a run. */
export interface FileProblems {
  /** Notes a problem; `line` counts from 1. */
  readonly add: (line: number, problem: string) => void;
  /** @throws ScidocsError `BAD_INPUT` naming the first few as `file:line: problem`, if there was any */
  readonly throwIfAny: () => void;
}

/** @param file the path as the message should show it */
export function fileProblems(file: string): FileProblems {
  const first: string[] = [];
  let count = 0;
  return {
    add: (line, problem) => {
      count += 1;
      if (first.length < named) first.push(`${file}:${line}: ${problem}`);
    },
    throwIfAny: () => {
      if (count === 0) return;
      const rest = count > named ? [`${file}: ${count} lines with problems in all`] : [];
      throw new ScidocsError("BAD_INPUT", [...first, ...rest].join("\n"));
    },
  };
}
