import { ScidocsError } from "../../errors.ts";
import { eachRow, type LabelledRows } from "../labelledRows.ts";

/**
 * Labelled rows in shared memory, where every worker's kernel reads them without a copy.
 * A row is padded with zeros to a multiple of four numbers. Numbers are kept as float32 where every one survives the narrowing:
 * that halves the traffic, and the kernel's products are of doubles all the same.
 */
export interface SvmBlock {
  readonly memory: WebAssembly.Memory;
  readonly count: number;
  readonly dimensions: number;
  /** Numbers from one row to the next. */
  readonly stride: number;
  readonly elementBytes: 4 | 8;
  /** Byte offset of the first row. */
  readonly rowsAt: number;
  /** Byte offset of each row's sum of squares, as doubles. */
  readonly squaresAt: number;
  /** Byte offset from which lanes are laid out. */
  readonly lanesAt: number;
  readonly labels: Int32Array;
}

const pageBytes = 65_536;
const maxPages = 65_536;

/** Lays labelled rows out in shared memory, with `laneBytes` of room behind them for the solver. */
export async function svmBlock(labelled: LabelledRows, laneBytes: number): Promise<SvmBlock> {
  const { data, dimensions, rows, labels } = labelled;
  const elementBytes = survivesFloat32(data, dimensions, rows) ? 4 : 8;
  const stride = Math.ceil(dimensions / 4) * 4;
  const count = rows.length;
  // The first page stays unused, as compiled modules expect.
  const rowsAt = pageBytes;
  const squaresAt = aligned(rowsAt + count * stride * elementBytes);
  const lanesAt = aligned(squaresAt + count * 8);
  const pages = Math.ceil((lanesAt + laneBytes) / pageBytes);
  if (pages > maxPages) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${count} training rows of ${dimensions} dimensions need more than the 4 GB that fit`,
    );
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const block: SvmBlock = { memory, count, dimensions, stride, elementBytes, rowsAt, squaresAt, lanesAt, labels };
  const numbers = blockNumbers(block);
  const squares = new Float64Array(memory.buffer, squaresAt, count);
  await eachRow(labelled, (source, position) => {
    numbers.set(source, position * stride);
    let sum = 0;
    for (let j = 0; j < source.length; j++) sum += source[j]! * source[j]!;
    squares[position] = sum;
  });
  return block;
}

/** All numbers of a block, padding included. */
export function blockNumbers(block: SvmBlock): Float32Array | Float64Array {
  const { memory, rowsAt, count, stride, elementBytes } = block;
  return elementBytes === 4
    ? new Float32Array(memory.buffer, rowsAt, count * stride)
    : new Float64Array(memory.buffer, rowsAt, count * stride);
}

/** The next offset that no cache line shares with what lies before. */
export function aligned(offset: number): number {
  return Math.ceil(offset / 64) * 64;
}

function survivesFloat32(data: Float32Array | Float64Array, dimensions: number, rows: Int32Array): boolean {
  if (data instanceof Float32Array) return true;
  return rows.every((row) => {
    for (let i = row * dimensions; row >= 0 && i < (row + 1) * dimensions; i++) {
      if (Math.fround(data[i]!) !== data[i]) return false;
    }
    return true;
  });
}
