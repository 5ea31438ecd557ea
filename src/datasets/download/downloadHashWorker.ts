import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { HashCommand, HashReply } from "./downloadHash.ts";

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

parentPort?.on("message", (command: HashCommand) => {
  const { id } = command;
  try {
    if (command.type === "drop") {
      drop(id);
      return;
    }
    let stream = streams.get(id);
    if (stream === undefined) {
      stream = { descriptor: openSync(command.path, "r"), hash: createHash("md5"), bytes: 0 };
      streams.set(id, stream);
    }
    follow(stream, command.bytes);
    if (command.type === "advance") return;
    const reply: HashReply = { id, md5: stream.hash.digest("hex"), problem: null };
    drop(id);
    parentPort?.postMessage(reply);
  } catch (error) {
    drop(id);
    // An `advance` has nobody waiting; the `finish` that follows opens the file anew and meets the same error.
    if (command.type !== "finish") return;
    const reply: HashReply = { id, md5: null, problem: error instanceof Error ? error.message : String(error) };
    parentPort?.postMessage(reply);
  }
});
