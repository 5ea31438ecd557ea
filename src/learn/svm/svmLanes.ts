import { seededState } from "../../stats/random/mt19937.ts";
import { classesOf, type FitReport, problemCount, svmSeed } from "./linearSvm.ts";
import { aligned, type SvmBlock } from "./svmBlock.ts";

/** One fit to make: a C and the rows of the block to train on, in order. */
export interface SvmJob {
  readonly C: number;
  readonly rows: Int32Array;
}

/** What `assembly/linearSvm.ts` exports. Lanes are addresses in the shared memory. */
interface Kernel {
  startF32(lane: number): void;
  startF64(lane: number): void;
  run1F32(lane: number, visits: number): void;
  run1F64(lane: number, visits: number): void;
  run2F32(first: number, second: number, visits: number): void;
  run2F64(first: number, second: number, visits: number): void;
  run4F32(first: number, second: number, third: number, fourth: number, visits: number): void;
  run4F64(first: number, second: number, third: number, fourth: number, visits: number): void;
}

/**
 * Fits that one worker has under way side by side. Two hide the latency of each other's additions; four also hide some of the memory's,
 * which counts at full size, where the rows are larger than the cache.
 */
export const lanesPerWorker = 4;

/** Byte offsets of a lane's parts, relative to its start; the fields themselves are named in `assembly/linearSvm.ts`. */
function lanePlan(rows: number, problems: number, stride: number) {
  const positiveAt = 128;
  const epochsAt = aligned(positiveAt + problems * 4);
  const convergedAt = aligned(epochsAt + problems * 4);
  const generatorAt = aligned(convergedAt + problems);
  const weightsAt = aligned(generatorAt + 624 * 4);
  const resultAt = aligned(weightsAt + stride * 8);
  const orderAt = aligned(resultAt + problems * stride * 8);
  const recordsAt = aligned(orderAt + rows * 4);
  const bytes = aligned(recordsAt + rows * 32);
  return { positiveAt, epochsAt, convergedAt, generatorAt, weightsAt, resultAt, orderAt, recordsAt, bytes };
}

/** Bytes that one worker's lanes take at most. */
export function workerBytes(rows: number, classes: number, dimensions: number): number {
  return lanesPerWorker * lanePlan(rows, problemCount(classes), Math.ceil(dimensions / 4) * 4).bytes;
}

/** A worker's view of a block: it sets fits up in lanes and runs them. */
export interface SvmLanes {
  /** Sets a fit up in a lane, numbered from 0. */
  start(lane: number, job: SvmJob): void;
  /** Visits so many rows in each lane under way, or fewer when one that runs beside it ends. Returns the lanes that have ended. */
  run(visits: number): number[];
  /** Binary problems of a lane's fit that are solved; 0 for a free lane. */
  solved(lane: number): number;
  /** Takes an ended lane's result out and frees the lane. */
  finish(lane: number): FitReport;
}

/**
 * Connects the kernel to a block.
 * @param worker which of the workers this is, from 0: each has room of its own in the block
 */
export function svmLanes(module: WebAssembly.Module, block: SvmBlock, worker: number, problems: number): SvmLanes {
  const { memory, stride, elementBytes, dimensions, labels } = block;
  const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernel;
  const single = elementBytes === 4;
  const plan = lanePlan(block.count, problems, stride);
  const at = (lane: number) => block.lanesAt + (worker * lanesPerWorker + lane) * plan.bytes;
  const bytes = new DataView(memory.buffer);
  const squares = new Float64Array(memory.buffer, block.squaresAt, block.count);
  const lanes = Array.from({ length: lanesPerWorker }, (_, lane) => lane);
  const classes: (Int32Array | null)[] = lanes.map(() => null);

  const start = (lane: number, { C, rows }: SvmJob): void => {
    const base = at(lane);
    const present = classesOf(labels, rows);
    classes[lane] = present;
    const count = problemCount(present.length);
    const D = 1 / (2 * C);
    const fields: [number, number][] = [
      [4, rows.length],
      [24, count],
      [28, base + plan.recordsAt],
      [32, base + plan.orderAt],
      [36, base + plan.weightsAt],
      [40, base + plan.resultAt],
      [44, base + plan.generatorAt],
      [48, 624],
      [52, base + plan.epochsAt],
      [56, base + plan.convergedAt],
      [60, stride],
      [116, base + plan.positiveAt],
    ];
    for (const [offset, value] of fields) bytes.setUint32(base + offset, value, true);
    bytes.setFloat64(base + 64, D, true);
    new Uint32Array(memory.buffer, base + plan.generatorAt, 624).set(seededState(svmSeed));
    new Int32Array(memory.buffer, base + plan.positiveAt, count).set(present.subarray(present.length - count));
    for (const [i, row] of rows.entries()) {
      const record = base + plan.recordsAt + i * 32;
      bytes.setFloat64(record + 8, squares[row]! + D, true);
      bytes.setUint32(record + 24, block.rowsAt + row * stride * elementBytes, true);
      bytes.setInt32(record + 28, labels[row]!, true);
    }
    if (count > 0) (single ? kernel.startF32 : kernel.startF64)(base);
    else bytes.setInt32(base, 0, true);
  };

  const running = (lane: number): boolean => bytes.getInt32(at(lane), true) === 1;

  const run = (visits: number): number[] => {
    const busy = lanes.filter(running).map(at);
    if (busy.length === lanesPerWorker) {
      const [a, b, c, d] = busy as [number, number, number, number];
      (single ? kernel.run4F32 : kernel.run4F64)(a, b, c, d, visits);
    } else {
      if (busy.length >= 2) (single ? kernel.run2F32 : kernel.run2F64)(busy[0]!, busy[1]!, visits);
      if (busy.length % 2 === 1) (single ? kernel.run1F32 : kernel.run1F64)(busy.at(-1)!, visits);
    }
    return lanes.filter((lane) => classes[lane] !== null && !running(lane));
  };

  const solved = (lane: number): number => (classes[lane] === null ? 0 : bytes.getInt32(at(lane) + 20, true));

  const finish = (lane: number): FitReport => {
    const base = at(lane);
    const present = classes[lane]!;
    classes[lane] = null;
    const count = problemCount(present.length);
    const padded = new Float64Array(memory.buffer, base + plan.resultAt, count * stride);
    const weights = new Float64Array(count * dimensions);
    for (let k = 0; k < count; k++) {
      weights.set(padded.subarray(k * stride, k * stride + dimensions), k * dimensions);
    }
    return {
      model: { classes: present, weights, dimensions },
      epochs: new Int32Array(memory.buffer, base + plan.epochsAt, count).slice(),
      converged: new Uint8Array(memory.buffer, base + plan.convergedAt, count).slice(),
    };
  };

  return { start, run, solved, finish };
}
