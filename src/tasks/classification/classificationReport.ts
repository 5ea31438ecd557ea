import { macroF1 } from "../../metrics/macroF1.ts";
import type { ConfusionMatrix, FamilyReport } from "../familyReport.ts";
import { scoreText } from "../scoreText.ts";
import { flipSection } from "./classFlips.ts";
import type { ClassificationResult } from "./classificationResult.ts";

function confusionMatrix(result: ClassificationResult): ConfusionMatrix {
  const report = macroF1(Int32Array.from(result.rows.truth), Int32Array.from(result.rows.prediction));
  const { labels } = report;
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const counts = labels.map(() => new Uint32Array(labels.length));
  for (const [row, truth] of result.rows.truth.entries()) {
    const t = indexOf.get(truth) ?? 0;
    const p = indexOf.get(result.rows.prediction[row] ?? truth) ?? 0;
    counts[t]![p]! += 1;
  }
  const nameOf = (label: number): string =>
    result.classes.find((known) => known.label === label)?.name ?? `class ${label}`;
  return {
    summary: `macro F1 ${scoreText(100 * result.macroF1)}, accuracy ${scoreText(100 * result.accuracy)}`,
    names: labels.map(nameOf),
    counts,
    values: labels.map((_, index) => 100 * (report.perLabel[index] ?? 0)),
    valueHead: "F1",
  };
}

const isProbe = (result: ClassificationResult): boolean => result.classifier === "logistic";

/** Classification results for readers: what is taken for what, and whether the classifier was the protocol's. */
export const classificationReport: FamilyReport<unknown, ClassificationResult> = {
  mark: (result) => (isProbe(result) ? "logistic probe" : null),
  notes: (tasks) =>
    tasks.some(({ result }) => result !== null && isProbe(result))
      ? [
          `${tasks.map(({ task }) => task.label).join(" and ")} come from the logistic probe, not from the paper's protocol.`,
        ]
      : [],
  departure: ({ classifier }) =>
    classifier === "svm" ? null : `classified by ${classifier}, where the protocol takes the linear SVM`,
  sections: (tasks, results) => {
    const groups = tasks.map(({ label }, index) => ({
      label,
      matrices: results.map((of) => {
        const result = of[index] ?? null;
        return result === null || result.rows.truth.length === 0 ? null : confusionMatrix(result);
      }),
    }));
    const shown = groups.filter(({ matrices }) => matrices.some((matrix) => matrix !== null));
    if (shown.length === 0) return [];
    const matrices = { form: "matrices", id: "confusion", name: "Classes", title: "Classes", groups: shown } as const;
    const flips = flipSection(tasks, results);
    return flips === null ? [matrices] : [matrices, flips];
  },
};
