import { breathe } from "../threads/breathe.ts";

/** Rows of a block of vectors with their classes: what a linear classifier learns from. */
export interface LabelledRows {
  /** Row-major numbers of a vector table. */
  readonly data: Float32Array | Float64Array;
  readonly dimensions: number;
  /** Row of the table for each labelled paper; -1 stands for the zero vector. */
  readonly rows: Int32Array;
  /** Label of each labelled paper, as many. */
  readonly labels: Int32Array;
}

/** Numbers handed out before the thread is left to others for a moment. */
const numbersPerTurn = 2_000_000;

/** Hands out each labelled paper's vector with its position, in order; zero vectors, which have none, are passed over. */
export async function eachRow(
  { data, dimensions, rows }: LabelledRows,
  take: (row: Float32Array | Float64Array, position: number) => void,
): Promise<void> {
  for (const [position, row] of rows.entries()) {
    if (row < 0) continue;
    take(data.subarray(row * dimensions, (row + 1) * dimensions), position);
    if ((position + 1) % Math.ceil(numbersPerTurn / dimensions) === 0) await breathe();
  }
}

/** The labelled papers' vectors as one matrix in memory of its own, rows x dimensions, which can be handed to a thread. */
export async function ownMatrix(labelled: LabelledRows): Promise<Float32Array<ArrayBuffer>> {
  const matrix = new Float32Array(labelled.rows.length * labelled.dimensions);
  await eachRow(labelled, (row, position) => matrix.set(row, position * labelled.dimensions));
  return matrix;
}
