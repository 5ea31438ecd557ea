import { createHash, type Hash } from "node:crypto";
import { closeSync, readSync } from "node:fs";
import { fileError } from "../../errors.ts";
import { openRegularSync } from "../../files/regularFile.ts";
import { answerCalls } from "../../threads/inThread.ts";
import type { HashCommand } from "./downloadHash.ts";

interface Stream {
  readonly descriptor: number;
  readonly hash: Hash;
  bytes: number;
}

const streams = new Map<number, Stream>();
const buffer = Buffer.allocUnsafe(2 ** 20);

/** Feeds the file's bytes up to `target` to its hash; a file that is shorter is an error. */
function follow(stream: Stream, target: number): void {
  while (stream.bytes < target) {
    const length = readSync(stream.descriptor, buffer, 0, Math.min(buffer.length, target - stream.bytes), stream.bytes);
    if (length === 0) throw new Error("the file became shorter while it was read");
    stream.hash.update(buffer.subarray(0, length));
    stream.bytes += length;
  }
}

function drop(id: number): void {
  const stream = streams.get(id);
  if (stream === undefined) return;
  streams.delete(id);
  closeSync(stream.descriptor);
}

answerCalls<HashCommand, string | null>(({ type, id, path, bytes }) => {
  try {
    if (type === "drop") {
      drop(id);
      return { value: null };
    }
    let stream = streams.get(id);
    if (stream === undefined) {
      stream = { descriptor: openRegularSync(path), hash: createHash("md5"), bytes: 0 };
      streams.set(id, stream);
    }
    follow(stream, bytes);
    if (type === "advance") return { value: null };
    const value = stream.hash.digest("hex");
    drop(id);
    return { value };
  } catch (error) {
    drop(id);
    throw fileError(
      path,
      null,
      `cannot be read back: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
});
