/** A vector: a stretch of a larger array. */
export type Vector = Float32Array | Float64Array;

/** How far apart two vectors are, as the triplet loss has it; smaller is nearer. */
export interface Distance {
  readonly id: string;
  readonly description: string;
  readonly between: (a: Vector, b: Vector) => number;
  /** Adds `factor` times the distance's derivatives by both vectors. */
  readonly addGradients: (a: Vector, b: Vector, factor: number, byA: Vector, byB: Vector) => void;
}
