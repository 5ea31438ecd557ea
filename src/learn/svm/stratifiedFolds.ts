/**
 * The fold of every row, as scikit-learn's `StratifiedKFold(folds)` without shuffling assigns it.
 *
 * Classes are numbered by first appearance. Fold f takes as many rows of class k as stand at positions f, f + folds, f + 2 folds, … of
 * the sorted labels; the rows of a class fill fold 0, then 1, and so on, in the order of the data.
 * @param labels class of each row, any integers
 * @returns for each row the fold that holds it out
 */
export function stratifiedFolds(labels: Int32Array, folds: number): Uint8Array {
  const numberOf = new Map<number, number>();
  const classOf = labels.map((label) => {
    const known = numberOf.get(label);
    if (known !== undefined) return known;
    numberOf.set(label, numberOf.size);
    return numberOf.size - 1;
  });

  const sorted = classOf.toSorted();
  const quota = Array.from({ length: numberOf.size }, () => new Int32Array(folds));
  for (const [position, k] of sorted.entries()) quota[k]![position % folds]! += 1;

  const current = new Uint8Array(numberOf.size);
  const foldOf = new Uint8Array(labels.length);
  for (const [row, k] of classOf.entries()) {
    const left = quota[k]!;
    while (left[current[k]!] === 0) current[k]! += 1;
    const fold = current[k]!;
    left[fold]! -= 1;
    foldOf[row] = fold;
  }
  return foldOf;
}
