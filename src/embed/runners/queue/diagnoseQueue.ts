import { coordinatorSigns, workerSigns } from "./presence.ts";
import type { QueueAddress } from "./queueAddress.ts";
import { openQueueConnection, requireNoEviction, type ServerFacts } from "./queueConnection.ts";

/** What a queue's Redis offers. */
export interface QueueDiagnosis {
  readonly address: string;
  readonly server: ServerFacts;
  /** Why it cannot be used; null where it can. */
  readonly problem: string | null;
  /** Milliseconds from a question to its answer: the middle one and the slowest of some. */
  readonly latencyMs: { readonly median: number; readonly slowest: number };
  readonly workers: readonly {
    readonly name: string;
    readonly host: string;
    readonly fingerprint: string;
    readonly sessions: number;
  }[];
  /** Runs that hand out work now. */
  readonly runs: readonly { readonly host: string; readonly fingerprint: string }[];
}

const questions = 21;

/**
 * Looks at a queue's Redis: version, memory policy, latency, and who is there.
 * @throws ScidocsError `UNAVAILABLE` when it cannot be reached
 */
export async function diagnoseQueue(address: QueueAddress): Promise<QueueDiagnosis> {
  const connection = await openQueueConnection(address);
  try {
    const { redis, server } = connection;
    const times: number[] = [];
    for (let question = 0; question < questions; question++) {
      const startedAt = performance.now();
      await redis.ping();
      times.push(performance.now() - startedAt);
    }
    times.sort((a, b) => a - b);
    let problem: string | null = null;
    try {
      requireNoEviction(server, address);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    return {
      address: address.shown,
      server,
      problem,
      latencyMs: { median: times[questions >> 1] ?? 0, slowest: times.at(-1) ?? 0 },
      workers: (await workerSigns(redis).all()).map(({ name, host, fingerprint, sessions }) => ({
        name,
        host,
        fingerprint,
        sessions,
      })),
      runs: (await coordinatorSigns(redis).all()).map(({ host, fingerprint }) => ({ host, fingerprint })),
    };
  } finally {
    connection.close();
  }
}
