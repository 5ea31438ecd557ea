import type { GraphBuilder } from "../../../onnx/graph.ts";
import { readFloat32, type StoredTensors } from "../../../tensorFiles/storedTensor.ts";
import { quantizeColumns } from "../../checkpoints/quantize.ts";

/** Puts a checkpoint's weights into a graph, each under its own name, read only when the model is written. */
export interface Parameters {
  /** A vector or table as it is stored. */
  readonly plain: (name: string) => string;
  /**
   * The weight of linear layers that share their input, side by side as one matrix `[in, out]` for a product from the right.
   * PyTorch stores each as `[out, in]`.
   */
  readonly matrix: (names: readonly string[]) => string;
  /** The same in int8, one scale a column: names of the matrix and of its scales. */
  readonly int8Matrix: (names: readonly string[]) => { readonly weight: string; readonly scale: string };
  /** The biases of linear layers end to end; null where they have none. */
  readonly bias: (names: readonly string[]) => string | null;
  /**
   * Weight and bias of a norm. A norm without a bias has one part.
   * @param always a bias of zeros where there is none, for operators that count their inputs
   */
  readonly norm: (name: string, always: boolean) => readonly string[];
  /** A table with one row of another added to each of its rows: of two sums in a row, one is made now. */
  readonly tableWithRow: (table: string, rows: string) => string;
  /** Numbers that are made from weights when the model is written. */
  readonly computed: (name: string, dims: readonly number[], data: (read: ReadWeight) => Float32Array) => string;
}

/** Reads a weight's numbers. */
export type ReadWeight = (name: string) => Float32Array;

/** Parameters of an encoder whose weights have been checked. */
export function parametersOf(graph: GraphBuilder, tensors: StoredTensors): Parameters {
  const stored = (name: string) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new RangeError(`weight ${name} was not checked`);
    return tensor;
  };
  const shapeOf = (names: readonly string[]): { rows: number; columns: number } => {
    const shapes = names.map((name) => stored(`${name}.weight`).shape);
    const columns = shapes.reduce((sum, [out = 0]) => sum + out, 0);
    return { rows: shapes[0]?.[1] ?? 0, columns };
  };
  const readMatrix = (names: readonly string[]): Float32Array<ArrayBuffer> => {
    const { rows, columns } = shapeOf(names);
    const matrix = new Float32Array(rows * columns);
    let first = 0;
    for (const name of names) {
      const weight = readFloat32(stored(`${name}.weight`));
      const outputs = weight.length / rows;
      transposeInto(matrix, weight, rows, outputs, columns, first);
      first += outputs;
    }
    return matrix;
  };
  const plain = (name: string): string => {
    const tensor = stored(name);
    return graph.constant({ name, dataType: "float32", dims: tensor.shape, data: () => readFloat32(tensor) });
  };
  return {
    plain,
    matrix(names) {
      const { rows, columns } = shapeOf(names);
      return graph.constant({
        name: `${joined(names)}.weight`,
        dataType: "float32",
        dims: [rows, columns],
        data: () => readMatrix(names),
      });
    },
    int8Matrix(names) {
      const { rows, columns } = shapeOf(names);
      const quantized = () => quantizeColumns(readMatrix(names), rows, columns);
      const weight = `${joined(names)}.weight_int8`;
      const scale = `${joined(names)}.weight_scale`;
      graph.constant({ name: weight, dataType: "int8", dims: [rows, columns], data: () => quantized().values });
      graph.constant({ name: scale, dataType: "float32", dims: [columns], data: () => quantized().scales });
      return { weight, scale };
    },
    bias(names) {
      const having = names.filter((name) => tensors.has(`${name}.bias`));
      if (having.length === 0) return null;
      const { columns } = shapeOf(names);
      const parts = (name: string): Float32Array =>
        having.includes(name) ? readFloat32(stored(`${name}.bias`)) : new Float32Array(shapeOf([name]).columns);
      const data = () => concatenate(names.map(parts));
      return graph.constant({ name: `${joined(names)}.bias`, dataType: "float32", dims: [columns], data });
    },
    norm(name, always) {
      const weight = plain(`${name}.weight`);
      if (tensors.has(`${name}.bias`)) return [weight, plain(`${name}.bias`)];
      if (!always) return [weight];
      const [size = 0] = stored(`${name}.weight`).shape;
      return [
        weight,
        graph.constant({ name: `zeros_${size}`, dataType: "float32", dims: [size], data: new Float32Array(size) }),
      ];
    },
    tableWithRow(table, rows) {
      const [from, of] = [stored(table), stored(rows)];
      const data = () => {
        const sum = readFloat32(from);
        const row = readFloat32({ ...of, shape: [1, of.shape[1] ?? 0] });
        for (let index = 0; index < sum.length; index++)
          sum[index] = (sum[index] ?? 0) + (row[index % row.length] ?? 0);
        return sum;
      };
      return graph.constant({ name: table, dataType: "float32", dims: from.shape, data });
    },
    computed: (name, dims, data) =>
      graph.constant({ name, dataType: "float32", dims, data: () => data((weight) => readFloat32(stored(weight))) }),
  };
}

/** `a.query`, `a.key`, `a.value` as one name: `a.query_key_value`. */
function joined(names: readonly string[]): string {
  const [first = "", ...rest] = names;
  return [first, ...rest.map((name) => name.slice(name.lastIndexOf(".") + 1))].join("_");
}

/** Writes `source` (`columns x rows`) transposed into columns `first…` of a matrix that is `width` wide, in tiles that fit the cache. */
function transposeInto(
  target: Float32Array,
  source: Float32Array,
  rows: number,
  columns: number,
  width: number,
  first: number,
): void {
  const tile = 32;
  for (let top = 0; top < rows; top += tile) {
    const bottom = Math.min(rows, top + tile);
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(columns, left + tile);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          target[row * width + first + column] = source[column * rows + row] ?? 0;
        }
      }
    }
  }
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
