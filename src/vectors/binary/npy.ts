import type { FileHandle } from "node:fs/promises";
import { fileError } from "../../errors.ts";
import { pathError } from "../../files/pathError.ts";
import { openRegular } from "../../files/regularFile.ts";
import { openWhole } from "../../files/writeWhole.ts";
import { ownValue } from "../../ownValue.ts";
import type { RunControl } from "../../progress.ts";
import { idsFileOf, idsText, readIdsFile, requireIdOfEachRow } from "../idsFile.ts";
import type { ReadVectorsOptions, ReadVectorsResult, WriteVectorsOptions } from "../vectorFile.ts";
import type { VectorTable } from "../vectorTable.ts";
import { type NumberType, numberBytes } from "./binaryNumbers.ts";
import { readBinaryRows } from "./binaryRows.ts";
import { tableBytes } from "./tableBytes.ts";

/** What the header of an npy file says of a matrix of numbers. */
export interface NpyHeader {
  readonly type: NumberType;
  readonly rows: number;
  readonly columns: number;
  /** First byte of the numbers. */
  readonly start: number;
}

const magic = "\x93NUMPY";
const longestHeader = 65_536;
const typeNames: Readonly<Record<string, NumberType>> = { "<f2": "float16", "<f4": "float32", "<f8": "float64" };

/**
 * Parses the header of an npy file (versions 1 to 3).
 * @param bytes the file's beginning; the header must fit in it
 * @param path named in errors
 * @throws ScidocsError `BAD_INPUT` for anything but a little-endian float matrix in C order
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function parseNpyHeader(bytes: Uint8Array, path: string): NpyHeader {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 0) throw fileError(path, null, "is empty: expected a numpy array");
  if (!text.startsWith(magic)) throw fileError(path, null, "is not an npy file: its first bytes are not those of one");
  const version = bytes[6] ?? 0;
  const lengthBytes = version === 1 ? 2 : 4;
  if (version < 1 || version > 3)
    throw fileError(path, null, `has version ${version} of the npy format; 1 to 3 can be read`);
  if (bytes.length < 8 + lengthBytes) throw fileError(path, null, "is cut off within its header");
  const headerBytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = 8 + lengthBytes + headerBytes;
  if (start > longestHeader)
    throw fileError(path, null, `has a header of ${headerBytes} bytes; a matrix of numbers needs about 100`);
  if (start > bytes.length) throw fileError(path, null, "is cut off within its header");
  const header = headerEntries(text.slice(8 + lengthBytes, start));
  const descr = /^'([^']*)'$/.exec(header?.get("descr") ?? "")?.[1];
  const fortran = header?.get("fortran_order");
  const shape = /^\(([\d,\s]*)\)$/.exec(header?.get("shape") ?? "")?.[1];
  if (descr === undefined || fortran === undefined || shape === undefined || header?.size !== 3) {
    throw fileError(
      path,
      null,
      "has a header that is not descr, fortran_order and shape of a plain array, each of them once",
    );
  }
  const type = ownValue(typeNames, descr);
  if (type === undefined) {
    throw fileError(path, null, `holds numbers of type ${descr}; save it with .astype("<f4"), or as <f2 or <f8`);
  }
  if (fortran === "True") throw fileError(path, null, "is in Fortran order; save it with numpy.ascontiguousarray");
  const sizes = shape
    .split(",")
    .filter((size) => size.trim() !== "")
    .map(Number);
  const [rows, columns] = sizes;
  if (rows === undefined || columns === undefined || sizes.length !== 2 || !sizes.every(Number.isSafeInteger)) {
    throw fileError(path, null, `has shape (${shape}); expected (papers, dimensions)`);
  }
  if (columns === 0 && rows > 0) throw fileError(path, null, "holds vectors of 0 numbers");
  return { type, rows, columns, start };
}

/** The entries of a header, which is a dictionary as Python writes it; null for anything else, and where a key comes twice. */
function headerEntries(text: string): Map<string, string> | null {
  const dictionary = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (dictionary === undefined) return null;
  const entries = new Map<string, string>();
  const entry = /\s*'(\w+)'\s*:\s*('[^']*'|True|False|\([\d,\s]*\))\s*(?:,|$)/y;
  let end = 0;
  for (let match = entry.exec(dictionary); match !== null; match = entry.exec(dictionary)) {
    const [, key = "", value = ""] = match;
    if (entries.has(key)) return null;
    entries.set(key, value);
    end = entry.lastIndex;
  }
  return dictionary.slice(end).trim() === "" ? entries : null;
}

/** The header of a float matrix, version 1, padded as numpy pads it. */
export function npyHeader(rows: number, columns: number, wide: boolean): Buffer {
  const dictionary = `{'descr': '${wide ? "<f8" : "<f4"}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const unpadded = 10 + dictionary.length + 1;
  const padding = (64 - (unpadded % 64)) % 64;
  const header = Buffer.from(`${magic}\x01\x00\0\0${dictionary}${" ".repeat(padding)}\n`, "latin1");
  header.writeUInt16LE(header.length - 10, 8);
  return header;
}

async function readHead(file: FileHandle): Promise<{ bytes: Uint8Array; size: number }> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.min(size, longestHeader));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  return { bytes: bytes.subarray(0, bytesRead), size };
}

/**
 * Reads a numpy matrix, one row a paper, with the papers' ids from the file beside it (see `idsFile.ts`).
 * @throws ScidocsError `NOT_FOUND`, or `BAD_INPUT` for another kind of array, a file that was cut off, and ids that are
 * missing or do not fit
 */
export async function readNpy(
  path: string,
  options: ReadVectorsOptions,
  control: RunControl,
): Promise<ReadVectorsResult> {
  let head: { bytes: Uint8Array; size: number };
  try {
    const file = await openRegular(path);
    head = await readHead(file).finally(() => file.close());
  } catch (error) {
    throw pathError(path, error);
  }
  const { type, rows, columns, start } = parseNpyHeader(head.bytes, path);
  const end = start + rows * columns * numberBytes[type];
  if (end !== head.size) {
    const what = head.size < end ? "is cut off" : "holds more than its header says";
    throw fileError(
      path,
      null,
      `${what}: ${rows} rows of ${columns} numbers end at byte ${end}, the file at ${head.size}`,
    );
  }
  const papers = await readIdsFile(path);
  requireIdOfEachRow(path, rows, papers);
  return readBinaryRows({ path, start, type, dimensions: columns, ...papers }, options, control);
}

/**
 * Writes a numpy matrix, and the papers' ids beside it. A reader never meets the vectors of one run with the ids of
 * another: the old matrix goes before its ids do.
 * @throws ScidocsError `BAD_INPUT` when the place cannot be written, `INTERRUPTED` when stopped
 */
export async function writeNpy(
  path: string,
  table: VectorTable,
  _options: WriteVectorsOptions,
  control: RunControl,
): Promise<void> {
  const matrix = await openWhole(path);
  try {
    await matrix.write(npyHeader(table.ids.length, table.dimensions, table.data instanceof Float64Array));
    for (const bytes of tableBytes(table, control)) await matrix.write(bytes);
    const ids = await openWhole(idsFileOf(path));
    await ids.write(idsText({ ids: table.ids, emptyIds: [...table.emptyIds] }));
    await matrix.removeOld();
    await ids.commit();
  } catch (error) {
    await matrix.discard();
    throw error;
  }
  await matrix.commit();
}
