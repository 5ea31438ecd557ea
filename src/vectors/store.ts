/** Work that a run began: the texts it set out to embed, in the order that settles their batches. */
export interface StoredJob {
  readonly batchTokens: number;
  /** Texts of one window; each window is cut into batches by itself. */
  readonly windowTexts: number;
  readonly keys: readonly string[];
}

/** One text's vector on its way into a store. */
export interface StoreEntry {
  /** SHA-256 (hex) that names the text (or whatever the vector belongs to). */
  readonly key: string;
  /** A paper that bears it, for people who look into the file. */
  readonly paperId: string;
  readonly truncated: boolean;
}

/** A vector as it comes out of a store. */
export interface StoredVector {
  readonly vector: Float32Array;
  readonly truncated: boolean;
}

/** Vectors on disk, each stored once under one fingerprint. It owns a file and its lock, so it must be closed. */
export interface VectorStore {
  readonly file: string;
  readonly jobs: readonly StoredJob[];
  has(key: string): boolean;
  read(key: string): StoredVector | null;
  /** Bytes that so many more vectors take. */
  bytesFor(count: number, dimensions: number): number;
  /** Notes what is about to be embedded, before it is. */
  beginJob(job: StoredJob): void;
  /** Appends one batch, whole or not at all; keys that are stored already keep their first vector. */
  append(entries: readonly StoreEntry[], vectors: Float32Array, dimensions: number): void;
  close(): void;
}
