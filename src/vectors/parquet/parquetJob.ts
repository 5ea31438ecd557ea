/** What the thread that reads a parquet file is given. */
export interface ParquetJob {
  readonly path: string;
  readonly needed: ReadonlySet<string> | null;
  /** Where the rows go. */
  readonly block: SharedArrayBuffer;
}

/** What it reports: rows passed, and at the end either the entries or what is wrong with the file. */
export type ParquetReport =
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "failed"; readonly message: string }
  | {
      readonly kind: "entries";
      readonly ids: string[];
      readonly emptyAt: number[];
      readonly dimensions: number;
      readonly wide: boolean;
      readonly unneededEntries: number;
    };
