import { cpus, hostname } from "node:os";
import { z } from "zod";
import type { Encoder } from "../../../encoders/encoder.ts";
import type { VectorSettings } from "../../../encoders/fingerprint.ts";
import { scidocsVersion } from "../../../version.ts";
import type { QueueCommands } from "./queueCommands.ts";
import type { QueueConnection } from "./queueConnection.ts";
import { giveLife } from "./queueLife.ts";
import { isQueueName, keyPrefix, parcelsVersion, resultSeconds } from "./queueNames.ts";

/** Milliseconds between two signs of life, and how long one counts. */
export const signMs = 2000;
const signLifeMs = 10_000;

const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

const workerSign = z.object({
  id: z.string(),
  name: z.string(),
  host: z.string(),
  fingerprint: z.string(),
  settings,
  scidocs: z.string(),
  onnxruntime: z.string(),
  processor: z.string(),
  provider: z.string(),
  /** Parcels it works on at once. */
  sessions: z.int().positive().max(4096),
  /** See {@link parcelsVersion}; builds before it say nothing. */
  parcels: z.int().default(1),
});

/** What a worker says of itself. */
export type WorkerSign = z.infer<typeof workerSign>;

const coordinatorSign = z.object({
  queue: z.string().refine(isQueueName),
  host: z.string(),
  fingerprint: z.string(),
  settings,
  scidocs: z.string(),
  /** How a worker that sees the same files may open the model; null where that is not offered. */
  model: z.object({ argument: z.string(), options: z.record(z.string(), z.unknown()) }).nullable(),
});

/** What a coordinator says of itself: the queue it fills, and which model's vectors it wants. */
export type CoordinatorSign = z.infer<typeof coordinatorSign>;

/** A worker on this machine. */
export function signOfWorker(
  encoder: Encoder,
  { id, name, sessions, onnxruntime }: { id: string; name: string; sessions: number; onnxruntime: string },
): WorkerSign {
  return {
    id,
    name,
    host: hostname(),
    fingerprint: encoder.fingerprint,
    settings: { ...encoder.settings },
    scidocs: scidocsVersion(),
    onnxruntime,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    provider: encoder.provider,
    sessions,
    parcels: parcelsVersion,
  };
}

/** Signs of one kind that are looked at, and the longest in characters: everybody who can write to the Redis can give any. */
const mostSigns = 4096;
const longestSign = 2 ** 16;

/**
 * The signs of one kind: each lives some seconds under a key of its own, and a set has their names.
 * @param onGone hears of one that was not taken back by whoever gave it
 */
function signs<T>(
  redis: QueueCommands,
  kind: string,
  schema: z.ZodType<T>,
  onGone: (id: string) => Promise<void> = async () => {},
) {
  const set = `${keyPrefix}:${kind}s`;
  const key = (id: string): string => `${keyPrefix}:${kind}:${id}`;
  return {
    give: async (id: string, sign: T): Promise<void> => {
      await redis.set(key(id), JSON.stringify(sign), "PX", signLifeMs);
      await redis.sadd(set, id);
      await redis.expire(set, resultSeconds);
    },
    takeBack: async (id: string): Promise<void> => {
      await redis.srem(set, id);
      await redis.del(key(id));
    },
    all: async (): Promise<T[]> => {
      const ids = (await redis.smembers(set)).slice(0, mostSigns);
      if (ids.length === 0) return [];
      const texts = await redis.mget(ids.map(key));
      const gone = ids.filter((_, at) => texts[at] === null);
      for (const id of gone) await onGone(id);
      if (gone.length > 0) await redis.srem(set, ...gone);
      return texts.flatMap((text) => {
        // What another version of the program says may look otherwise, and is nothing to us.
        const parsed = schema.safeParse(parsedJson(text === null || text.length > longestSign ? "null" : text));
        return parsed.success ? [parsed.data] : [];
      });
    },
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export const workerSigns = (redis: QueueCommands) => signs(redis, "worker", workerSign);
export const coordinatorSigns = (redis: QueueCommands) =>
  signs(redis, "coordinator", coordinatorSign, async (queue) => {
    // A run that was killed: what it and its workers made since its last look has no end of its own.
    if (isQueueName(queue)) await giveLife(redis, queue);
  });

const arrivals = `${keyPrefix}:arrivals`;

/** Tells all who listen at this Redis that somebody new has given a sign, so that nobody waits for the next look. */
export async function announce(redis: QueueCommands): Promise<void> {
  // A Redis that forbids channels costs the wait and nothing else.
  await redis.publish(arrivals, "").catch(() => {});
}

/** Hears of every {@link announce} until the connection ends. */
export function onArrival(connection: QueueConnection, look: () => void): void {
  const listener = connection.client();
  listener.on("message", look);
  listener.subscribe(arrivals).catch(() => {});
}

type Settings = z.infer<typeof settings>;

/** What differs between a model that is wanted and one that is there, in words, also where only the program does. */
export function misfit(
  wanted: { readonly settings: Settings | VectorSettings; readonly scidocs: string },
  here: { readonly settings: Settings | VectorSettings; readonly scidocs: string },
): string {
  const found = differences(wanted.settings, here.settings);
  if (found !== "") return found;
  const program =
    wanted.scidocs === here.scidocs
      ? `another build of scidocs ${here.scidocs}`
      : `scidocs ${here.scidocs} instead of ${wanted.scidocs}`;
  return `${program}, which makes vectors or parcels otherwise; install the same on every machine`;
}

/** What differs between two models' settings, in words; empty when nothing does. */
export function differences(wanted: Settings | VectorSettings, here: Settings | VectorSettings): string {
  const [a, b] = [new Map(Object.entries(wanted)), new Map(Object.entries(here))];
  const shown = (value: unknown): string =>
    value === undefined
      ? "nothing"
      : typeof value === "string" && value.length > 24
        ? `${value.slice(0, 12)}…`
        : String(value);
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((name) => a.get(name) !== b.get(name))
    .map((name) => `${name} ${shown(b.get(name))} instead of ${shown(a.get(name))}`)
    .join(", ");
}
