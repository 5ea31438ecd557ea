import type { FedInput, Feeding } from "../../encoders/encoder.ts";
import { type Tensor, tensor } from "../../onnx/runtime.ts";

/** Token ids of some texts, end to end. */
export interface TokenRows {
  readonly ids: Int32Array;
  readonly lengths: Int32Array;
  /** Where each text's ids begin. */
  readonly starts: Int32Array;
  /** Positions that a recipe chooses, per text. */
  readonly positions: readonly Int32Array[] | null;
}

/** Texts that go through a model together, as numbers of rows; a row may be there twice, to fill a fixed batch. */
export interface RowGroup {
  readonly rows: readonly number[];
  /** How many of the rows count; those after them fill up. */
  readonly count: number;
  /** Tokens that each is padded to. */
  readonly width: number;
}

/**
 * Splits a batch into what the model can take at once: all of it as a rule, texts of equal length where there is no mask that would hide
 * padding, and as many texts and tokens as a model with fixed sizes has been exported for.
 */
export function groupRows(lengths: Int32Array, feeding: Feeding): RowGroup[] {
  const widest = (rows: readonly number[]): number => rows.reduce((most, row) => Math.max(most, lengths[row] ?? 0), 0);
  const all = Array.from(lengths, (_, row) => row);
  const alike = feeding.padded ? [all] : [...groupBy(all, (row) => lengths[row] ?? 0).values()];
  return alike.flatMap((rows): RowGroup[] => {
    const size = feeding.fixedBatch ?? rows.length;
    const groups: RowGroup[] = [];
    for (let start = 0; start < rows.length; start += size) {
      const some = rows.slice(start, start + size);
      const filler = new Array<number>(feeding.fixedBatch === null ? 0 : size - some.length).fill(some.at(-1) ?? 0);
      const whole = [...some, ...filler];
      groups.push({ rows: whole, count: some.length, width: feeding.fixedTokens ?? widest(whole) });
    }
    return groups;
  });
}

function groupBy(rows: readonly number[], key: (row: number) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

/** One padded input of a group: ids, mask, token types (all 0), places, or the positions that the recipe chooses. */
export function inputTensor(input: FedInput, texts: TokenRows, group: RowGroup, feeding: Feeding): Tensor {
  const { rows, width } = group;
  const values = new Int32Array(rows.length * width);
  for (const [index, row] of rows.entries()) {
    const target = values.subarray(index * width, (index + 1) * width);
    const length = texts.lengths[row] ?? 0;
    const start = texts.starts[row] ?? 0;
    if (input.role === "ids") target.set(texts.ids.subarray(start, start + length));
    else if (input.role === "mask") target.fill(1, 0, length);
    // Padding has a place as well, which must be one of the table's; its mask keeps it out.
    else if (input.role === "places")
      for (let token = 0; token < length; token++) target[token] = feeding.firstPlace + token;
    else if (input.role === "words") for (const position of texts.positions?.[row] ?? []) target[position] = 1;
  }
  const dims = [rows.length, width];
  switch (input.type) {
    case "int64": {
      // A 64-bit integer below 2^31 is its low half and a zero: filling halves avoids a BigInt a token.
      const halves = new Int32Array(2 * values.length);
      for (let index = 0; index < values.length; index++) halves[2 * index] = values[index] ?? 0;
      return tensor("int64", new BigInt64Array(halves.buffer), dims);
    }
    case "int32":
      return tensor("int32", values, dims);
    case "bool":
      return tensor("bool", Uint8Array.from(values), dims);
    case "float32":
      return tensor("float32", Float32Array.from(values), dims);
    case "float16":
      // Only masks are fed so, and 1 is 0x3c00.
      return tensor(
        "float16",
        Uint16Array.from(values, (value) => (value === 1 ? 0x3c00 : 0)),
        dims,
      );
  }
}
