import { statSync } from "node:fs";
import type { Encoder } from "../../encoders/encoder.ts";
import { readModelSignature } from "../../encoders/modelSignature.ts";
import { isThere } from "../../files/isThere.ts";
import { type MappedModel, mapModel } from "../../onnx/mappedModel.ts";
import type { Provider } from "../../onnx/session.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { openThreads, type Threads } from "../../threads/threads.ts";
import type { Batch } from "../batches.ts";
import type { InferenceData, InferenceReply, InferenceRequest } from "./inference.ts";
import type { TokenizedWindow } from "./tokenizeWorker.ts";

/** How a machine's threads are divided among sessions of a model. */
export interface SessionPlan {
  readonly sessions: number;
  readonly threadsEach: number;
}

/** Size of a model: all its weights, and those that lie in the `.onnx` file itself, which cannot be mapped into memory. */
export interface ModelBytes {
  readonly weights: number;
  readonly inline: number;
}

/** Memory beyond one copy of the model that a run may take, in bytes. */
const spareBytes = 1e9;
/** What the rest of the program takes: tokenizers, texts, vectors. */
const programBytes = 250e6;
/** What a session takes beside its weights. */
const sessionBytes = 50e6;

/**
 * Divides threads among sessions. On a CPU, sessions of one thread each do more together than one session of many (13 % on two
 * cores: no thread waits for another within a layer), but each holds weights of its own, and opening a model that holds its weights
 * itself takes their size once more. There are as many sessions as fit into the model's size plus 1 GB.
 */
export function planSessions(provider: Provider, { weights, inline }: ModelBytes, threads: number): SessionPlan {
  if (provider !== "cpu") return { sessions: 1, threadsEach: threads };
  const fitting = Math.floor((weights + spareBytes - programBytes - inline) / (weights + sessionBytes));
  const sessions = Math.max(1, Math.min(threads, fitting));
  return { sessions, threadsEach: Math.max(1, Math.floor(threads / sessions)) };
}

/** Threads that each own a session of the model; a call goes to the one with the least to do. */
export class Models {
  /** Sessions that there will be when all have been opened. */
  readonly count: number;
  private readonly openThread: () => Threads<InferenceRequest, InferenceReply>;
  private readonly sessions: { thread: Threads<InferenceRequest, InferenceReply>; waiting: number }[] = [];
  private closed = false;

  private readonly mapped: MappedModel | null;

  private constructor(
    count: number,
    mapped: MappedModel | null,
    openThread: () => Threads<InferenceRequest, InferenceReply>,
  ) {
    this.count = count;
    this.mapped = mapped;
    this.openThread = openThread;
    this.openNext();
  }

  /**
   * Opens the first session's thread; the others follow when there is work for them.
   * @param signal aborting it rejects every call: at once, or when the batch under way is done
   */
  static async open(encoder: Encoder, threads: number, signal?: AbortSignal): Promise<Models> {
    const { modelFile, inputs, feeding, output, otherOutputs, pooling, skippedTokens, steps } = encoder;
    const { provider, deviceId } = encoder;
    const weights = encoder.files.reduce((sum, { bytes }) => sum + bytes, 0);
    const mapped =
      provider === "cpu" && threads > 1 ? await mapModel(modelFile, readModelSignature(modelFile).externalFiles) : null;
    const inline = mapped?.bytes ?? (isThere(modelFile) ? statSync(modelFile).size : 0);
    const { sessions, threadsEach } = planSessions(provider, { weights, inline }, threads);
    const data: InferenceData = {
      modelFile,
      mappedFile: mapped?.file ?? null,
      inputs,
      feeding,
      output,
      otherOutputs,
      pooling,
      skippedTokens,
      steps,
      isForeign: encoder.source === "onnx",
      threads: threadsEach,
      provider,
      deviceId,
    };
    const script = builtFile(import.meta.url, "./inferenceWorker.js");
    // A session's next batch waits in its thread, so that it begins at once.
    const openSession = (): Threads<InferenceRequest, InferenceReply> =>
      openThreads({ script, data, callsEach: Infinity, native: true, signal });
    return new Models(sessions, mapped, openSession);
  }

  async call(request: InferenceRequest): Promise<InferenceReply> {
    const session = this.sessions.reduce((least, other) => (other.waiting < least.waiting ? other : least));
    session.waiting++;
    try {
      const reply = await session.thread.call(request);
      // Loading a model takes a multiple of its size for a moment, so that sessions open one after the other, beside the work.
      if (session === this.sessions.at(-1)) this.openNext();
      return reply;
    } finally {
      session.waiting--;
    }
  }

  /** Ends all sessions, each after the batch that it is at. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.sessions.map(({ thread }) => thread.close()));
    await this.mapped?.remove();
  }

  private openNext(): void {
    if (this.closed) return;
    // All are open: nobody needs the stand-in any more, and a kill from here on leaves nothing behind.
    if (this.sessions.length === this.count) void this.mapped?.remove();
    if (this.sessions.length === this.count) return;
    this.sessions.push({ thread: this.openThread(), waiting: 0 });
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
