import type { PairedStatistic } from "./pairedStatistic.ts";

/** Per-class counts from which F1 follows: how often a class is true, is predicted, and is both. */
interface ClassCounts {
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
  readonly both: Float64Array;
}

/** Macro F1 over the classes that occur in truth or prediction (the reference's union of labels), in [0, 1]. */
function macroF1(counts: ClassCounts): number {
  let sum = 0;
  let present = 0;
  for (let k = 0; k < counts.truth.length; k++) {
    const denominator = counts.truth[k]! + counts.predicted[k]!;
    if (denominator === 0) continue;
    present++;
    sum += (2 * counts.both[k]!) / denominator;
  }
  return present === 0 ? 0 : sum / present;
}

/**
 * Difference of macro F1 of two sets of predictions for the same papers. It is no mean over papers, so that every resample
 * recounts: papers are first gathered into cells (truth, prediction of A, prediction of B), and a draw counts cells.
 * @param truth class index of every paper, from 0
 * @param a predictions of run A, as class indices
 * @param b predictions of run B
 * @param classes how many class indices there are
 */
export function macroF1Difference(truth: Int32Array, a: Int32Array, b: Int32Array, classes: number): PairedStatistic {
  const items = truth.length;
  if (items === 0 || a.length !== items || b.length !== items) {
    throw new RangeError("macro F1 needs the same papers in both runs, at least one");
  }
  const cellOfKey = new Map<number, number>();
  const cellOf = new Uint32Array(items);
  for (let item = 0; item < items; item++) {
    const key = (truth[item]! * classes + a[item]!) * classes + b[item]!;
    let cell = cellOfKey.get(key);
    if (cell === undefined) {
      cell = cellOfKey.size;
      cellOfKey.set(key, cell);
    }
    cellOf[item] = cell;
  }
  const cells = cellOfKey.size;
  const cellTruth = new Uint32Array(cells);
  const cellA = new Uint32Array(cells);
  const cellB = new Uint32Array(cells);
  for (const [key, cell] of cellOfKey) {
    cellB[cell] = key % classes;
    cellA[cell] = Math.floor(key / classes) % classes;
    cellTruth[cell] = Math.floor(key / (classes * classes));
  }
  // Where both predict the same, an exchange changes nothing.
  const disagreeing = Uint32Array.from(cellOf.keys()).filter((item) => cellA[cellOf[item]!] !== cellB[cellOf[item]!]);
  const disagreeingCell = disagreeing.map((item) => cellOf[item]!);

  const counted = new Uint32Array(cells);
  const exchanged = new Uint32Array(cells);
  const countsA = {
    truth: new Float64Array(classes),
    predicted: new Float64Array(classes),
    both: new Float64Array(classes),
  };
  const countsB = { truth: countsA.truth, predicted: new Float64Array(classes), both: new Float64Array(classes) };

  /** The difference with `counted[cell]` papers a cell. */
  const difference = (): number => {
    countsA.truth.fill(0);
    for (const counts of [countsA, countsB]) {
      counts.predicted.fill(0);
      counts.both.fill(0);
    }
    for (let cell = 0; cell < cells; cell++) {
      const total = counted[cell]!;
      if (total === 0) continue;
      const k = cellTruth[cell]!;
      const predictedA = cellA[cell]!;
      const predictedB = cellB[cell]!;
      countsA.truth[k]! += total;
      countsA.predicted[predictedA]! += total;
      countsB.predicted[predictedB]! += total;
      if (predictedA === k) countsA.both[k]! += total;
      if (predictedB === k) countsB.both[k]! += total;
    }
    return macroF1(countsB) - macroF1(countsA);
  };

  for (let item = 0; item < items; item++) counted[cellOf[item]!]! += 1;
  const observed = Float64Array.of(difference());

  const countedDifference = (counts: Uint8Array, out: Float64Array): void => {
    counted.fill(0);
    for (let item = 0; item < items; item++) counted[cellOf[item]!]! += counts[item]!;
    out[0] = difference();
  };

  // Counts with nothing exchanged, from which the exchanged cells are moved.
  const unchangedA = { predicted: countsA.predicted.slice(), both: countsA.both.slice() };
  const unchangedB = { predicted: countsB.predicted.slice(), both: countsB.both.slice() };
  const truthOnce = countsA.truth.slice();
  const disagreeingCells = Uint32Array.from(new Set(disagreeingCell));

  const exchangedDifference = (signs: Int8Array, out: Float64Array): void => {
    exchanged.fill(0);
    for (let at = 0; at < disagreeing.length; at++) {
      if (signs[disagreeing[at]!]! < 0) exchanged[disagreeingCell[at]!]! += 1;
    }
    countsA.truth.set(truthOnce);
    countsA.predicted.set(unchangedA.predicted);
    countsA.both.set(unchangedA.both);
    countsB.predicted.set(unchangedB.predicted);
    countsB.both.set(unchangedB.both);
    for (const cell of disagreeingCells) {
      const moved = exchanged[cell]!;
      if (moved === 0) continue;
      const k = cellTruth[cell]!;
      const predictedA = cellA[cell]!;
      const predictedB = cellB[cell]!;
      countsA.predicted[predictedA]! -= moved;
      countsA.predicted[predictedB]! += moved;
      countsB.predicted[predictedB]! -= moved;
      countsB.predicted[predictedA]! += moved;
      if (predictedA === k) {
        countsA.both[k]! -= moved;
        countsB.both[k]! += moved;
      }
      if (predictedB === k) {
        countsB.both[k]! -= moved;
        countsA.both[k]! += moved;
      }
    }
    out[0] = macroF1(countsB) - macroF1(countsA);
  };

  return {
    items,
    observed,
    counted: countedDifference,
    exchanged: exchangedDifference,
    coefficients: null,
    labels: {
      a: { classes, truth, given: a },
      b: { classes, truth, given: b },
      difference: (sumsA, sumsB, out) => {
        countsA.truth.set(truthOnce);
        for (let k = 0; k < classes; k++) {
          const moved = sumsB[k]! - sumsA[k]!;
          const movedBoth = sumsB[classes + k]! - sumsA[classes + k]!;
          countsA.predicted[k] = unchangedA.predicted[k]! + moved;
          countsB.predicted[k] = unchangedB.predicted[k]! - moved;
          countsA.both[k] = unchangedA.both[k]! + movedBoth;
          countsB.both[k] = unchangedB.both[k]! - movedBoth;
        }
        out[0] = macroF1(countsB) - macroF1(countsA);
      },
    },
    seedParts: [],
  };
}
