import type { StoredTensor, StoredTensors } from "../../../tensorFiles/storedTensor.ts";
import { storedTypes } from "../../../tensorFiles/storedTensor.ts";

/** Rows `first` and on of a stored matrix or vector, as a view of the same bytes. */
export function rowsOf(tensor: StoredTensor, first: number, count: number): StoredTensor {
  const step = tensor.strides[0] ?? 1;
  return {
    ...tensor,
    shape: [count, ...tensor.shape.slice(1)],
    start: tensor.start + first * step * storedTypes[tensor.type],
  };
}

/**
 * Names the parts of joined linear layers: those of `joined` lie one under another in its rows, each of the same height.
 * @returns the tensors with the parts beside the joined ones
 */
export function namedParts(
  tensors: StoredTensors,
  parts: ReadonlyMap<string, readonly string[]>,
): Map<string, StoredTensor> {
  const all = new Map(tensors);
  for (const [joined, names] of parts) {
    for (const kind of ["weight", "bias"]) {
      const tensor = tensors.get(`${joined}.${kind}`);
      if (tensor === undefined) continue;
      const height = (tensor.shape[0] ?? 0) / names.length;
      for (const [index, name] of names.entries()) all.set(`${name}.${kind}`, rowsOf(tensor, index * height, height));
    }
  }
  return all;
}
