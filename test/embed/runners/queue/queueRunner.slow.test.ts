import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { EmbeddingPlan } from "../../../../src/embed/plan.ts";
import { onArrival } from "../../../../src/embed/runners/queue/presence.ts";
import { parseQueueAddress } from "../../../../src/embed/runners/queue/queueAddress.ts";
import { openQueueConnection, type QueueConnection } from "../../../../src/embed/runners/queue/queueConnection.ts";
import { keyPrefix, queueName, resultKey } from "../../../../src/embed/runners/queue/queueNames.ts";
import { queueRunner } from "../../../../src/embed/runners/queue/queueRunner.ts";
import { openQueueWorker, type QueueWorker } from "../../../../src/embed/runners/queue/queueWorker.ts";
import type { OpenRunner, Parcel } from "../../../../src/embed/runners/runner.ts";
import { threadRunner } from "../../../../src/embed/runners/threadRunner.ts";
import type { Encoder } from "../../../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../../../src/encoders/resolveEncoder.ts";
import { parcelsOf } from "./parcelsOf.ts";
import { hasRedis, type RedisServer, startRedis } from "./redisServer.ts";

/** The vectors of all parcels by a runner. */
async function vectorsBy(runner: OpenRunner, parcels: readonly Parcel[]): Promise<Float32Array[][]> {
  const replies = await Promise.all(parcels.map((parcel) => runner.run(parcel)));
  return replies.map((batches) => batches.map(({ vectors }) => vectors));
}

