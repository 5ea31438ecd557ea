import type { ClassificationResult } from "./classificationResult.ts";

/** Training papers above which the logistic probe takes minutes. */
export const logisticCostlyAbove = 5_000;

/** What a reader must know beside a task's score, one sentence each; nothing for the paper's protocol. */
export function classificationNotes(
  label: string,
  result: Pick<ClassificationResult, "classifier" | "trainRows" | "candidates" | "unconvergedClasses">,
): string[] {
  if (result.classifier === "svm") return closeCalls(label, result);
  const probe = `${label}: scored by logistic regression, a quick probe: not the paper's protocol, not comparable with published numbers.`;
  if (result.trainRows <= logisticCostlyAbove) return [probe];
  const papers = result.trainRows.toLocaleString("en");
  return [
    probe,
    `${label}: the probe takes minutes on ${papers} training papers; the default, --classifier svm, is faster.`,
  ];
}

/** A C ruled out by less than this, 0.1 points, is worth a word. */
const closeCall = 0.001;

function closeCalls(
  label: string,
  { candidates, unconvergedClasses }: Pick<ClassificationResult, "candidates" | "unconvergedClasses">,
): string[] {
  const judged = candidates.filter(({ clearance }) => clearance !== null);
  const close = judged.filter(({ clearance }) => clearance! < closeCall);
  const told = close.map(({ C, clearance }) => `C = ${C} by ${(100 * clearance!).toFixed(2)} points`);
  const notes: string[] = [];
  if (close.length > 0) {
    notes.push(`${label}: ruled out by little: ${told.join(", ")}; --solver reference decides it exactly.`);
  }
  if (judged.length > 0 && (unconvergedClasses ?? 0) > 0) {
    notes.push(
      `${label}: the solver stopped at its limit of epochs with the chosen C, so the other Cs are ruled out by an allowance that held wherever it was tried at full size, but is no bound; --solver reference decides exactly.`,
    );
  }
  return notes;
}
