import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { fileError } from "../errors.ts";
import { parseJson } from "../files/jsonFile.ts";
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

/** The format's own limit on its header. */
const longestHeader = 100_000_000;

const size = z.number().int().nonnegative();
const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Reads the header of a safetensors file: a 64-bit length, that many bytes of JSON, then the tensors.
 * @returns the tensors' places; their numbers stay in the file
 * @throws ScidocsError for a cut-off file or a header that does not fit it
 */
export function readSafetensors(file: string): StoredTensors {
  using reader = new FileReader(file);
  if (reader.size < 8) throw fileError(file, null, "cut off: it is too short for a safetensors header");
  const headerLength = reader.uint64();
  if (headerLength > longestHeader || headerLength > reader.size - 8) {
    throw fileError(file, null, "not a safetensors file, or cut off: its header is longer than the file");
  }
  const parsed = headerSchema.safeParse(parseTensors(reader.take(headerLength).toString("utf8"), file));
  if (!parsed.success) throw fileError(file, null, `its safetensors header is wrong: ${z.prettifyError(parsed.error)}`);

  const dataStart = 8 + headerLength;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(parsed.data)) {
    const type = typeNames[dtype];
    if (type === undefined) throw fileError(file, null, `tensor ${name}: element type ${dtype} cannot be read`);
    const [begin, finish] = data_offsets;
    if (finish - begin !== sizeOf(shape) * storedTypes[type]) {
      throw fileError(file, null, `tensor ${name}: its offsets do not fit its shape: a damaged file`);
    }
    if (dataStart + finish > reader.size) {
      throw fileError(
        file,
        null,
        `cut off: tensor ${name} should end at byte ${dataStart + finish}, the file at ${reader.size}`,
      );
    }
    const end = dataStart + finish;
    tensors.set(name, { file, type, shape, strides: rowMajorStrides(shape), start: dataStart + begin, end });
  }
  return tensors;
}

/**
 * Reads the tensors of a checkpoint in several safetensors files, from its `model.safetensors.index.json`.
 * @throws ScidocsError when a shard is missing, lacks a tensor, or lies outside the index's folder
 */
export function readShardedSafetensors(indexFile: string): StoredTensors {
  const index = indexSchema.safeParse(parseTensors(readFileSync(indexFile, "utf8"), indexFile));
  if (!index.success) throw fileError(indexFile, null, `is no index of shards: ${z.prettifyError(index.error)}`);
  const shards = new Map<string, StoredTensors>();
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shard] of Object.entries(index.data.weight_map)) {
    if (basename(shard) !== shard) throw fileError(indexFile, null, `shard ${shard} is not a file beside the index`);
    const read = shards.get(shard) ?? readSafetensors(join(dirname(indexFile), shard));
    shards.set(shard, read);
    const tensor = read.get(name);
    if (tensor === undefined)
      throw fileError(indexFile, null, `tensor ${name} is not in ${shard}, where the index has it`);
    tensors.set(name, tensor);
  }
  return tensors;
}

/** The header or index; `__metadata__` is free text beside the tensors. */
function parseTensors(text: string, file: string): unknown {
  const value = parseJson(text, file);
  if (typeof value === "object" && value !== null && "__metadata__" in value) delete value.__metadata__;
  return value;
}
