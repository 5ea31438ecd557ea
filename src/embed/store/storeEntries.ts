/** Work that a run began: the texts it set out to embed, in the order that settles their batches. */
export interface StoredJob {
  readonly batchTokens: number;
  /** Texts of one window; each window is cut into batches by itself. */
  readonly windowTexts: number;
  readonly keys: readonly string[];
}

/** One text's vector on its way into a store. */
export interface StoreEntry {
  /** SHA-256 (hex) that names the text, or whatever the vector belongs to. */
  readonly key: string;
  /** A paper that bears it, for people who look into the file. */
  readonly paperId: string;
  /** Whether the text was cut to the maximum length. */
  readonly truncated: boolean;
}
