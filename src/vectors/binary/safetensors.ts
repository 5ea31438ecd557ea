import { basename } from "node:path";
import { fileError, firstFew } from "../../errors.ts";
import { requireFewParts } from "../../files/jsonFile.ts";
import { pathError } from "../../files/pathError.ts";
import { openRegular } from "../../files/regularFile.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { list, text, unlike } from "../../forms.ts";
import { printable } from "../../printable.ts";
import type { RunControl } from "../../progress.ts";
import { readSafetensors as readTensors } from "../../tensorFiles/safetensors.ts";
import type { StoredTensor } from "../../tensorFiles/storedTensor.ts";
import { idsFilesOf, type PaperIds, readIdsFile, requireIdOfEachRow } from "../idsFile.ts";
import type { ReadVectorsOptions, ReadVectorsResult, WriteVectorsOptions } from "../vectorFile.ts";
import type { VectorTable } from "../vectorTable.ts";
import { type NumberType, numberBytes } from "./binaryNumbers.ts";
import { readBinaryRows } from "./binaryRows.ts";
import { tableBytes } from "./tableBytes.ts";

/** The tensor that holds the vectors; a file with one matrix may call it as it likes. */
const tensorName = "embeddings";
/** Keys of the header's free text: JSON lists of ids. */
const idsKey = "paper_ids";
const emptyIdsKey = "empty_paper_ids";

/** Bytes of the longest header: the ids of ten million papers, and as long as a text can be. */
const longestHeader = 500e6;

const idList = list(text);

function isNumberType(type: string): type is NumberType {
  return type in numberBytes;
}

/** The tensor with the vectors; a note where it is told by its form among others, and a reader may have meant one of them. */
function vectorsTensor(path: string): { readonly tensor: StoredTensor; readonly notes: readonly string[] } {
  const tensors = readTensors(path, longestHeader);
  const matrices = [...tensors].filter(([, { shape, type }]) => shape.length === 2 && isNumberType(type));
  const named = tensors.get(tensorName);
  const [[name, only] = ["", undefined], ...others] = matrices;
  const found = named ?? (others.length === 0 ? only : undefined);
  if (found !== undefined && found.shape.length === 2 && isNumberType(found.type)) {
    const passedOver = [...tensors.keys()].filter((each) => each !== name).map((each) => printable(each));
    const note = `${basename(path)}: vectors taken from the tensor ${printable(name)}; passed over: ${firstFew(passedOver)}.`;
    return { tensor: found, notes: named !== undefined || passedOver.length === 0 ? [] : [note] };
  }
  const listed = firstFew(
    [...tensors].map(([name, { type, shape }]) => `${printable(name)} ${type}[${shape.slice(0, 20)}]`),
    10,
  );
  throw fileError(
    path,
    null,
    `expected one float tensor of shape [papers, dimensions], or one called ${tensorName}; it holds ${listed || "none"}`,
  );
}

function listedIn(entry: string, path: string): unknown {
  requireFewParts(entry, path);
  try {
    return JSON.parse(entry);
  } catch {
    return null;
  }
}

/** The ids in the header's free text; null when it has none. */
async function readMetadataIds(path: string): Promise<PaperIds | null> {
  const file = await openRegular(path);
  let header: Buffer;
  try {
    // `readTensors` has checked that the header lies within the file.
    const length = Buffer.alloc(8);
    await file.read(length, 0, 8, 0);
    header = Buffer.alloc(Number(length.readBigUInt64LE(0)));
    await file.read(header, 0, header.length, 8);
  } finally {
    await file.close();
  }
  const { __metadata__: metadata } = JSON.parse(header.toString("utf8")) as { __metadata__?: Record<string, unknown> };
  const list = (key: string): string[] | null => {
    const entry = metadata?.[key];
    if (entry === undefined) return null;
    const ids = idList(listedIn(String(entry), path));
    if (ids === unlike) throw fileError(path, null, `the metadata entry ${key} is not a JSON list of ids`);
    return ids as string[];
  };
  const ids = list(idsKey);
  return ids === null ? null : { where: `its ${idsKey}`, ids, emptyIds: list(emptyIdsKey) ?? [] };
}

/**
 * Reads the matrix of a safetensors file, one row a paper. The ids are a JSON list in the header's metadata under
 * `paper_ids`, or in a file beside it.
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` for a file without such a matrix, one that was cut off, and ids that
 * are missing or do not fit
 */
export async function readSafetensors(
  path: string,
  options: ReadVectorsOptions,
  control: RunControl,
): Promise<ReadVectorsResult> {
  let vectors: ReturnType<typeof vectorsTensor>;
  let papers: PaperIds | null;
  try {
    vectors = vectorsTensor(path);
    papers = (await readMetadataIds(path)) ?? (await readIdsFile(path));
  } catch (error) {
    throw pathError(path, error);
  }
  const { tensor, notes } = vectors;
  const [rows = 0, dimensions = 0] = tensor.shape;
  requireIdOfEachRow(path, rows, papers);
  if (dimensions === 0 && rows > 0) throw fileError(path, null, "holds vectors of 0 numbers");
  const type = tensor.type as NumberType;
  const table = await readBinaryRows({ path, start: tensor.start, type, dimensions, ...papers }, options, control);
  return notes.length === 0 ? table : { ...table, notes };
}

/**
 * The ids files of a safetensors file that has no ids in its header.
 * @throws as {@link readSafetensors}
 */
export async function safetensorsIdsBeside(path: string): Promise<readonly string[]> {
  try {
    readTensors(path, longestHeader);
    return (await readMetadataIds(path)) === null ? idsFilesOf(path) : [];
  } catch (error) {
    throw pathError(path, error);
  }
}

function* fileBytes(table: VectorTable, control: RunControl): Generator<Uint8Array> {
  const header = {
    __metadata__: {
      format: "np",
      [idsKey]: JSON.stringify(table.ids),
      [emptyIdsKey]: JSON.stringify([...table.emptyIds]),
    },
    [tensorName]: {
      dtype: table.data instanceof Float64Array ? "F64" : "F32",
      shape: [table.ids.length, table.dimensions],
      data_offsets: [0, table.data.byteLength],
    },
  };
  const text = Buffer.from(JSON.stringify(header), "utf8");
  // Spaces fill the header up, so that the numbers lie where a memory map wants them.
  const length = Math.ceil(text.length / 8) * 8;
  const head = Buffer.alloc(8 + length, " ");
  head.writeBigUInt64LE(BigInt(length), 0);
  text.copy(head, 8);
  yield head;
  yield* tableBytes(table, control);
}

/**
 * Writes a safetensors file: the tensor `embeddings`, and the ids in the header's metadata.
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written, `INTERRUPTED` when stopped; nothing is left then
 */
export async function writeSafetensors(
  path: string,
  table: VectorTable,
  _options: WriteVectorsOptions,
  control: RunControl,
): Promise<void> {
  await writeWhole(path, fileBytes(table, control));
}
