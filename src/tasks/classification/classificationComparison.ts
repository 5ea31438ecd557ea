import { ScidocsError } from "../../errors.ts";
import { macroF1Difference } from "../../stats/macroF1Difference.ts";
import type { FamilyTask } from "../familyTask.ts";
import { type PairedRows, sharedItems } from "../pairedRows.ts";
import type { Discrepancy, FamilyComparison } from "../taskFamily.ts";
import type { ClassificationResult } from "./classificationResult.ts";

/** A label that no dataset uses, so that predicting it is always wrong and earns no F1. */
const noLabel = Number.MIN_SAFE_INTEGER;

function pair({ id }: FamilyTask, a: ClassificationResult, b: ClassificationResult): PairedRows | null {
  const rows = sharedItems(a.rows.paper, b.rows.paper);
  if (rows.a.length === 0) return null;
  const labels = [...new Set([a.rows, b.rows].flatMap((side) => [...side.truth, ...side.prediction]))].sort(
    (x, y) => x - y,
  );
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const coded = (values: readonly number[], indices: Int32Array): Int32Array =>
    indices.map((index) => indexOf.get(values[index] ?? Number.NaN) ?? 0);
  const truth = coded(a.rows.truth, rows.a);
  const truthB = coded(b.rows.truth, rows.b);
  const odd = truth.findIndex((label, item) => label !== truthB[item]);
  if (odd !== -1) {
    const paper = a.rows.paper[rows.a[odd]!];
    throw new ScidocsError("BAD_INPUT", `${id}: paper ${paper} has another label in B than in A: their data differ`);
  }
  const predictionA = coded(a.rows.prediction, rows.a);
  const predictionB = coded(b.rows.prediction, rows.b);
  const right = (prediction: Int32Array): Float64Array =>
    Float64Array.from(prediction, (label, item) => (label === truth[item] ? 1 : 0));
  return {
    items: Array.from(rows.a, (index) => ({ paperId: a.rows.paper[index]!, clickedId: null })),
    values: [{ a: right(predictionA), b: right(predictionB) }],
    statistic: macroF1Difference(truth, predictionA, predictionB, labels.length),
  };
}

function discrepancies({ id }: FamilyTask, a: ClassificationResult, b: ClassificationResult): Discrepancy[] {
  const found: Discrepancy[] = [];
  if (a.classifier !== b.classifier) {
    found.push({
      severity: "refused",
      message: `${id} classifier: ${a.classifier} in A, ${b.classifier} in B; only svm is the paper's protocol`,
    });
  }
  if (a.trainRows !== b.trainRows) {
    found.push({
      severity: "refused",
      message: `${id}: trained on ${a.trainRows} papers in A, ${b.trainRows} in B`,
    });
  }
  return found;
}

/** Classification results paper by paper; macro F1 is recomputed on every resample. */
export const classificationComparison: FamilyComparison<ClassificationResult> = {
  unit: "papers",
  note: "Macro F1 is recomputed on every resample.",
  itemCount: (result) => result.rows.paper.length,
  pair,
  nothing: (result) => ({ ...result, rows: { ...result.rows, prediction: result.rows.prediction.map(() => noLabel) } }),
  discrepancies,
};
