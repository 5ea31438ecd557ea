import { basename } from "node:path";
import { throwIfAborted } from "../errors.ts";
import { openWhole } from "../files/writeWhole.ts";
import type { RunControl } from "../progress.ts";
import { bytesOf, encodeModel, isExternal } from "./encode.ts";
import { type Initializer, initializerBytes, type Model } from "./model.ts";

/** A protobuf message must stay below 2 GiB; a model nears that with its weights alone. */
const largestMessage = 2 ** 31 - 2 ** 24;

/** Tensors below this stay in the model file even when the others lie outside. */
const smallTensor = 1024;

/** ONNX Runtime maps external tensors into memory, which wants them to begin at a page. */
const pageBytes = 4096;

/** The file that the weights of a large model go into. */
export function dataFileOf(path: string): string {
  return `${path}.data`;
}

export interface WriteModelOptions {
  /** From how many bytes on the weights go into a file of their own; default what protobuf can hold. */
  readonly externalAbove?: number;
}

/**
 * Writes a model to a file, tensor by tensor, so that no more than one of them is in memory. A model above 2 GB gets a second file,
 * `<name>.data`, which belongs beside it. Each file appears when it is whole, the model last.
 * @returns the paths written, the model first
 * @throws ScidocsError `INTERRUPTED`, or `BAD_INPUT` when the place cannot be written; nothing is left then
 */
export async function writeModel(
  path: string,
  model: Model,
  options: WriteModelOptions = {},
  control: RunControl = {},
): Promise<string[]> {
  const total = model.initializers.reduce((sum, initializer) => sum + initializerBytes(initializer), 0);
  const shareOf = shareOfWork(model.initializers);
  const tell = (done: number): void =>
    control.onProgress?.({ stage: "writing the model", done, total, unit: "bytes", share: shareOf(done) });
  const outside = total > (options.externalAbove ?? largestMessage);
  const dataFile = dataFileOf(path);
  const split = outside ? splitModel(model, basename(dataFile)) : { model, tensors: [] };

  let written = 0;
  if (outside) {
    await write(dataFile, paged(split.tensors));
  }
  await write(path, encodeModel(split.model).chunks());
  return outside ? [path, dataFile] : [path];

  async function write(file: string, chunks: Iterable<Uint8Array>): Promise<void> {
    const pending = await openWhole(file);
    try {
      for (const chunk of chunks) {
        throwIfAborted(control.signal);
        await pending.write(chunk);
        written += chunk.byteLength;
        tell(Math.min(written, total));
      }
    } catch (error) {
      await pending.discard();
      throw error;
    }
    await pending.commit();
  }
}

/** What a byte of int8 takes beside one that is written as it is: it is made by quantising four bytes, element by element. */
const quantizedByteWork = 20;

/** The share of a model's work that is done when so many bytes of its tensors are written. */
function shareOfWork(initializers: readonly Initializer[]): (written: number) => number {
  const parts = initializers.map((initializer) => {
    const bytes = initializerBytes(initializer);
    return { bytes, work: bytes * (initializer.dataType === "int8" ? quantizedByteWork : 1) };
  });
  const total = parts.reduce((sum, { work }) => sum + work, 0);
  return (written) => {
    let [left, done] = [written, 0];
    for (const { bytes, work } of parts) {
      if (left < bytes) return total === 0 ? 1 : (done + (work * left) / bytes) / total;
      left -= bytes;
      done += work;
    }
    return 1;
  };
}

/** Gives every large tensor its place in another file. */
function splitModel(model: Model, location: string): { model: Model; tensors: Initializer[] } {
  const tensors: Initializer[] = [];
  let offset = 0;
  const initializers = model.initializers.map((initializer) => {
    const length = initializerBytes(initializer);
    if (length < smallTensor || isExternal(initializer.data)) return initializer;
    const placed = { ...initializer, data: { location, offset, length } };
    tensors.push(initializer);
    offset += roundUp(length);
    return placed;
  });
  return { model: { ...model, initializers }, tensors };
}

function* paged(tensors: readonly Initializer[]): Generator<Uint8Array> {
  for (const { data, ...tensor } of tensors) {
    if (isExternal(data)) continue;
    yield bytesOf(typeof data === "function" ? data() : data);
    const length = initializerBytes(tensor);
    yield new Uint8Array(roundUp(length) - length);
  }
}

function roundUp(length: number): number {
  return Math.ceil(length / pageBytes) * pageBytes;
}
