import { fileError } from "../errors.ts";
import { parseJson } from "../files/jsonFile.ts";
import { repeatedKey } from "../files/repeatedKey.ts";
import { decodeText } from "../files/utf8.ts";
import { fields, list, text, unlike, wholeFrom } from "../forms.ts";
import { ownValue } from "../ownValue.ts";
import { printable, printableValue } from "../printable.ts";
import { FileReader } from "./fileReader.ts";
import {
  rowMajorStrides,
  type StoredTensor,
  type StoredTensors,
  type StoredType,
  sizeOf,
  storedTypes,
} from "./storedTensor.ts";

const typeNames: Readonly<Record<string, StoredType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
};

/** Bytes of a model's header, which names some thousand tensors in a hundred bytes each; the format itself would allow twelve times as many. */
const longestOfModel = 2 ** 23;

/** Tensors of a file: the largest encoders have some thousand. */
const mostTensors = 50_000;

/** What the header says of a tensor. */
interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly number[];
}

/** A form and no schema, which would tell of each of millions of numbers that are wrong. */
const entryForm = fields({ dtype: text, shape: list(wholeFrom(0)), data_offsets: list(wholeFrom(0)) });

/**
 * Reads the header of a safetensors file: a 64-bit length, that many bytes of JSON, then the tensors.
 * @param longestHeader in bytes, default that of the largest models; a file of vectors has the ids of its papers there
 * @returns the tensors' places; their numbers stay in the file
 * @throws ScidocsError for a cut-off file or a header that does not fit it
 */
export function readSafetensors(file: string, longestHeader = longestOfModel): StoredTensors {
  using reader = new FileReader(file);
  if (reader.size < 8) throw fileError(file, null, "cut off: it is too short for a safetensors header");
  const headerLength = reader.uint64();
  if (headerLength > longestHeader && headerLength <= reader.size - 8) {
    throw fileError(file, null, `its header of ${headerLength} bytes is longer than any of its kind`);
  }
  if (headerLength > reader.size - 8) {
    throw fileError(file, null, "not a safetensors file, or cut off: its header is longer than the file");
  }
  const header = decodeText(reader.take(headerLength), file);
  const repeated = repeatedKey(header);
  if (repeated !== null) throw fileError(file, null, `its header names ${printable(repeated)} twice: a damaged file`);
  const named = parseTensors(header, file);
  const entries = Object.entries(Object(named));
  if (entries.length > mostTensors) {
    throw fileError(file, null, `its header names over ${mostTensors} tensors, more than any encoder has`);
  }
  const dataStart = 8 + headerLength;
  const tensors = new Map<string, StoredTensor>();
  const places: { name: string; begin: number; finish: number }[] = [];
  for (const [name, value] of entries) {
    const entry = entryForm(value);
    if (entry === unlike || (entry as TensorEntry).data_offsets.length !== 2) {
      const there = `tensor ${printable(name)}: ${printableValue(value, 200)}`;
      throw fileError(file, null, `its header is wrong: expected dtype, shape and two data_offsets, found ${there}`);
    }
    const { dtype, shape, data_offsets: offsets } = entry as TensorEntry;
    const type = ownValue(typeNames, dtype);
    if (type === undefined)
      throw fileError(file, null, `tensor ${printable(name)}: element type ${printable(dtype)} cannot be read`);
    const [begin = 0, finish = 0] = offsets;
    if (finish - begin !== sizeOf(shape) * storedTypes[type]) {
      throw fileError(file, null, `tensor ${printable(name)}: its offsets do not fit its shape: a damaged file`);
    }
    const end = dataStart + finish;
    places.push({ name, begin, finish });
    tensors.set(name, { file, type, shape, strides: rowMajorStrides(shape), start: dataStart + begin, end });
  }
  requireCoverage(file, places, reader.size - dataStart);
  return tensors;
}

/**
 * Checks what the format demands and its own readers check: the tensors lie one after the other, without overlap or hole, and fill the
 * file. Moved offsets would otherwise give other weights without a word.
 */
function requireCoverage(
  file: string,
  places: { readonly name: string; readonly begin: number; readonly finish: number }[],
  dataBytes: number,
): void {
  places.sort((a, b) => a.begin - b.begin || a.finish - b.finish);
  let end = 0;
  for (const { name, begin, finish } of places) {
    if (begin !== end || finish < begin) {
      const problem = begin < end ? "overlaps the one before it" : "does not begin where the one before it ends";
      throw fileError(file, null, `tensor ${printable(name)} ${problem}: a damaged file`);
    }
    end = finish;
  }
  if (end > dataBytes) {
    throw fileError(
      file,
      null,
      `cut off: its tensors have ${end} bytes, and ${dataBytes} are there; download it again`,
    );
  }
  if (end < dataBytes) throw fileError(file, null, `${dataBytes - end} bytes follow its last tensor: a damaged file`);
}

/** The header; `__metadata__` is free text beside the tensors. */
function parseTensors(text: string, file: string): unknown {
  const value = parseJson(text, file);
  if (typeof value === "object" && value !== null && "__metadata__" in value) delete value.__metadata__;
  return value;
}