describe.skipIf(!hasRedis)("a queue of parcels", () => {
  let redis: RedisServer;
  let server: Redis;
  let encoder: Encoder;
  beforeAll(async () => {
    redis = await startRedis();
    server = new Redis(redis.port);
    server.on("error", () => {});
    encoder = await resolveEncoder("mini");
  });
  afterAll(async () => {
    server.disconnect();
    await redis.stop();
  });

  const openWorker = (connection: QueueConnection, notes: string[] = []): Promise<QueueWorker> => {
    const onNote = (note: string): number => notes.push(note);
    return openQueueWorker({
      connection,
      encoder,
      threads: 1,
      name: "w",
      onnxruntime: "1",
      onNote,
      onFailure: () => {},
    });
  };
  const openRunner = (plan: EmbeddingPlan, notes: string[] = [], patienceMs?: number): Promise<OpenRunner> => {
    const address = parseQueueAddress(redis.url);
    return queueRunner({ address, onnxruntime: "1", patienceMs, onNote: (note) => notes.push(note) }).open(plan, {});
  };

  it("gives two runs at once the vectors that threads of this process give, and leaves nothing behind", async () => {
    const notes: string[] = [];
    const plans = await Promise.all(["one", "two"].map((name) => parcelsOf(encoder, name)));
    const expected = [];
    for (const { plan, parcels } of plans) {
      const local = await threadRunner(1).open(plan, {});
      expected.push(await vectorsBy(local, parcels));
      await local.close();
    }
    const connection = await openQueueConnection(parseQueueAddress(redis.url));
    const worker = await openWorker(connection, notes);
    const runners = await Promise.all(plans.map(({ plan }) => openRunner(plan, notes)));
    const got = await Promise.all(runners.map((runner, at) => vectorsBy(runner, plans[at]!.parcels)));
    expect(got).toEqual(expected);
    for (const runner of runners) {
      expect(runner.detail()).toMatch(/^1 worker \(w/);
      expect((await runner.notes())[0]).toContain("by 1 worker:");
      await runner.close();
    }
    await worker.close();
    expect(await server.keys("*")).toEqual([]);
    connection.close();
    expect(notes).toEqual([]);
  });

  it("ends with the error and the papers of a parcel that fails three times", async () => {
    const { plan, parcels } = await parcelsOf(encoder, "bad");
    let tried = 0;
    const worker = new Worker(
      queueName(plan),
      async () => {
        tried += 1;
        throw new Error("out of memory");
      },
      { connection: { host: "127.0.0.1", port: redis.port }, prefix: keyPrefix },
    );
    worker.on("error", () => {});
    const runner = await openRunner(plan);
    const first = parcels[0]!.batches[0]!.texts[0]!.paperIds[0];
    await expect(runner.run(parcels[0]!)).rejects.toThrow(
      new RegExp(`could not be embedded in 3 attempts: out of memory; they are ${first}\\b`),
    );
    expect(tried).toBe(3);
    await expect(runner.run(parcels[1]!)).rejects.toThrow(/out of memory/);
    await runner.close();
    await worker.close();
  });

  it("rejects what is under way when the run is stopped", async () => {
    const { plan, parcels } = await parcelsOf(encoder, "stopped");
    const stop = new AbortController();
    const address = parseQueueAddress(redis.url);
    const runner = await queueRunner({ address, onnxruntime: "1", onNote: () => {} }).open(plan, {
      signal: stop.signal,
    });
    const under = runner.run(parcels[0]!);
    stop.abort();
    await expect(under).rejects.toMatchObject({ code: "INTERRUPTED" });
    await runner.close();
  });

  it("takes away results that nobody asks for any more, and no other run's", async () => {
    const { plan, parcels } = await parcelsOf(encoder, "orphans");
    const connection = await openQueueConnection(parseQueueAddress(redis.url));
    const [own, other] = [resultKey(queueName(plan), "pOrphan"), resultKey("embed-of-another", "pOrphan")];
    for (const key of [own, other]) await connection.redis.set(key, "x", "EX", 600);
    const worker = await openWorker(connection);
    const runner = await openRunner(plan);
    await vectorsBy(runner, parcels.slice(0, 2));
    await runner.close();
    expect(await server.exists(own)).toBe(0);
    expect(await server.exists(other)).toBe(1);
    await connection.redis.del(other);
    await worker.close();
    connection.close();
  });

  it("is heard of by workers as soon as it is there, not at their next look", async () => {
    const connection = await openQueueConnection(parseQueueAddress(redis.url));
    let heard = 0;
    onArrival(connection, () => heard++);
    const listeners = (): Promise<unknown> => server.pubsub("NUMSUB", `${keyPrefix}:arrivals`);
    await expect.poll(listeners).toEqual([`${keyPrefix}:arrivals`, 1]);
    const { plan } = await parcelsOf(encoder, "heard");
    const runner = await openRunner(plan);
    await expect.poll(() => heard).toBe(1);
    await runner.close();
    connection.close();
  });

  it("ends each of its connections once: a second end would keep the process for two seconds", async () => {
    const connection = await openQueueConnection(parseQueueAddress(redis.url));
    const [ended, open] = [connection.client(), connection.client()];
    await Promise.all([ended.ping(), open.ping()]);
    await ended.quit();
    await expect.poll(() => ended.status).toBe("end");
    const ends = [ended, open].map((client) => vi.spyOn(client, "disconnect"));
    connection.close();
    expect(ends.map((end) => end.mock.calls.length)).toEqual([0, 1]);
  });

  it("ends when Redis takes no more, as one with a full memory or disk, and says what it says", async () => {
    const { plan, parcels } = await parcelsOf(encoder, "full");
    const connection = await openQueueConnection(parseQueueAddress(redis.url));
    const runner = await openRunner(plan, [], 2500);
    await server.config("SET", "maxmemory", "1");
    await expect(runner.run(parcels[0]!)).rejects.toThrow(/refuses to work: .*OOM/);
    await server.config("SET", "maxmemory", "0");
    await runner.close();
    connection.close();
  });

  it("ends when Redis stays away for longer than it is waited for", async () => {
    const { plan, parcels } = await parcelsOf(encoder, "gone");
    const runner = await openRunner(plan, [], 2500);
    const under = runner.run(parcels[0]!);
    await redis.kill();
    await expect(under).rejects.toThrow(
      /has been away for \d+ s \(connect ECONNREFUSED .*\); what was embedded is stored/,
    );
    await runner.close();
    await redis.start();
  });
});
