import { throwIfAborted } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import type { VectorTable } from "../vectorTable.ts";

const pieceBytes = 2 ** 22;

/** The numbers of a table as little-endian bytes, piece by piece. */
export function* tableBytes({ data, ids, dimensions }: VectorTable, control: RunControl): Generator<Uint8Array> {
  const rowBytes = dimensions * data.BYTES_PER_ELEMENT;
  for (let at = 0; at < data.byteLength; at += pieceBytes) {
    throwIfAborted(control.signal);
    yield new Uint8Array(data.buffer, data.byteOffset + at, Math.min(pieceBytes, data.byteLength - at));
    const done = Math.min(ids.length, Math.floor((at + pieceBytes) / rowBytes));
    control.onProgress?.({ stage: "writing vectors", done, total: ids.length, unit: "papers" });
  }
}
