import { macroF1 } from "../../metrics/macroF1.ts";
import { notFromRows, outside, paperContradictions, strangers, unequalLengths } from "../contradictions.ts";
import type { ClassificationResult } from "./classificationResult.ts";

/** In what a classification result contradicts itself; scores are computed from its rows only where these hold together. */
export function classificationContradictions(result: ClassificationResult): string[] {
  const { rows, papers, trainRows, trainRowsMissing } = result;
  const found = [...paperContradictions(papers), ...unequalLengths(rows), ...strangers("paper", rows.paper, papers)];
  if (found.length > 0) return found;
  if (rows.paper.length === 0) return ["rows is empty"];
  if (trainRowsMissing > trainRows) found.push(`trainRowsMissing is ${trainRowsMissing}, of ${trainRows} rows`);
  for (const [index, { accuracy, foldAccuracies }] of result.candidates.entries()) {
    const shares = accuracy === null ? foldAccuracies : [accuracy, ...foldAccuracies];
    found.push(...outside(`candidates[${index}]`, shares, 0, 1 + 1e-9));
  }
  const { bestC, candidates } = result;
  if (bestC !== null ? !candidates.some(({ C }) => C === bestC) : candidates.length > 0) {
    found.push(`bestC is ${bestC}, which is none of its candidates`);
  }
  const classes = new Set(result.classes.map(({ label }) => label));
  const odd = rows.prediction.findIndex((label) => !classes.has(label));
  if (odd !== -1) found.push(`rows.prediction[${odd}] is ${rows.prediction[odd]}, which is none of its classes`);
  const report = macroF1(Int32Array.from(rows.truth), Int32Array.from(rows.prediction));
  return [
    ...found,
    ...notFromRows("macroF1", result.macroF1, report.macroF1),
    ...notFromRows("accuracy", result.accuracy, report.accuracy),
  ];
}
