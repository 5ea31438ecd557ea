/// <reference lib="es2024.sharedmemory" />
import { ScidocsError } from "../../errors.ts";

/** The largest table one block can hold: what V8 gives to a growable shared buffer. */
const maxBlockBytes = 2 ** 32;
/** Step of growth; pages beyond what was written cost nothing. */
const stepBytes = 2 ** 24;

/**
 * A shared block for rows whose number is not known beforehand. Address space is reserved once and memory is taken as
 * rows come, so nothing is ever copied to a larger place.
 */
export function growingBlock(): SharedArrayBuffer {
  return new SharedArrayBuffer(0, { maxByteLength: maxBlockBytes });
}

/**
 * Sees to it that a block holds at least so many bytes. Threads may share a block, but only one may grow it at a time.
 * @throws ScidocsError `BAD_INPUT` beyond 4 GiB
 */
export function growTo(block: SharedArrayBuffer, byteLength: number): void {
  if (byteLength <= block.byteLength) return;
  if (byteLength > maxBlockBytes) {
    throw new ScidocsError(
      "BAD_INPUT",
      "the vectors need more than 4 GiB of memory: read only the papers that are needed, or fewer files",
    );
  }
  block.grow(Math.min(maxBlockBytes, Math.ceil(byteLength / stepBytes) * stepBytes));
}

/**
 * A view of `length` numbers of a block from a byte on, float64 if `wide`. It does not follow the block's later growth.
 */
export function rowsOf(block: SharedArrayBuffer, wide: boolean, firstByte: number, length: number) {
  return wide ? new Float64Array(block, firstByte, length) : new Float32Array(block, firstByte, length);
}
