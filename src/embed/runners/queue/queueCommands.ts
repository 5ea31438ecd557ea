import type { Redis } from "ioredis";
import { ScidocsError } from "../../../errors.ts";
import { printable } from "../../../printable.ts";
import { withoutSecrets } from "../../apis/secrets.ts";
import type { QueueAddress } from "./queueAddress.ts";

/** The commands that this program itself gives to Redis; the queue's library has connections of its own. */
const commandNames = [
  "ping",
  "info",
  "set",
  "mget",
  "del",
  "expire",
  "getdelBuffer",
  "sadd",
  "srem",
  "smembers",
  "scan",
  "publish",
] as const;

/** A Redis whose refusals are errors of ours: of another type, read only, full, not allowed. */
export type QueueCommands = Pick<Redis, (typeof commandNames)[number]>;

/** Milliseconds after which a server that has a question of ours and says nothing counts as lost: a network may drop both ways in silence. */
export const silentMs = 20_000;

/** A promise that is given up after so long. */
export async function withinTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a server says of a failure, fit for a terminal; one that is hostile, or a proxy, may say the password back. */
export function queueReason({ password }: QueueAddress, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return printable(withoutSecrets(reason, password === null ? [] : [password]), 200);
}

/** What a server says that it will say again: not allowed, of another type, of another server, not known to it. */
const lastingRefusal =
  /\b(NOPERM|NOAUTH|WRONGPASS|WRONGTYPE|CROSSSLOT|MOVED|ERR unknown (sub)?command|can't run this command)\b/i;

/** Kinds of refusals that are told of. */
export const mostTold = 20;

/** Whether an error is a server's refusal, as against a connection that is lost; and whether it will pass. */
export function refusalOf(error: unknown): "lasting" | "passing" | null {
  const cause = error instanceof ScidocsError && error.cause !== undefined ? error.cause : error;
  // Of the client's errors only these have begun as an answer.
  if (!(cause instanceof Error) || cause.name !== "ReplyError") return null;
  return lastingRefusal.test(cause.message) ? "lasting" : "passing";
}

/** Says each refusal once, where nothing but time is lost by it. */
export function tellOnce(onNote: (note: string) => void, address: QueueAddress): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    const reason = queueReason(address, error);
    if (refusalOf(error) === null || told.has(reason) || told.size >= mostTold) return;
    told.add(reason);
    onNote(`${address.shown} refuses what makes this quick: ${reason}`);
  };
}

/** The commands of a connection. Every one that fails does so with a ScidocsError `UNAVAILABLE`. */
export function queueCommands(redis: Redis, address: QueueAddress): QueueCommands {
  const refusal = (cause: unknown): never => {
    throw new ScidocsError("UNAVAILABLE", `${address.shown} refuses to work: ${queueReason(address, cause)}`, {
      cause,
    });
  };
  const careful = commandNames.map((name) => {
    const command = redis[name].bind(redis) as (...words: unknown[]) => Promise<unknown>;
    return [name, (...words: unknown[]) => withinTime(command(...words), silentMs).catch(refusal)];
  });
  return Object.fromEntries(careful) as QueueCommands;
}

/** The longest answer to one question, in bytes: a parcel and its vectors have some hundred thousand. */
const longestReply = 16 * 2 ** 20;

/**
 * Ends a connection on which a single answer grows without end: the client's library would collect it until memory runs out. What ends so
 * comes back by itself, or counts as lost.
 */
export function boundReplies(client: Redis): void {
  client.on("connect", () => {
    const { stream } = client;
    let asked: unknown;
    let bytes = 0;
    stream.on("data", (chunk: Uint8Array) => {
      // Answers come in the order of the questions: as long as the first one waits, all that comes is its answer.
      const first = client.commandQueue.peekFront();
      if (first !== asked) bytes = 0;
      asked = first;
      bytes += chunk.length;
      if (bytes > longestReply) {
        stream.destroy(new Error(`one of its answers has over ${longestReply / 2 ** 20} MiB, which none of ours has`));
      }
    });
  });
}
