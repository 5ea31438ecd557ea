import type { LabelledPapers } from "../datasets/types.ts";
import { firstFew, ScidocsError } from "../errors.ts";
import { predictLabels } from "../learn/linearSvm.ts";
import type { LabelledRows } from "../learn/svmBlock.ts";
import { foldCount, searchSvm } from "../learn/svmSearch.ts";
import { macroF1 } from "../metrics/macroF1.ts";
import type { RunControl } from "../progress.ts";
import type { ClassificationResult, PaperCounts } from "../results/schema.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";

/** How a classification task is scored. */
export interface ClassificationInput {
  /** "MAG" or "MeSH": how progress and errors name the task. */
  readonly label: string;
  readonly train: LabelledPapers;
  /** The val or test split. Nothing is learnt from it. */
  readonly evaluated: LabelledPapers;
  readonly vectors: VectorTable;
  /** Name of each label, from label 0 on, where the dataset has them. */
  readonly classNames?: readonly string[] | undefined;
  /** `svm` (default) is the paper's protocol. */
  readonly classifier?: "svm" | "logistic" | undefined;
  /** Which path chooses C: the record of every candidate says which one gave its accuracy. Default `auto`. */
  readonly solver?: "auto" | "reference" | undefined;
  /** Worker threads; default the machine's. The result does not depend on it. */
  readonly threads?: number | undefined;
}

/**
 * Scores vectors by macro F1 of a linear SVM over them, C chosen by cross-validation on the training split.
 * A labelled paper without a vector becomes the zero vector and stays in its split, as in the reference.
 * @throws ScidocsError `BAD_INPUT` when a split is empty or the training split cannot be learnt from
 */
export async function scoreClassification(
  input: ClassificationInput,
  control: RunControl = {},
): Promise<ClassificationResult> {
  const { label, train, evaluated, vectors, classNames } = input;
  requireLearnable(label, train, evaluated);
  const solver = input.solver ?? "auto";
  const options = { stage: `${label}: classification`, solver, threads: input.threads };
  const search = await searchSvm(labelledRows(train, vectors), options, control);
  const prediction = predictLabels(search.refit.model, labelledRows(evaluated, vectors));
  const { macroF1: score, accuracy } = macroF1(evaluated.labels, prediction);
  return {
    kind: "classification",
    papers: countPapers([train, evaluated], vectors),
    macroF1: score,
    accuracy,
    classifier: "svm",
    solver,
    bestC: search.bestC,
    candidates: [...search.candidates],
    unconvergedClasses: search.refit.converged.reduce((count, converged) => count + (converged ? 0 : 1), 0),
    trainRows: train.paperIds.length,
    trainRowsMissing: train.paperIds.filter((id) => !vectors.rowOf.has(id)).length,
    classes: Array.from(search.refit.model.classes, (k) => ({ label: k, name: classNames?.[k] ?? null })),
    rows: { paper: [...evaluated.paperIds], truth: [...evaluated.labels], prediction: [...prediction] },
  };
}

function requireLearnable(label: string, train: LabelledPapers, evaluated: LabelledPapers): void {
  const fail = (problem: string): never => {
    throw new ScidocsError("BAD_INPUT", `${label}: ${problem}`);
  };
  if (train.labels.length === 0) fail("the training split has no papers: its train.csv needs labelled rows");
  if (evaluated.labels.length === 0) fail("the evaluated split has no papers: its CSV file needs labelled rows");
  const sizes = new Map<number, number>();
  for (const k of train.labels) sizes.set(k, (sizes.get(k) ?? 0) + 1);
  if (sizes.size === 1) {
    fail(`every training paper has the label ${[...sizes.keys()].join()}: a classifier needs two classes or more`);
  }
  if (Math.max(...sizes.values()) < foldCount) {
    const each = firstFew([...sizes].map(([k, size]) => `label ${k}: ${size}`));
    fail(`no class has ${foldCount} training papers, so ${foldCount}-fold cross-validation cannot be done (${each})`);
  }
}

/** Where each labelled paper's vector lies in the table; -1, the zero vector, for those without one. */
export function labelledRows(papers: LabelledPapers, vectors: VectorTable): LabelledRows {
  const rows = Int32Array.from(papers.paperIds, (id) => vectors.rowOf.get(id) ?? -1);
  return { data: vectors.data, dimensions: vectors.dimensions, rows, labels: papers.labels };
}

function countPapers(splits: readonly LabelledPapers[], vectors: VectorTable): PaperCounts {
  const ids = new Set(splits.flatMap(({ paperIds }) => paperIds));
  let embedded = 0;
  let emptyVector = 0;
  for (const id of ids) {
    if (vectors.rowOf.has(id)) embedded += 1;
    else if (vectors.emptyIds.has(id)) emptyVector += 1;
  }
  return {
    expected: ids.size,
    embedded,
    missing: ids.size - embedded,
    emptyVector,
    emptyText: null,
    truncated: null,
  };
}
