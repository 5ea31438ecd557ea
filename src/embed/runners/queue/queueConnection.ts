import type { Redis } from "ioredis";
import { ScidocsError } from "../../../errors.ts";
import { printable } from "../../../printable.ts";
import type { QueueAddress } from "./queueAddress.ts";
import { boundReplies, type QueueCommands, queueCommands, queueReason, silentMs, withinTime } from "./queueCommands.ts";

/** How long opening a connection may take. */
const openMs = 10_000;

/** How long a lost connection is waited for. */
export const patienceMs = 60_000;

/** One connection to Redis, watched: commands wait while it is lost, so it needs a clock of its own. */
export interface QueueConnection {
  readonly redis: QueueCommands;
  readonly address: QueueAddress;
  /** What the server said of itself when the connection was opened. */
  readonly server: ServerFacts;
  /** Asks the server again: it may have been started anew with other settings. */
  readonly facts: () => Promise<ServerFacts>;
  /** Milliseconds since the connection was lost; 0 while there is one. */
  readonly lostForMs: () => number;
  /** What the last failure of the connection was, in words; empty where there was none. */
  readonly lastProblem: () => string;
  /** Another connection, for a part of the queue's library; it ends with this one. */
  readonly client: () => Redis;
  /** Ends every connection, those included that the library has made out of ours and would go on reviving. */
  readonly close: () => void;
}

/**
 * Connects to Redis. The client's code is loaded here and not before.
 * @throws ScidocsError `UNAVAILABLE` when it cannot be reached within ten seconds, refuses, or is not one server; without the password
 */
export async function openQueueConnection(address: QueueAddress): Promise<QueueConnection> {
  const { Redis: Client } = await import("ioredis");
  const redis = new Client({
    ...connectionOptions(address),
    lazyConnect: true,
    connectTimeout: openMs,
    socketTimeout: silentMs,
    retryStrategy: (times) => Math.min(100 * times, 2000),
  });
  boundReplies(redis);
  const commands = queueCommands(redis, address);
  let server: ServerFacts;
  let lastProblem: unknown = null;
  let lostSince: number | null = null;
  // Without a listener, a lost connection would end the process.
  redis.on("error", (error: Error) => {
    lastProblem = error;
  });
  redis.on("close", () => {
    lostSince ??= performance.now();
  });
  redis.on("ready", () => {
    lostSince = null;
  });
  try {
    await withinTime(redis.connect(), openMs);
    // The client goes on in database 0 where the one that it was told is not there.
    await withinTime(redis.select(address.database), openMs);
    await withinTime(redis.ping(), openMs);
    server = await withinTime(serverFacts(commands), openMs);
    requireOneServer(server, address);
  } catch (cause) {
    redis.disconnect();
    if (cause instanceof ScidocsError) throw cause;
    const reason = queueReason(address, lastProblem ?? cause);
    throw new ScidocsError("UNAVAILABLE", `${address.shown}: no queue can be reached there: ${reason}`, { cause });
  }
  const made: Redis[] = [redis];
  const tracked = (client: Redis): Redis => {
    client.on("error", () => {});
    boundReplies(client);
    made.push(client);
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (override) => tracked(duplicate(override));
    return client;
  };
  return {
    redis: commands,
    address,
    server,
    facts: () => serverFacts(commands),
    client: () => tracked(new Client(connectionOptions(address))),
    lostForMs: () => (lostSince === null ? 0 : performance.now() - lostSince),
    lastProblem: () => (lastProblem === null ? "" : queueReason(address, lastProblem)),
    close: () => {
      // To end one that has ended leaves the client a timer of two seconds, which the process would wait for.
      for (const client of made) if (client.status !== "end") client.disconnect();
    },
  };
}

/** What both our own connection and those of the queue's library are opened with. */
export function connectionOptions({ host, port, database, tls, username, password }: QueueAddress) {
  return {
    host,
    port,
    db: database,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    // Commands wait for a lost connection to come back; how long, this program decides.
    maxRetriesPerRequest: null,
    // A host with both kinds of addresses is tried with both.
    family: 0,
  };
}

/** What a Redis says of itself. */
export interface ServerFacts {
  /** `Redis 7.0.15`, `Valkey 8.0.1`. */
  readonly version: string;
  /** `standalone`, `cluster` or `sentinel`. */
  readonly mode: string;
  readonly evictionPolicy: string;
  readonly maxMemoryBytes: number;
  readonly usedMemoryBytes: number;
  /** Whether it survives a restart with what it holds. */
  readonly appendOnly: boolean;
}

/** A size that a Redis tells, in bytes; 0, which it says where there is none, for anything else. */
const bytesOf = (text: string | null): number => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : 0);

/**
 * Asks a Redis about itself.
 * @throws ScidocsError `UNAVAILABLE` where that is not allowed: the queue's library asks the same
 */
async function serverFacts(redis: QueueCommands): Promise<ServerFacts> {
  const info = String(await redis.info());
  const field = (name: string): string | null => {
    const text = new RegExp(`^${name}:(.*?)\r?$`, "m").exec(info)?.[1];
    return text === undefined ? null : printable(text);
  };
  const valkey = field("valkey_version");
  return {
    version: valkey === null ? `Redis ${field("redis_version") ?? "of an unknown version"}` : `Valkey ${valkey}`,
    mode: field("redis_mode") ?? field("server_mode") ?? "standalone",
    evictionPolicy: field("maxmemory_policy") ?? "unknown",
    maxMemoryBytes: bytesOf(field("maxmemory")),
    usedMemoryBytes: bytesOf(field("used_memory")),
    appendOnly: field("aof_enabled") === "1",
  };
}

/**
 * Refuses what spreads its keys over servers, or knows servers only: the queue's library takes several keys at once.
 * @throws ScidocsError `UNAVAILABLE`
 */
function requireOneServer({ mode }: ServerFacts, { shown }: QueueAddress): void {
  if (mode !== "cluster" && mode !== "sentinel") return;
  throw new ScidocsError(
    "UNAVAILABLE",
    `${shown}: its mode is ${mode}, and a queue needs a single Redis or Valkey (mode standalone)`,
  );
}

/**
 * Refuses a Redis that may drop work in silence when its memory is full.
 * @throws ScidocsError `UNAVAILABLE`
 */
export function requireNoEviction({ evictionPolicy, maxMemoryBytes }: ServerFacts, { shown }: QueueAddress): void {
  if (maxMemoryBytes === 0 || evictionPolicy === "noeviction" || evictionPolicy === "unknown") return;
  throw new ScidocsError(
    "UNAVAILABLE",
    `${shown}: with maxmemory-policy ${evictionPolicy} it drops work in silence when its memory is full; set it to noeviction`,
  );
}

/** Closes a part of the queue's library, which would wait for ever for a Redis that is gone. */
export async function closed(part: { close: () => Promise<void>; disconnect: () => Promise<void> }): Promise<void> {
  const soon = (closing: Promise<void>): Promise<void> =>
    Promise.race([closing.catch(() => {}), new Promise<void>((resolve) => setTimeout(resolve, 2000).unref())]);
  await soon(part.close());
  await soon(part.disconnect());
}
