import type { GradientPlace, NetworkWeights } from "./network/networkWeights.ts";
import { type KernelMemory, openKernelMemory } from "./trainingKernel.ts";

/** A weight before training: its name in a Hugging Face folder, its sizes, and its numbers. */
export interface InitialWeight {
  readonly name: string;
  readonly dims: readonly number[];
  /** Makes the numbers; called once. */
  readonly read: () => Float32Array;
  readonly trained: boolean;
}

/** The four arrays of a trained weight, and where they lie for the compiled functions. */
export interface TrainedWeight {
  readonly name: string;
  readonly dims: readonly number[];
  readonly count: number;
  readonly memory: KernelMemory;
  /** Byte offsets in the memory. */
  readonly at: { readonly weights: number; readonly gradient: number; readonly first: number; readonly second: number };
  readonly weights: Float32Array;
  readonly gradient: Float32Array;
  /** First moment of the gradient, as the optimisers name it. */
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** All weights of a network while it is trained. */
export interface Parameters extends NetworkWeights {
  readonly trainedWeights: readonly TrainedWeight[];
  /** Names and sizes of all weights, in the order of the checkpoint. */
  readonly all: readonly { readonly name: string; readonly dims: readonly number[] }[];
  /** Begins the sums of an update: the next gradient of each weight takes the place of what is there. */
  readonly beginUpdate: () => void;
  /** Goes on with sums that were kept: every weight's has begun. */
  readonly continueUpdate: () => void;
  /** Ends the sums: weights that got no gradient have one of zeros. */
  readonly endUpdate: () => void;
  /** Bytes of all arrays. */
  readonly bytes: number;
}

export interface ParameterOptions {
  /** Every entry of each batch's gradient is held within ± this before it is added to the sum; null for no limit. */
  readonly clampEach: number | null;
}

/** Numbers that one memory holds: four arrays and room for one batch's gradients, in less than 2 GB. */
const memoryNumbers = 64 * 2 ** 20;

const aligned = (count: number): number => Math.ceil(count / 4) * 4;
const sizeOf = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

/** Tables whose gradients come as rows: they need no room for a batch's own gradient. */
const byRows = (name: string): boolean => /_embeddings\.weight$/.test(name);

/** Lays out the weights of a network, and reads them. */
export function openParameters(initial: readonly InitialWeight[], options: ParameterOptions): Parameters {
  const frozen = new Map<string, Float32Array>();
  const dims = new Map(initial.map((weight) => [weight.name, weight.dims]));
  for (const weight of initial) if (!weight.trained) frozen.set(weight.name, weight.read());
  const trained = new Map<
    string,
    TrainedWeight & { readonly batch: GradientPlace["target"] | null; readonly batchAt: number }
  >();
  let bytes = [...frozen.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  for (const group of grouped(initial.filter((weight) => weight.trained))) {
    const count = group.reduce((sum, weight) => sum + aligned(sizeOf(weight.dims)), 0);
    const batchCount = group.reduce((sum, weight) => sum + (byRows(weight.name) ? 0 : aligned(sizeOf(weight.dims))), 0);
    const memory = openKernelMemory(4 * (4 * count + batchCount));
    bytes += 4 * 4 * count;
    let offset = memory.start;
    let batchAt = memory.start + 16 * count;
    for (const { name, dims: sizes, read } of group) {
      const size = sizeOf(sizes);
      const place = (array: number): number => offset + 4 * count * array;
      const view = (at: number): Float32Array => new Float32Array(memory.buffer, at, size);
      const at = { weights: place(0), gradient: place(1), first: place(2), second: place(3) };
      const rows = byRows(name);
      trained.set(name, {
        name,
        dims: sizes,
        count: size,
        memory,
        at,
        weights: view(at.weights),
        gradient: view(at.gradient),
        first: view(at.first),
        second: view(at.second),
        batch: rows ? null : view(batchAt),
        batchAt,
      });
      view(at.weights).set(read());
      offset += 4 * aligned(size);
      if (!rows) batchAt += 4 * aligned(size);
    }
  }

  const of = (name: string) => {
    const weight = trained.get(name);
    if (weight === undefined) throw new RangeError(`${name} is not trained`);
    return weight;
  };
  /** Weights whose sum of this update has begun; tables are listed when a row of theirs has. */
  const begun = new Set<string>();
  /** Rows of tables that hold something. */
  const touched = new Map<string, Set<number>>();
  const { clampEach } = options;

  return {
    all: initial.map(({ name, dims: sizes }) => ({ name, dims: sizes })),
    trainedWeights: [...trained.values()],
    bytes,
    value: (name) => trained.get(name)?.weights ?? frozen.get(name) ?? missing(name),
    dims: (name) => dims.get(name) ?? missing(name),
    trained: (name) => trained.has(name),
    gradient(name) {
      const weight = of(name);
      const { kernel } = weight.memory;
      const { batch } = weight;
      if (batch === null) throw new RangeError(`${name}: its gradient comes as rows`);
      const clampAt = (at: number): void => {
        if (clampEach !== null) kernel.clamp(at, weight.count, clampEach);
      };
      if (!begun.has(name)) {
        return {
          target: weight.gradient,
          done: () => {
            begun.add(name);
            clampAt(weight.at.gradient);
          },
        };
      }
      return {
        target: batch,
        done: () => {
          clampAt(weight.batchAt);
          kernel.add(weight.at.gradient, weight.batchAt, weight.count);
        },
      };
    },
    addRows(name, rows, gradient) {
      const weight = of(name);
      const width = weight.dims.at(-1) ?? 1;
      const seen = touched.get(name) ?? new Set();
      touched.set(name, seen);
      begun.add(name);
      const most = clampEach ?? Number.POSITIVE_INFINITY;
      for (let index = 0; index < rows.length; index++) {
        const row = rows[index] ?? 0;
        seen.add(row);
        for (let k = 0; k < width; k++) {
          const value = gradient[index * width + k] ?? 0;
          weight.gradient[row * width + k]! += Math.max(-most, Math.min(most, value));
        }
      }
    },
    beginUpdate() {
      begun.clear();
      for (const [name, rows] of touched) {
        const { gradient, dims: sizes } = of(name);
        const width = sizes.at(-1) ?? 1;
        for (const row of rows) gradient.fill(0, row * width, (row + 1) * width);
      }
      touched.clear();
    },
    continueUpdate() {
      for (const { name, dims: sizes } of trained.values()) {
        begun.add(name);
        if (byRows(name)) touched.set(name, new Set(Array.from({ length: sizes[0] ?? 0 }, (_, row) => row)));
      }
    },
    endUpdate() {
      for (const weight of trained.values()) {
        if (!begun.has(weight.name) && !byRows(weight.name)) weight.gradient.fill(0);
      }
    },
  };
}

function missing(name: string): never {
  throw new RangeError(`there is no weight ${name}`);
}

/** Splits weights, in their order, into groups that each fit one memory. */
function grouped(weights: readonly InitialWeight[]): InitialWeight[][] {
  const groups: InitialWeight[][] = [];
  let room = 0;
  for (const weight of weights) {
    const size = aligned(sizeOf(weight.dims));
    if (groups.length === 0 || size > room) {
      groups.push([]);
      room = memoryNumbers;
    }
    groups.at(-1)?.push(weight);
    room -= size;
  }
  return groups;
}
