import type { LabelledPapers } from "../../datasets/types.ts";
import { firstFew, ScidocsError } from "../../errors.ts";
import type { LabelledRows } from "../../learn/labelledRows.ts";
import type { LogisticRequest } from "../../learn/logistic/logisticWorker.ts";
import { classesOf, predictLabels } from "../../learn/svm/linearSvm.ts";
import { foldCount, searchSvm } from "../../learn/svm/svmSearch.ts";
import { macroF1 } from "../../metrics/macroF1.ts";
import type { RunControl } from "../../progress.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { type Threads, withThreads } from "../../threads/threads.ts";
import type { VectorTable } from "../../vectors/vectorTable.ts";
import { countPapers } from "../countPapers.ts";
import { logisticCostlyAbove } from "./classificationNotes.ts";
import type { ClassificationResult } from "./classificationResult.ts";

/** How a classification task is scored. */
export interface ClassificationInput {
  /** How progress and errors name the task. */
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
  const trainRows = labelledRows(train, vectors);
  const evaluatedRows = labelledRows(evaluated, vectors);
  const fitted =
    input.classifier === "logistic"
      ? await predictByLogistic(label, trainRows, evaluatedRows, control)
      : await predictBySvm(input, trainRows, evaluatedRows, control);
  const { prediction, ...method } = fitted;
  const { macroF1: score, accuracy } = macroF1(evaluated.labels, prediction);
  const classes = classesOf(train.labels, Int32Array.from(train.labels.keys()));
  return {
    kind: "classification",
    papers: countPapers([...train.paperIds, ...evaluated.paperIds], vectors),
    macroF1: score,
    accuracy,
    ...method,
    trainRows: train.paperIds.length,
    trainRowsMissing: train.paperIds.filter((id) => !vectors.rowOf.has(id)).length,
    classes: Array.from(classes, (k) => ({ label: k, name: classNames?.[k] ?? null })),
    rows: { paper: [...evaluated.paperIds], truth: [...evaluated.labels], prediction: [...prediction] },
  };
}

type Fitted = Pick<ClassificationResult, "classifier" | "solver" | "bestC" | "candidates" | "unconvergedClasses"> & {
  readonly prediction: Int32Array;
};

async function predictBySvm(
  { label, solver = "auto", threads }: ClassificationInput,
  train: LabelledRows,
  evaluated: LabelledRows,
  control: RunControl,
): Promise<Fitted> {
  const { bestC, candidates, refit } = await searchSvm(
    train,
    { stage: `${label}: classification`, solver, threads },
    control,
  );
  return {
    prediction: predictLabels(refit.model, evaluated),
    classifier: "svm",
    solver,
    bestC,
    candidates: [...candidates],
    unconvergedClasses: refit.converged.reduce((count, converged) => count + (converged ? 0 : 1), 0),
  };
}

async function predictByLogistic(
  label: string,
  train: LabelledRows,
  evaluated: LabelledRows,
  control: RunControl,
): Promise<Fitted> {
  const cost = train.rows.length > logisticCostlyAbove ? `, ${train.rows.length} papers: takes minutes` : "";
  const stage = `${label}: logistic regression (quick probe${cost})`;
  control.onProgress?.({ stage, done: 0, total: 1, unit: "fits" });
  const request: LogisticRequest = { train: ownRows(train), evaluated: ownRows(evaluated) };
  const transfer = [request.train.data.buffer as ArrayBuffer, request.evaluated.data.buffer as ArrayBuffer];
  const script = builtFile(import.meta.url, "../../learn/logistic/logisticWorker.js");
  const prediction = await withThreads(
    { script, signal: control.signal },
    (threads: Threads<LogisticRequest, Int32Array>) => threads.call(request, { transfer }),
  );
  control.onProgress?.({ stage, done: 1, total: 1, unit: "fits" });
  return {
    prediction,
    classifier: "logistic",
    solver: "logistic",
    bestC: null,
    candidates: [],
    unconvergedClasses: null,
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

/** The rows in a block of their own, which can be handed to a worker. */
function ownRows({ data, dimensions, rows, labels }: LabelledRows): LabelledRows {
  const own =
    data instanceof Float32Array
      ? new Float32Array(rows.length * dimensions)
      : new Float64Array(rows.length * dimensions);
  for (const [position, row] of rows.entries()) {
    if (row >= 0) own.set(data.subarray(row * dimensions, (row + 1) * dimensions), position * dimensions);
  }
  return { data: own, dimensions, rows: Int32Array.from(rows.keys()), labels };
}
