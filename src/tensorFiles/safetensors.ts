import { z } from "zod";
import { fileError } from "../errors.ts";
import { parseJson } from "../files/jsonFile.ts";
import { decodeText } from "../files/utf8.ts";
import { printable } from "../printable.ts";
import { FileReader } from "./fileReader.ts";
import { repeatedKey } from "./repeatedKey.ts";
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

/** Bytes of a header, which names some thousand tensors in a hundred bytes each; the format itself would allow twelve times as many. */
const longestHeader = 2 ** 23;

/** Tensors of a file: the largest encoders have some thousand. */
const mostTensors = 50_000;

const size = z.number().int().nonnegative();
const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);

/**
 * Reads the header of a safetensors file: a 64-bit length, that many bytes of JSON, then the tensors.
 * @returns the tensors' places; their numbers stay in the file
 * @throws ScidocsError for a cut-off file or a header that does not fit it
 */
export function readSafetensors(file: string): StoredTensors {
  using reader = new FileReader(file);
  if (reader.size < 8) throw fileError(file, null, "cut off: it is too short for a safetensors header");
  const headerLength = reader.uint64();
  if (headerLength > longestHeader && headerLength <= reader.size - 8) {
    throw fileError(file, null, `its header of ${headerLength} bytes is longer than that of any encoder`);
  }
  if (headerLength > reader.size - 8) {
    throw fileError(file, null, "not a safetensors file, or cut off: its header is longer than the file");
  }
  const header = decodeText(reader.take(headerLength), file);
  const repeated = repeatedKey(header);
  if (repeated !== null) throw fileError(file, null, `its header names ${printable(repeated)} twice: a damaged file`);
  const named = parseTensors(header, file);
  // The schema would tell of each one that is wrong, in a kilobyte.
  if (Object.keys(Object(named)).length > mostTensors) {
    throw fileError(file, null, `its header names over ${mostTensors} tensors, more than any encoder has`);
  }
  const parsed = headerSchema.safeParse(named);
  if (!parsed.success) throw fileError(file, null, `its safetensors header is wrong: ${z.prettifyError(parsed.error)}`);

  const dataStart = 8 + headerLength;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(parsed.data)) {
    const type = typeNames[dtype];
    if (type === undefined)
      throw fileError(file, null, `tensor ${printable(name)}: element type ${printable(dtype)} cannot be read`);
    const [begin, finish] = data_offsets;
    if (finish - begin !== sizeOf(shape) * storedTypes[type]) {
      throw fileError(file, null, `tensor ${printable(name)}: its offsets do not fit its shape: a damaged file`);
    }
    const end = dataStart + finish;
    tensors.set(name, { file, type, shape, strides: rowMajorStrides(shape), start: dataStart + begin, end });
  }
  requireCoverage(file, parsed.data, reader.size - dataStart);
  return tensors;
}

/**
 * Checks what the format demands and its own readers check: the tensors lie one after the other, without overlap or hole, and fill the
 * file. Moved offsets would otherwise give other weights without a word.
 */
function requireCoverage(file: string, entries: z.infer<typeof headerSchema>, dataBytes: number): void {
  const places = Object.entries(entries).map(([name, { data_offsets }]) => ({ name, place: data_offsets }));
  places.sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1]);
  let end = 0;
  for (const { name, place } of places) {
    const [begin, finish] = place;
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
