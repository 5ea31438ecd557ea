import { numpyMean } from "./numpyMean.ts";

/** Per-class and macro-averaged F1 of a labelling. */
export interface F1Report {
  /** Sorted union of the labels in truth and prediction. */
  readonly labels: readonly number[];
  /** F1 of each label, in [0, 1]; 0 where a label never occurs in the truth or is never predicted rightly. */
  readonly perLabel: Float64Array;
  /** Plain mean of `perLabel`, in [0, 1]. */
  readonly macroF1: number;
  /** Share of rows predicted rightly, in [0, 1]. */
  readonly accuracy: number;
}

/**
 * F1 of every label and their plain mean, in the order of operations of scikit-learn's `f1_score(average="macro")`, so that the last bit agrees.
 * @param truth label of each row
 * @param prediction predicted label of each row, as many
 * @throws RangeError when the lengths differ or there is nothing to score
 */
export function macroF1(truth: Int32Array, prediction: Int32Array): F1Report {
  if (truth.length !== prediction.length) throw new RangeError("truth and prediction differ in length");
  if (truth.length === 0) throw new RangeError("no rows to score");
  const labels = [...new Set([...truth, ...prediction])].sort((a, b) => a - b);
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const hits = new Float64Array(labels.length);
  const predicted = new Float64Array(labels.length);
  const present = new Float64Array(labels.length);
  let correct = 0;
  for (const [row, label] of truth.entries()) {
    const guess = prediction[row]!;
    present[indexOf.get(label)!]! += 1;
    predicted[indexOf.get(guess)!]! += 1;
    if (label === guess) {
      hits[indexOf.get(label)!]! += 1;
      correct += 1;
    }
  }
  const perLabel = hits.map((hit, k) => {
    const precision = predicted[k] === 0 ? 0 : hit / predicted[k]!;
    const recall = present[k] === 0 ? 0 : hit / present[k]!;
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  });
  return { labels, perLabel, macroF1: numpyMean(perLabel), accuracy: correct / truth.length };
}
