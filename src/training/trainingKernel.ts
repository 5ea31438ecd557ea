import { readFileSync } from "node:fs";
import { builtFile } from "../threads/builtFile.ts";

/** The compiled functions of `assembly/trainingKernel.ts`, whose comments tell what they do. Places are byte offsets. */
export interface TrainingKernel {
  sumOfSquares(at: number, count: number): number;
  add(target: number, source: number, count: number): void;
  scale(at: number, count: number, factor: number): void;
  clamp(at: number, count: number, limit: number): void;
  adam(
    weights: number,
    gradient: number,
    first: number,
    second: number,
    count: number,
    gradientScale: number,
    beta1: number,
    oneMinusBeta1: number,
    beta2: number,
    oneMinusBeta2: number,
    step: number,
    epsilon: number,
    rootScale: number,
    keepBefore: number,
    keepAfter: number,
  ): void;
  bertAdam(
    weights: number,
    gradient: number,
    first: number,
    second: number,
    count: number,
    gradientScale: number,
    beta1: number,
    oneMinusBeta1: number,
    beta2: number,
    oneMinusBeta2: number,
    rate: number,
    epsilon: number,
    decay: number,
  ): void;
  dropout(at: number, from: number, to: number, state: number, silencedBelow: number, kept: number): void;
}

/** The functions over a memory of their own. */
export interface KernelMemory {
  readonly kernel: TrainingKernel;
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** First byte that arrays may use; what comes before belongs to the compiled module. */
  readonly start: number;
}

const pageBytes = 65_536;
let compiled: WebAssembly.Module | undefined;

/**
 * Opens the compiled functions over a memory with room for this many bytes of arrays.
 * @throws ScidocsError `NOT_FOUND` when the project has not been built
 */
export function openKernelMemory(bytes: number): KernelMemory {
  compiled ??= new WebAssembly.Module(readFileSync(builtFile(import.meta.url, "./trainingKernel.wasm")));
  const memory = new WebAssembly.Memory({ initial: 1 + Math.ceil(bytes / pageBytes) });
  const { exports } = new WebAssembly.Instance(compiled, {
    env: {
      memory,
      abort: () => {
        throw new Error("the compiled arithmetic of the training aborted");
      },
    },
  });
  return { kernel: exports as unknown as TrainingKernel, buffer: memory.buffer, start: pageBytes };
}
