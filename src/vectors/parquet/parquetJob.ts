/** What the thread that reads a parquet file is given. */
export interface ParquetJob {
  readonly path: string;
  readonly needed: ReadonlySet<string> | null;
  /** Where the rows go. */
  readonly block: SharedArrayBuffer;
}

/** How far it is. */
export interface ParquetProgress {
  readonly done: number;
  readonly total: number;
}

/** What it answers with. */
export interface ParquetEntries {
  readonly ids: string[];
  readonly emptyAt: number[];
  readonly dimensions: number;
  readonly wide: boolean;
  readonly unneededEntries: number;
}
