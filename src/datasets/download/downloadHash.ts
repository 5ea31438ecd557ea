import { Worker } from "node:worker_threads";
import { fileError, throwIfAborted } from "../../errors.ts";
import { builtFile } from "../../threads/builtFile.ts";

/** What the worker is told: read on to `bytes`, read to `bytes` and answer, or forget the file. */
export type HashCommand =
  | { readonly type: "advance" | "finish"; readonly id: number; readonly path: string; readonly bytes: number }
  | { readonly type: "drop"; readonly id: number };

/** The worker's answer to `finish`. */
export type HashReply =
  | { readonly id: number; readonly md5: string; readonly problem: null }
  | { readonly id: number; readonly md5: null; readonly problem: string };

/** The MD5 of one file while it grows. */
export interface GrowingHash {
  /** The file holds at least this many bytes that will not change. */
  readonly advance: (bytes: number) => void;
  /** The MD5 of the first `bytes` bytes, in hex. */
  readonly finish: (bytes: number) => Promise<string>;
  /** Forgets what has been read, because the file starts anew. */
  readonly restart: () => void;
}

/**
 * Computes MD5s in one worker thread that reads the files back while they grow: what is verified is what lies on the disk, bytes kept
 * from an earlier run included, and the thread that receives never hashes.
 */
export interface FileHasher {
  readonly open: (path: string) => GrowingHash;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly path: string;
  readonly resolve: (md5: string) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the worker at the first use. */
export function openFileHasher(signal?: AbortSignal): FileHasher {
  let worker: Worker | null = null;
  let nextId = 0;
  const waiting = new Map<number, Waiting>();

  const start = (): Worker => {
    const started = new Worker(builtFile(import.meta.url, "./downloadHashWorker.js"));
    started.on("message", (reply: HashReply) => {
      const one = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.problem === null) one?.resolve(reply.md5);
      else one?.reject(fileError(one.path, null, `cannot be read back: ${reply.problem}`));
    });
    started.on("error", (error) => {
      for (const one of waiting.values()) one.reject(error);
      waiting.clear();
    });
    return started;
  };
  const post = (command: HashCommand): void => {
    worker ??= start();
    worker.postMessage(command);
  };

  const open = (path: string): GrowingHash => {
    let id = nextId++;
    return {
      advance: (bytes) => post({ type: "advance", id, path, bytes }),
      finish: async (bytes) => {
        throwIfAborted(signal);
        return await new Promise<string>((resolve, reject) => {
          waiting.set(id, { path, resolve, reject });
          post({ type: "finish", id, path, bytes });
        });
      },
      restart: () => {
        post({ type: "drop", id });
        // A new number, because commands for the old one may still be under way.
        id = nextId++;
      },
    };
  };
  const close = async (): Promise<void> => {
    await worker?.terminate();
    worker = null;
  };
  return { open, close };
}
