import { fileError } from "../../../errors.ts";
import type { GraphBuilder } from "../../../onnx/graph.ts";
import { transposed } from "../../../onnx/transposed.ts";
import { printable } from "../../../printable.ts";
import { firstNonFinite } from "../../../tensorFiles/finite.ts";
import { readFloat32, type StoredTensor, type StoredTensors } from "../../../tensorFiles/storedTensor.ts";
import { columnScales, quantizeColumns } from "../../checkpoints/quantize.ts";

/** Puts a checkpoint's weights into a graph, each under its own name, read only when the model is written. */
export interface Parameters {
  /** A vector or table as it is stored. */
  readonly plain: (name: string) => string;
  /** The weight of a linear layer as a matrix `[in, out]` for a product from the right. PyTorch stores it as `[out, in]`. */
  readonly matrix: (name: string) => string;
  /** The same in int8, one scale a column: names of the matrix and of its scales. */
  readonly int8Matrix: (name: string) => { readonly weight: string; readonly scale: string };
  /** The bias of a linear layer; null where it has none. */
  readonly bias: (name: string) => string | null;
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

/**
 * Reads what is multiplied or added. Attention makes finite shares of scores that are no numbers, so that a damaged model would give
 * vectors that look like vectors; a table of words or positions shows what it holds by itself.
 */
function readFinite(name: string, tensor: StoredTensor): Float32Array<ArrayBuffer> {
  const values = readFloat32(tensor);
  const wrong = firstNonFinite(values);
  if (wrong < 0) return values;
  throw fileError(
    tensor.file,
    null,
    `tensor ${printable(name)}: holds ${values[wrong]} at index ${wrong}: a damaged file, or a training that went astray`,
  );
}

/** Parameters of an encoder whose weights have been checked. */
export function parametersOf(graph: GraphBuilder, tensors: StoredTensors): Parameters {
  const stored = (name: string) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new RangeError(`weight ${name} was not checked`);
    return tensor;
  };
  const shapeOf = (name: string): { rows: number; columns: number } => {
    const [columns = 0, rows = 0] = stored(`${name}.weight`).shape;
    return { rows, columns };
  };
  const readMatrix = (name: string): Float32Array<ArrayBuffer> => {
    const { rows, columns } = shapeOf(name);
    return transposed(readFinite(`${name}.weight`, stored(`${name}.weight`)), columns, rows);
  };
  const plain = (name: string): string => {
    const tensor = stored(name);
    return graph.constant({ name, dataType: "float32", dims: tensor.shape, data: () => readFloat32(tensor) });
  };
  const finite = (name: string): string => {
    const tensor = stored(name);
    return graph.constant({ name, dataType: "float32", dims: tensor.shape, data: () => readFinite(name, tensor) });
  };
  return {
    plain,
    matrix(name) {
      const { rows, columns } = shapeOf(name);
      return graph.constant({
        name: `${name}.weight`,
        dataType: "float32",
        dims: [rows, columns],
        data: () => readMatrix(name),
      });
    },
    int8Matrix(name) {
      const { rows, columns } = shapeOf(name);
      const weight = `${name}.weight_int8`;
      const scale = `${name}.weight_scale`;
      graph.constant({
        name: weight,
        dataType: "int8",
        dims: [rows, columns],
        data: () => quantizeColumns(readMatrix(name), rows, columns).values,
      });
      graph.constant({
        name: scale,
        dataType: "float32",
        dims: [columns],
        data: () => columnScales(readMatrix(name), rows, columns),
      });
      return { weight, scale };
    },
    bias: (name) => (tensors.has(`${name}.bias`) ? finite(`${name}.bias`) : null),
    norm(name, always) {
      const weight = finite(`${name}.weight`);
      if (tensors.has(`${name}.bias`)) return [weight, finite(`${name}.bias`)];
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
      graph.constant({
        name,
        dataType: "float32",
        dims,
        data: () => data((weight) => readFinite(weight, stored(weight))),
      }),
  };
}
