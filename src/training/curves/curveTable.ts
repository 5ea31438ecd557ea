import { fileError } from "../../errors.ts";
import { readGrowingText } from "../../files/textFile.ts";

/** The curves of a training, beside its checkpoints. */
export const curvesFile = "curves.csv";

/** The first line of the file. A row is one value, so that a new curve needs no new column. */
export const curvesHeader = "step,name,value,wallSeconds\n";

/** A quantity over the steps of a training. */
export interface Curve {
  /** Such as `train/loss`. */
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** One row of the file, its line end included. */
export function curveRow(step: number, name: string, value: number, wallSeconds: number): string {
  return `${step},${name},${value},${wallSeconds.toFixed(3)}\n`;
}

/** Curves of a training: a dozen, and the benchmark's columns. */
const mostCurves = 1000;
const longestName = 200;

const rowPattern = /^(\d+),([^,"\r\n]+),(-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)|NaN),-?\d+\.\d{3}$/;

interface Row {
  readonly step: number;
  readonly name: string;
  readonly value: number;
  /** Characters of the file up to the row's end. */
  readonly end: number;
}

/** The rows up to the first that is not whole. */
function* wholeRows(text: string): Generator<Row> {
  if (!text.startsWith(curvesHeader)) return;
  let at = curvesHeader.length;
  for (;;) {
    const lineEnd = text.indexOf("\n", at);
    const [, step, name, value] = lineEnd === -1 ? [] : (rowPattern.exec(text.slice(at, lineEnd)) ?? []);
    if (step === undefined || name === undefined || value === undefined) return;
    at = lineEnd + 1;
    yield { step: Number(step), name, value: Number(value), end: at };
  }
}

/** The part of a file's text that is whole and not past a step; empty when the text is no file of curves. */
export function goodText(text: string, lastStep: number): string {
  let end = text.startsWith(curvesHeader) ? curvesHeader.length : 0;
  for (const row of wholeRows(text)) {
    if (row.step > lastStep) break;
    end = row.end;
  }
  return text.slice(0, end);
}

/**
 * The first line, from 1, that is not whole though lines of steps up to `lastStep` stand behind it; null where there is none. A run that
 * was killed leaves a torn end, and nothing behind it: to cut there would lose what a checkpoint stands for.
 */
export function damagedLine(text: string, lastStep: number): number | null {
  const good = goodText(text, lastStep);
  const lines = text.slice(good.length).split("\n");
  const isBehind = (line: string): boolean => {
    const [, step] = rowPattern.exec(line) ?? [];
    return step !== undefined && Number(step) <= lastStep;
  };
  return lines.slice(1).some(isBehind) ? good.split("\n").length : null;
}

/**
 * Reads the curves of a training, also while it goes on: a last row that is still being written is left out.
 * @returns in order of first appearance
 * @throws ScidocsError `NOT_FOUND`, `BAD_INPUT`
 */
export async function readCurves(file: string): Promise<Curve[]> {
  const curves = new Map<string, { steps: number[]; values: number[] }>();
  const text = await readGrowingText(file);
  let end = text.startsWith(curvesHeader) ? curvesHeader.length : 0;
  let lastStep = 0;
  for (const row of wholeRows(text)) {
    const { step, name, value } = row;
    if (step < lastStep) {
      throw fileError(
        file,
        text.slice(0, end).split("\n").length,
        `step ${step} stands after step ${lastStep}: these are the curves of more than one training, which no chart tells apart; take out what is not of the one`,
      );
    }
    lastStep = step;
    end = row.end;
    let curve = curves.get(name);
    if (curve === undefined) {
      if (name.length > longestName)
        throw fileError(file, null, `has a curve whose name has ${name.length} characters`);
      if (curves.size === mostCurves)
        throw fileError(file, null, `has over ${mostCurves} curves, more than a page shows`);
      curve = { steps: [], values: [] };
      curves.set(name, curve);
    }
    curve.steps.push(step);
    curve.values.push(value);
  }
  if (text.includes("\n", end)) {
    const line = text.slice(0, end).split("\n").length;
    throw fileError(
      file,
      line,
      `expected ${end === 0 ? curvesHeader.trimEnd() : "a step, a name, a value and seconds, comma between"}`,
    );
  }
  return [...curves].map(([name, points]) => ({ name, ...points }));
}
