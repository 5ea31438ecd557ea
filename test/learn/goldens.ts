import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { LabelledPapers } from "../../src/datasets/types.ts";
import { type VectorTable, vectorTable } from "../../src/vectors/vectorTable.ts";
import { sharedPath } from "../shared.ts";

/** What the reference computed for one classification task of `reference-small`. */
export interface TaskGolden {
  best_C: number;
  mean_test_score: number[];
  split_test_scores: number[][];
  coef_sha256: string;
  fits_in_order: { C: number; n: number; coef_sha256: string; cv_accuracy: number | null }[];
  fold_of_train_row: number[];
  per_C_full_fit: { C: number; epochs_per_class: number[]; converged_msgs: number; coef_sha256: string }[];
  val: { f1_full: number; accuracy: number; per_class_f1: number[]; preds: number[] };
  test: { f1_full: number; accuracy: number; per_class_f1: number[]; preds: number[] };
}

/** One case of `classification-edge.json`. */
export interface EdgeGolden {
  X_train: number[][];
  y_train: number[];
  X_test: number[][];
  y_test: number[];
  f1_full: number;
  preds: number[];
  best_C: number;
  mean_test_score: number[];
  split_test_scores: number[][];
  coef: number[][];
}

const json = (path: string): unknown => JSON.parse(readFileSync(sharedPath(path), "utf8"));

/** The goldens of MAG and MeSH. */
export function taskGolden(task: "mag" | "mesh"): TaskGolden {
  const all = json("goldens/reference-small/expected.json") as { classification_detail: Record<string, TaskGolden> };
  return all.classification_detail[task]!;
}

/** Every awkward case, by name. */
export function edgeGoldens(): Record<string, EdgeGolden> {
  return json("goldens/classification-edge.json") as Record<string, EdgeGolden>;
}

/** The vectors of `reference-small` as doubles, the last line of a repeated id winning. */
export function smallVectors(): VectorTable {
  const rows = new Map<string, number[]>();
  for (const line of readFileSync(sharedPath("goldens/reference-small/cls.jsonl"), "utf8").trim().split("\n")) {
    const { paper_id: id, embedding } = JSON.parse(line) as { paper_id: string; embedding: number[] };
    rows.set(id, embedding);
  }
  const ids = [...rows.keys()].filter((id) => rows.get(id)!.length > 0);
  return vectorTable(ids, 32, Float64Array.from(ids.flatMap((id) => rows.get(id)!)));
}

/** One split of `reference-small`. */
export function smallSplit(task: string, split: string): LabelledPapers {
  const lines = readFileSync(sharedPath(`goldens/reference-small/${task}/${split}.csv`), "utf8")
    .trim()
    .split(/\r?\n/);
  const rows = lines.slice(1).map((line) => line.split(","));
  return { paperIds: rows.map(([id]) => id!), labels: Int32Array.from(rows, ([, label]) => Number(label)) };
}

/** Labelled papers and their vectors, from plain rows. */
export function papersOf(prefix: string, labels: number[]): LabelledPapers {
  return { paperIds: labels.map((_, row) => `${prefix}${row}`), labels: Int32Array.from(labels) };
}

/** SHA-256 of weights as row-major little-endian doubles. */
export function weightsHash(weights: Float64Array): string {
  return createHash("sha256")
    .update(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength))
    .digest("hex");
}
