/** What the process that reads a parquet file is given. */
export interface ParquetJob {
  readonly path: string;
  readonly needed: ReadonlySet<string> | null;
}

/** Some rows, as they are read. */
export interface ParquetRows {
  readonly ids: readonly string[];
  /** Ascending positions in `ids` of those with an empty vector; the others have a row of `values` each, in order. */
  readonly emptyAt: readonly number[];
  readonly dimensions: number;
  readonly values: Float32Array | Float64Array;
  /** How far it is. */
  readonly done: number;
  readonly total: number;
}

/** What it answers with at the end. */
export interface ParquetSummary {
  readonly dimensions: number;
  readonly wide: boolean;
  readonly unneededEntries: number;
  /** Which columns were taken, where that is worth telling. */
  readonly note: string | null;
}
