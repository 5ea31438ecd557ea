import { throwIfAborted } from "../../errors.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { openThreads, type Threads } from "../../threads/threads.ts";

/** What the worker is told: read on to `bytes`, read to `bytes` and answer with the MD5, or forget the file. */
export interface HashCommand {
  readonly type: "advance" | "finish" | "drop";
  readonly id: number;
  readonly path: string;
  readonly bytes: number;
}

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

/** Starts the worker at the first use. */
export function openFileHasher(signal?: AbortSignal): FileHasher {
  let thread: Threads<HashCommand, string | null> | null = null;
  let nextId = 0;
  const send = (command: HashCommand): Promise<string | null> => {
    thread ??= openThreads({ script: builtFile(import.meta.url, "./downloadHashWorker.js"), callsEach: Infinity });
    return thread.call(command);
  };
  /** Nobody waits for this answer: the `finish` that follows opens the file anew and meets the same error. */
  const post = (command: HashCommand): void => void send(command).catch(() => {});

  const open = (path: string): GrowingHash => {
    let id = nextId++;
    return {
      advance: (bytes) => post({ type: "advance", id, path, bytes }),
      finish: async (bytes) => {
        throwIfAborted(signal);
        return String(await send({ type: "finish", id, path, bytes }));
      },
      restart: () => {
        post({ type: "drop", id, path, bytes: 0 });
        // A new number, because commands for the old one may still be under way.
        id = nextId++;
      },
    };
  };
  const close = async (): Promise<void> => {
    await thread?.close();
    thread = null;
  };
  return { open, close };
}
