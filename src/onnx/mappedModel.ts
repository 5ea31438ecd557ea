import { randomBytes } from "node:crypto";
import { closeSync } from "node:fs";
import { realpath, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { openRegularSync } from "../files/regularFile.ts";
import { ProtobufMessage } from "./protobuf.ts";
import { fieldsOf, fileBytes, type ReadBytes } from "./protobufFields.ts";

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
 * @param others names of further files that weights lie in
 * @returns null where nothing would be gained, or where no file can be written beside the model
 */
export async function mapModel(modelFile: string, others: readonly string[] = []): Promise<MappedModel | null> {
  try {
    const { size } = await stat(modelFile);
    if (size < leastModelBytes) return null;
    // Models in download caches are often links; the data must lie in the folder of the stand-in.
    const target = await realpath(modelFile);
    // Beside the target of a link may lie other files of the same names.
    if (others.length > 0 && dirname(target) !== (await realpath(dirname(modelFile)))) return null;
    const content = detachFile(target);
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
function detachFile(file: string): Uint8Array | null {
  const descriptor = openRegularSync(file);
  try {
    const { read, size } = fileBytes(descriptor);
    return detachWeights(read, size, basename(file));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * A model whose large `raw_data` (TensorProto, field 9) of initializers is replaced by references into the file that it came from
 * (external_data = 13, data_location = 14); everything else is copied as it stands.
 * @param read reads the model's bytes; weights are never asked for
 * @returns null when there is no such weight
 * @throws RangeError for bytes that are not a model
 */
export function detachWeights(read: ReadBytes, size: number, location: string): Uint8Array | null {
  let detached = 0;
  const copied = (message: ProtobufMessage, start: number, end: number): ProtobufMessage =>
    message.encoded(Uint8Array.from(read(start, end)));
  const tensor = (start: number, end: number): ProtobufMessage => {
    const message = new ProtobufMessage();
    const fields = [...fieldsOf(read, start, end)];
    const [raw, ...others] = fields.filter(({ number }) => number === 9);
    if (raw === undefined || raw.end - raw.contentStart < leastTensorBytes) return copied(message, start, end);
    // Bytes that are there twice, or elsewhere as well: which of them count is for ONNX Runtime to say.
    if (others.length > 0 || fields.some(({ number }) => number === 13 || number === 14))
      return copied(message, start, end);
    detached++;
    for (const field of fields) if (field !== raw) copied(message, field.start, field.end);
    const entry = (key: string, value: string): ProtobufMessage =>
      new ProtobufMessage().string(1, key).string(2, value);
    return message
      .message(13, entry("location", location))
      .message(13, entry("offset", String(raw.contentStart)))
      .message(13, entry("length", String(raw.end - raw.contentStart)))
      .integer(14, 1);
  };
  const rewritten = (
    start: number,
    end: number,
    number: number,
    content: (start: number, end: number) => ProtobufMessage,
  ): ProtobufMessage => {
    const message = new ProtobufMessage();
    for (const field of fieldsOf(read, start, end)) {
      if (field.number === number && field.wire === 2) message.message(number, content(field.contentStart, field.end));
      else copied(message, field.start, field.end);
    }
    return message;
  };
  const result = rewritten(0, size, 7, (start, end) => rewritten(start, end, 5, tensor));
  return detached === 0 ? null : Buffer.concat([...result.chunks()]);
}
