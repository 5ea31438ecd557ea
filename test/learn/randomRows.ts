import type { LabelledRows } from "../../src/learn/labelledRows.ts";
import { mt19937 } from "../../src/stats/random/mt19937.ts";

/** Rows whose classes overlap; `single` keeps every number exactly a float32. Every class occurs. */
export function randomRows(shape: {
  dimensions: number;
  classes: number;
  rows: number;
  single: boolean;
  seed: number;
}): LabelledRows {
  const random = mt19937(shape.seed);
  const uniform = () => random.nextUint32() / 2 ** 31 - 1;
  const { dimensions, classes, rows, single } = shape;
  const labels = Int32Array.from({ length: rows }, (_, row) => (row < classes ? row : random.interval(classes - 1)));
  const centres = Float64Array.from({ length: classes * dimensions }, uniform);
  const data = Float64Array.from({ length: rows * dimensions }, (_, i) => {
    const row = Math.floor(i / dimensions);
    const value = centres[labels[row]! * dimensions + (i % dimensions)]! + 1.5 * uniform();
    return single ? Math.fround(value) : value;
  });
  return { data, dimensions, labels, rows: Int32Array.from(labels.keys()) };
}
