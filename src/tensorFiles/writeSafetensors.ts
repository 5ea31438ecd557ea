import { createHash, type Hash } from "node:crypto";
import { writeWhole } from "../files/writeWhole.ts";

/** A float32 tensor to be written, row-major. */
export interface TensorToWrite {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * Writes a safetensors file whole or not at all; tensors are streamed, none is copied.
 * @returns SHA-256 of what was handed to the system, as hexadecimal digits
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written
 */
export async function writeSafetensors(path: string, tensors: readonly TensorToWrite[]): Promise<string> {
  let end = 0;
  const entries = tensors.map(({ name, dims, data }) => {
    const start = end;
    end += data.byteLength;
    return [name, { dtype: "F32", shape: dims, data_offsets: [start, end] }] as const;
  });
  // Python's transformers refuses a file that does not say which framework's layout it has.
  const header = Buffer.from(JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) }));
  const padded = Buffer.alloc(Math.ceil(header.length / 8) * 8, " ");
  header.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const hash = createHash("sha256");
  await writeWhole(path, hashed(chunks([length, padded], tensors), hash));
  return hash.digest("hex");
}

/** Bytes handed to the system at once. */
const chunkBytes = 2 ** 24;

function* hashed(pieces: Iterable<Uint8Array>, hash: Hash): Generator<Uint8Array> {
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

function* chunks(head: readonly Uint8Array[], tensors: readonly TensorToWrite[]): Generator<Uint8Array> {
  yield* head;
  for (const { data } of tensors) {
    for (let start = 0; start < data.byteLength; start += chunkBytes) {
      yield new Uint8Array(data.buffer, data.byteOffset + start, Math.min(chunkBytes, data.byteLength - start));
    }
  }
}
