import type { RunControl } from "../../progress.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { type Threads, withThreads } from "../../threads/threads.ts";
import type { Entries } from "../entries.ts";
import { growingBlock, rowsOf } from "./growingBlock.ts";
import { chunkControl, type JsonLinesJob, type JsonLinesReport } from "./jsonLinesJob.ts";

/**
 * Bytes that a thread takes at a time: small enough for the processor's cache, large enough that threads seldom meet.
 */
const defaultChunkBytes = 2 ** 22;

/** A JSON-lines file and how to read it. */
export interface ThreadedReading {
  readonly path: string;
  readonly size: number;
  readonly dimensions: number;
  /** Whether rows are float64; else float32. */
  readonly wide: boolean;
  readonly needed: ReadonlySet<string> | null;
  readonly threads: number;
  /** For tests; default 4 MiB. */
  readonly chunkBytes?: number | undefined;
}

/**
 * What became of the reading; a `problem` is a line (from 0) that cannot be used, `wide` a number that does not survive
 * as float32.
 */
export type Reading =
  | { readonly kind: "entries"; readonly entries: Entries }
  | { readonly kind: "problem"; readonly line: number; readonly text: string }
  | { readonly kind: "wide" };

/**
 * Reads a plain JSON-lines file with several threads, each taking byte ranges of it. The result does not depend on
 * their number.
 * @throws ScidocsError `BAD_INPUT` when the file cannot be read, `INTERRUPTED` when stopped
 */
export async function readWithThreads(reading: ThreadedReading, control: RunControl = {}): Promise<Reading> {
  const { path, size, dimensions, wide, needed } = reading;
  const chunkBytes = reading.chunkBytes ?? defaultChunkBytes;
  const chunks = Math.ceil(size / chunkBytes);
  const block = growingBlock();
  const job: JsonLinesJob = {
    path,
    size,
    chunkBytes,
    chunks,
    dimensions,
    wide,
    needed,
    block,
    control: chunkControl(chunks),
  };
  const parts: (Extract<JsonLinesReport, { kind: "chunk" }> | undefined)[] = new Array(chunks);
  let done = 0;
  let stop: Exclude<JsonLinesReport, { kind: "chunk" }> | null = null;
  const onReport = (report: JsonLinesReport): void => {
    if (report.kind !== "chunk") {
      stop = report;
      return;
    }
    parts[report.index] = report;
    done++;
    control.onProgress?.({
      stage: "reading vectors",
      done: Math.min(size, done * chunkBytes),
      total: size,
      unit: "bytes",
    });
  };
  const script = builtFile(import.meta.url, "./jsonLinesWorker.js");
  const count = Math.min(reading.threads, chunks);
  await withThreads(
    { script, count, signal: control.signal },
    (threads: Threads<JsonLinesJob, null, JsonLinesReport>) =>
      Promise.all(Array.from({ length: count }, () => threads.call(job, { onProgress: onReport }))),
  );

  const stopped = stop as Exclude<JsonLinesReport, { kind: "chunk" }> | null;
  if (stopped !== null) return stopped;
  const ids: string[] = [];
  const emptyAt: number[] = [];
  let unneededEntries = 0;
  for (const part of parts) {
    if (part === undefined) throw new Error("a chunk was not read");
    for (const position of part.emptyAt) emptyAt.push(ids.length + position);
    for (const id of part.ids) ids.push(id);
    unneededEntries += part.unneeded;
  }
  const length = (ids.length - emptyAt.length) * dimensions;
  const values = rowsOf(block, wide, 0, length);
  return { kind: "entries", entries: { ids, emptyAt, dimensions, values, unneededEntries } };
}
