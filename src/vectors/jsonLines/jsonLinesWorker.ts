import { closeSync, readSync } from "node:fs";
import { fileError, interrupted, ScidocsError } from "../../errors.ts";
import { openRegularSync } from "../../files/regularFile.ts";
import { answerCalls } from "../../threads/inThread.ts";
import { openChunkParser } from "./chunkParser.ts";
import { growTo, rowsOf } from "./growingBlock.ts";
import { type ChunkEnds, chunkChain, type JsonLinesJob, type JsonLinesReport } from "./jsonLinesJob.ts";
import { loadChunk } from "./loadChunk.ts";

// One of several threads that read one JSON-lines file. Chunks are taken in file order, and a chunk's rows go where the
// rows of the chunks before it end, so the table does not depend on who read what. What stops the reading is reported
// by the first chunk of the file that meets it.

/** What a file that cannot be read ends with; any other error is a programmer's. */
function readingError(path: string, error: unknown): unknown {
  if (error instanceof ScidocsError) return error;
  return error instanceof Error && "syscall" in error
    ? fileError(path, null, `cannot be read: ${error.message}`, error)
    : error;
}

answerCalls<JsonLinesJob, null, JsonLinesReport>((job, send) => {
  const chain = chunkChain(job.control);
  const parser = openChunkParser(job);
  const file = openRegularSync(job.path);

  /**
   * Reads one chunk; null where the reading stops here or before. `onOrder` tells where its rows end, before they are
   * copied.
   */
  function readChunk(index: number, onOrder: (ends: ChunkEnds) => void): JsonLinesReport | null {
    const { start, end } = loadChunk(parser, job, index, (target, position) => {
      // The chunk that stopped the reading is an earlier one, so that nobody hears of this.
      if (chain.isOver()) throw interrupted();
      return readSync(file, target, 0, target.length, position);
    });
    const { lines, ids, emptyAt, unneeded, values, survived, problem } = parser.parse(start, end);
    const before = chain.wait(index);
    if (before === null) return null;
    if (problem !== null) return { kind: "problem", line: before.lines + problem.line, text: problem.text };
    if (!survived) return { kind: "wide" };
    const firstByte = before.rows * job.dimensions * values.BYTES_PER_ELEMENT;
    growTo(job.block, firstByte + values.byteLength);
    // The next chunk may go on while this one's rows are copied.
    onOrder({ rows: before.rows + values.length / job.dimensions, lines: before.lines + lines });
    rowsOf(job.block, job.wide, firstByte, values.length).set(values);
    return { kind: "chunk", index, ids, emptyAt, unneeded };
  }

  try {
    for (let index = chain.take(); index < job.chunks && !chain.isOver(); index = chain.take()) {
      let published = false;
      const publish = (ends: ChunkEnds | null): void => {
        published = true;
        chain.publish(index, ends);
      };
      try {
        const report = readChunk(index, publish);
        if (report !== null) send(report);
      } catch (error) {
        const known = readingError(job.path, error);
        // Of those that cannot be read, the first chunk tells.
        if (!(known instanceof ScidocsError) || chain.wait(index) !== null) throw known;
      } finally {
        // Whatever happened, the next chunk's thread must not wait for ever.
        if (!published) publish(null);
      }
    }
    return { value: null };
  } finally {
    closeSync(file);
  }
});
