import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { realpath, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Weights of at least so many bytes are worth mapping. */
const leastTensorBytes = 1 << 16;
/** Models smaller than this are opened as they are. */
const leastModelBytes = 64e6;

/** A model that stands in for another one while it is opened. */
export interface MappedModel {
  readonly file: string;
  readonly bytes: number;
  readonly remove: () => Promise<void>;
}

/**
 * Makes a stand-in for a model that holds its weights itself: the same graph, whose large weights are external data that lie in the
 * model's own file. ONNX Runtime maps external data into memory, where sessions share it, instead of reading it two times over.
 * The stand-in is small, lies beside the model (external data must) and is removed once the sessions are open.
 * @returns null where nothing would be gained, or where no file can be written beside the model
 */
export async function mapModel(modelFile: string): Promise<MappedModel | null> {
  try {
    const { size } = await stat(modelFile);
    if (size < leastModelBytes) return null;
    // Models in download caches are often links; the data must lie in the folder of the stand-in.
    const target = await realpath(modelFile);
    const content = detachFile(target, size);
    if (content === null) return null;
    const file = join(dirname(target), `.scidocs-${randomBytes(6).toString("hex")}.onnx`);
    await writeFile(file, content, { flag: "wx" });
    return { file, bytes: content.length, remove: () => rm(file, { force: true }) };
  } catch {
    // A folder that cannot be written, or a file that the session will complain about in better words.
    return null;
  }
}

/** Reads only what is not a large weight: the file is not taken into memory. */
function detachFile(file: string, size: number): Buffer | null {
  const descriptor = openSync(file, "r");
  try {
    const read: ReadBytes = (start, end) => {
      const bytes = Buffer.alloc(end - start);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, start));
    };
    return detachWeights(read, size, basename(file));
  } finally {
    closeSync(descriptor);
  }
}

/** Bytes `start` to `end` of a model. */
type ReadBytes = (start: number, end: number) => Buffer;

/** One protobuf field: its number and wire type, where it starts, and where its content lies. */
interface Field {
  readonly number: number;
  readonly wire: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/**
 * A model whose large `raw_data` (TensorProto, field 9) of initializers is replaced by references into the file that it came from
 * (external_data = 13, data_location = 14); everything else is copied as it stands.
 * @param read reads the model's bytes; weights are never asked for
 * @returns null when there is no such weight
 * @throws RangeError for bytes that are not a model
 */
export function detachWeights(read: ReadBytes, size: number, location: string): Buffer | null {
  let detached = 0;
  const tensor = (start: number, end: number): Buffer => {
    const fields = [...fieldsOf(read, start, end)];
    const raw = fields.find(({ number }) => number === 9);
    if (raw === undefined || raw.end - raw.contentStart < leastTensorBytes) return read(start, end);
    detached++;
    const entry = (key: string, value: string): Buffer =>
      delimited(13, Buffer.concat([delimited(1, Buffer.from(key)), delimited(2, Buffer.from(value))]));
    return Buffer.concat([
      ...fields.filter((field) => field !== raw).map((field) => read(field.start, field.end)),
      entry("location", location),
      entry("offset", String(raw.contentStart)),
      entry("length", String(raw.end - raw.contentStart)),
      Buffer.from([14 * 8, 1]),
    ]);
  };
  const rewritten = (
    start: number,
    end: number,
    number: number,
    content: (start: number, end: number) => Buffer,
  ): Buffer =>
    Buffer.concat(
      [...fieldsOf(read, start, end)].map((field) =>
        field.number === number && field.wire === 2
          ? delimited(number, content(field.contentStart, field.end))
          : read(field.start, field.end),
      ),
    );
  const result = rewritten(0, size, 7, (start, end) => rewritten(start, end, 5, tensor));
  return detached === 0 ? null : result;
}

function* fieldsOf(read: ReadBytes, start: number, end: number): Generator<Field> {
  let position = start;
  const varint = (): number => {
    // The longest varint has 10 bytes.
    const bytes = read(position, Math.min(end, position + 10));
    let value = 0;
    for (const [index, byte] of bytes.entries()) {
      value += (byte & 127) * 128 ** index;
      if (byte < 128) {
        position += index + 1;
        return value;
      }
    }
    throw new RangeError("a field is cut off");
  };
  while (position < end) {
    const fieldStart = position;
    const key = varint();
    const wire = key & 7;
    let contentStart = position;
    if (wire === 0) varint();
    else if (wire === 1 || wire === 5) position += wire === 1 ? 8 : 4;
    else if (wire === 2) {
      const length = varint();
      contentStart = position;
      position += length;
    } else throw new RangeError(`wire type ${wire}`);
    if (position > end) throw new RangeError("a field is cut off");
    yield { number: Math.floor(key / 8), wire, start: fieldStart, contentStart, end: position };
  }
}

/** A length-delimited field. */
function delimited(number: number, content: Buffer): Buffer {
  return Buffer.concat([varintBytes(number * 8 + 2), varintBytes(content.length), content]);
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
