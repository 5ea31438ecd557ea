import { statSync } from "node:fs";
import type { Encoder } from "../../encoders/encoder.ts";
import { isShipped } from "../../encoders/modelFiles.ts";
import { readModelSignature } from "../../encoders/modelSignature.ts";
import { isThere } from "../../files/isThere.ts";
import { type MappedModel, mapModel } from "../../onnx/mappedModel.ts";
import type { Provider } from "../../onnx/session.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { openThreads } from "../../threads/threads.ts";
import type { Batch } from "../batches.ts";
import { type ModelSession, openForeign } from "./foreignModel.ts";
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

/** Threads, or processes, that each own a session of the model; a call goes to the one with the least to do. */
export class Models {
  /** Sessions that there will be when all have been opened. */
  readonly count: number;
  private readonly openSession: () => ModelSession;
  private readonly sessions: { session: ModelSession; waiting: number }[] = [];
  private closed = false;

  private readonly mapped: MappedModel | null;

  private constructor(count: number, mapped: MappedModel | null, openSession: () => ModelSession) {
    this.count = count;
    this.mapped = mapped;
    this.openSession = openSession;
    this.openNext();
  }

  /**
   * Opens the first session; the others follow when there is work for them.
   * @param signal aborting it rejects every call: at once, or when the batch under way is done
   */
  static async open(encoder: Encoder, threads: number, signal?: AbortSignal): Promise<Models> {
    const { modelFile, inputs, feeding, output, otherOutputs, pooling, skippedTokens, steps } = encoder;
    const { provider, deviceId } = encoder;
    const isForeign = encoder.source === "onnx" && !isShipped(modelFile);
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
      isForeign,
      threads: threadsEach,
      provider,
      deviceId,
    };
    const script = builtFile(import.meta.url, "./inferenceWorker.js");
    // A session's next batch waits in its thread, so that it begins at once.
    const openSession = (): ModelSession =>
      isForeign
        ? openForeign(data, weights, signal)
        : openThreads<InferenceRequest, InferenceReply>({ script, data, callsEach: Infinity, native: true, signal });
    return new Models(sessions, mapped, openSession);
  }

  async call(request: InferenceRequest): Promise<InferenceReply> {
    const chosen = this.sessions.reduce((least, other) => (other.waiting < least.waiting ? other : least));
    chosen.waiting++;
    try {
      const reply = await chosen.session.call(request);
      // Loading a model takes a multiple of its size for a moment, so that sessions open one after the other, beside the work.
      if (chosen === this.sessions.at(-1)) this.openNext();
      return reply;
    } finally {
      chosen.waiting--;
    }
  }

  /** Ends all sessions, each after the batch that it is at. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.sessions.map(({ session }) => session.close()));
    await this.mapped?.remove();
  }

  private openNext(): void {
    if (this.closed) return;
    // All are open: nobody needs the stand-in any more, and a kill from here on leaves nothing behind.
    if (this.sessions.length === this.count) void this.mapped?.remove();
    if (this.sessions.length === this.count) return;
    this.sessions.push({ session: this.openSession(), waiting: 0 });
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
