import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileError } from "../errors.ts";
import type { HashedFile } from "../results/schema.ts";

/** Everything that can change a number of a vector, flat, so that two of them can be compared name by name. */
export type VectorSettings = {
  /** SHA-256 over the model's files. */
  readonly model: string;
  /** SHA-256 over the tokenizer's files. */
  readonly tokenizer: string;
  readonly recipe: string;
  readonly text: string | null;
  readonly prefix: string;
  readonly pooling: string;
  readonly normalize: boolean;
  readonly maxLength: number;
  readonly output: string;
  readonly precision: string;
  readonly provider: string;
  /** Other settings of this kind of model, such as layer mix weights or an API's address; null for none. */
  readonly extra: string | null;
};

/** The identity of vectors: SHA-256 (hex) over the settings that made them, names in alphabetical order. */
export function fingerprintOf(settings: VectorSettings): string {
  const entries = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex");
}

/** SHA-256 (hex) over hashes of files, in the order given. */
export function combinedSha256(files: readonly HashedFile[]): string {
  const hash = createHash("sha256");
  for (const { sha256 } of files) hash.update(sha256);
  return hash.digest("hex");
}

/**
 * Hashes files one after the other, as streams.
 * @throws ScidocsError `BAD_INPUT` for one that cannot be read
 */
export async function hashFiles(paths: readonly string[]): Promise<HashedFile[]> {
  const hashed: HashedFile[] = [];
  for (const path of paths) {
    const hash = createHash("sha256");
    try {
      await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
    } catch (cause) {
      throw fileError(path, null, `cannot be read: ${cause instanceof Error ? cause.message : cause}`, cause);
    }
    hashed.push({ path: basename(path), bytes: statSync(path).size, sha256: hash.digest("hex") });
  }
  return hashed;
}
