import { builtFile } from "../threads/builtFile.ts";
import type { Batch } from "./batches.ts";
import type { Encoder } from "./encoder.ts";
import type { InferenceData, InferenceReply, InferenceRequest } from "./inferenceWorker.ts";
import type { PaperText } from "./recipes.ts";
import type { TokenizeData, TokenizedWindow } from "./tokenizeWorker.ts";
import { WorkerCalls } from "./workerCalls.ts";

/** Opens the thread that owns the model's session. */
export function openModel(encoder: Encoder, threads: number): WorkerCalls<InferenceRequest, InferenceReply> {
  const { modelFile, inputs, output, pooling, normalize, provider, deviceId } = encoder;
  const data: InferenceData = { modelFile, inputs, output, pooling, normalize, threads, provider, deviceId };
  return new WorkerCalls(builtFile(import.meta.url, "./inferenceWorker.js"), data);
}

/** Threads that tokenize windows, in turn. */
export class Tokenizers {
  readonly count: number;
  private readonly threads: WorkerCalls<readonly PaperText[], TokenizedWindow>[];
  private next = 0;

  constructor(encoder: Encoder, count: number) {
    const { tokenizer, recipe, maxLength } = encoder;
    const data: TokenizeData = { tokenizer, recipe, maxLength };
    const script = builtFile(import.meta.url, "./tokenizeWorker.js");
    this.count = Math.max(1, count);
    this.threads = Array.from({ length: this.count }, () => new WorkerCalls(script, data));
  }

  encode(texts: readonly PaperText[]): Promise<TokenizedWindow> {
    const thread = this.threads[this.next++ % this.count];
    if (thread === undefined) throw new RangeError("no tokenizing thread");
    return thread.call(texts.map(({ title, abstract }) => ({ title, abstract })));
  }

  close(): void {
    for (const thread of this.threads) thread.close();
  }
}

/** Where each text's tokens begin. */
export function startsOf(lengths: Int32Array): Int32Array {
  const starts = new Int32Array(lengths.length);
  for (let index = 1; index < lengths.length; index++) {
    starts[index] = (starts[index - 1] ?? 0) + (lengths[index - 1] ?? 0);
  }
  return starts;
}

/** The model's request for one batch of a tokenized window. */
export function requestOf(batch: Batch, window: TokenizedWindow, starts: Int32Array): InferenceRequest {
  const lengths = Int32Array.from(batch.members, (member) => window.lengths[member] ?? 0);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  for (const member of batch.members) {
    const start = starts[member] ?? 0;
    const length = window.lengths[member] ?? 0;
    ids.set(window.ids.subarray(start, start + length), offset);
    offset += length;
  }
  const positions = window.positions;
  return {
    ids,
    lengths,
    positions: positions === null ? null : batch.members.map((member) => positions[member] ?? new Int32Array(0)),
  };
}
