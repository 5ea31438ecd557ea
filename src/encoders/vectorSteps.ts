import { fileError, firstFew, ScidocsError } from "../errors.ts";
import { printable } from "../printable.ts";
import { readSafetensors } from "../tensorFiles/safetensors.ts";
import { readFloat32, requireNumbers, type StoredTensor } from "../tensorFiles/storedTensor.ts";
import { readTorch } from "../tensorFiles/torch.ts";
import { type Activation, activations } from "./activations.ts";

/** What is done to a pooled vector, one step after the other. Plain data: weights stay in their files until a thread opens them. */
export type VectorStep =
  /** `activation(W x + b)`. */
  | {
      readonly kind: "dense";
      readonly file: string;
      readonly inputs: number;
      readonly outputs: number;
      readonly bias: boolean;
      readonly activation: Activation;
    }
  /** Mean 0 and variance 1 over the vector (epsilon 1e-5), then a learnt scale and shift. */
  | { readonly kind: "layer-norm"; readonly file: string; readonly width: number }
  /** To length 1; a zero vector stays zero. */
  | { readonly kind: "normalize" }
  /** The first numbers alone, for encoders trained to be cut (Matryoshka). */
  | {
      readonly kind: "cut";
      readonly dimensions: number;
      /** Whether a vector that is not so long stays as it is. */
      readonly atMost?: boolean;
    };

/**
 * A sequence of steps in words: `dense 768 to 512 (tanh), normalize`; empty for none. It is a part of the vectors' fingerprint: whatever of
 * a step can change a number, its weights aside, is in it.
 */
export function stepsText(steps: readonly VectorStep[]): string {
  return steps
    .map((step) => {
      if (step.kind === "dense") {
        return `dense ${step.inputs} to ${step.outputs} (${step.activation}${step.bias ? "" : ", without bias"})`;
      }
      return step.kind === "cut" ? `first ${step.dimensions} numbers` : step.kind;
    })
    .join(", ");
}

/**
 * Length of a vector after the steps, each of which must fit the one before.
 * @param width before them; null where it is not known until the model runs
 * @throws ScidocsError naming the step that does not fit
 */
export function widthAfter(steps: readonly VectorStep[], width: number | null): number | null {
  let now = width;
  for (const step of steps) {
    if (step.kind === "cut") {
      if (now !== null && step.dimensions > now && step.atMost === true) continue;
      if (now !== null && step.dimensions > now) {
        throw new ScidocsError("USAGE", `--dimensions ${step.dimensions}: the vectors have only ${now} numbers`);
      }
      now = step.dimensions;
    } else if (step.kind === "dense" || step.kind === "layer-norm") {
      const wants = step.kind === "dense" ? step.inputs : step.width;
      if (now !== null && now !== wants) {
        throw fileError(
          step.file,
          null,
          `its ${step.kind === "dense" ? "Dense" : "LayerNorm"} module takes ${wants} numbers, and what comes before it gives ${now}`,
        );
      }
      now = step.kind === "dense" ? step.outputs : wants;
    }
  }
  return now;
}

/** Vectors end to end. */
export interface Rows {
  readonly vectors: Float32Array<ArrayBuffer>;
  readonly dimensions: number;
}

/**
 * Reads the weights of the steps.
 * @returns a function that takes a batch of vectors through them
 * @throws ScidocsError for weights that are missing or of another shape than declared
 */
export function openSteps(steps: readonly VectorStep[]): (rows: Rows) => Rows {
  const opened = steps.map(openStep);
  return (rows) => {
    widthAfter(steps, rows.dimensions);
    return opened.reduce((now, step) => step(now), rows);
  };
}

function openStep(step: VectorStep): (rows: Rows) => Rows {
  if (step.kind === "normalize") {
    return (rows) => {
      normalizeRows(rows.vectors, rows.dimensions);
      return rows;
    };
  }
  if (step.kind === "cut") return (rows) => cutRows(rows, Math.min(step.dimensions, rows.dimensions));
  const tensors = new Map(step.file.endsWith(".safetensors") ? readSafetensors(step.file) : readTorch(step.file));
  const read = (name: string, shape: readonly number[]): Float32Array => {
    const tensor: StoredTensor | undefined = tensors.get(name);
    tensors.delete(name);
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      const found = tensor === undefined ? "it is not there" : `it is [${tensor.shape.join(", ")}]`;
      throw fileError(step.file, null, `should hold ${name} as [${shape.join(", ")}], but ${found}`);
    }
    requireNumbers(name, tensor);
    return readFloat32(tensor);
  };
  // The library takes all of a module's weights or none: another one is of a module that computes something else.
  const requireAllRead = (): void => {
    if (tensors.size === 0) return;
    const names = firstFew([...tensors.keys()].map((name) => printable(name)));
    throw fileError(step.file, null, `holds ${names}, which its config.json beside it does not declare`);
  };
  if (step.kind === "dense") {
    const weight = read("linear.weight", [step.outputs, step.inputs]);
    const bias = step.bias ? read("linear.bias", [step.outputs]) : new Float32Array(step.outputs);
    requireAllRead();
    return (rows) => denseRows(rows, weight, bias, activations[step.activation]);
  }
  const scale = read("norm.weight", [step.width]);
  const shift = read("norm.bias", [step.width]);
  requireAllRead();
  return (rows) => {
    layerNormRows(rows, scale, shift);
    return rows;
  };
}

/** Scales each row to length 1, in place; a zero row stays zero. */
export function normalizeRows(vectors: Float32Array, dimensions: number): void {
  for (let start = 0; start < vectors.length; start += dimensions) {
    let sum = 0;
    for (let k = 0; k < dimensions; k++) sum += (vectors[start + k] ?? 0) ** 2;
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    for (let k = 0; k < dimensions; k++) vectors[start + k] = (vectors[start + k] ?? 0) * scale;
  }
}

function cutRows({ vectors, dimensions }: Rows, kept: number): Rows {
  const count = vectors.length / dimensions;
  const cut = new Float32Array(count * kept);
  for (let row = 0; row < count; row++) {
    cut.set(vectors.subarray(row * dimensions, row * dimensions + kept), row * kept);
  }
  return { vectors: cut, dimensions: kept };
}

function denseRows(
  { vectors, dimensions }: Rows,
  weight: Float32Array,
  bias: Float32Array,
  activation: (x: number) => number,
): Rows {
  const count = vectors.length / dimensions;
  const outputs = bias.length;
  const result = new Float32Array(count * outputs);
  for (let row = 0; row < count; row++) {
    for (let out = 0; out < outputs; out++) {
      let sum = bias[out] ?? 0;
      for (let k = 0; k < dimensions; k++) {
        sum += (weight[out * dimensions + k] ?? 0) * (vectors[row * dimensions + k] ?? 0);
      }
      result[row * outputs + out] = activation(sum);
    }
  }
  return { vectors: result, dimensions: outputs };
}

function layerNormRows({ vectors, dimensions }: Rows, scale: Float32Array, shift: Float32Array): void {
  for (let start = 0; start < vectors.length; start += dimensions) {
    let mean = 0;
    for (let k = 0; k < dimensions; k++) mean += (vectors[start + k] ?? 0) / dimensions;
    let variance = 0;
    for (let k = 0; k < dimensions; k++) variance += ((vectors[start + k] ?? 0) - mean) ** 2 / dimensions;
    const inverse = 1 / Math.sqrt(variance + 1e-5);
    for (let k = 0; k < dimensions; k++) {
      vectors[start + k] = ((vectors[start + k] ?? 0) - mean) * inverse * (scale[k] ?? 0) + (shift[k] ?? 0);
    }
  }
}
