import { Queue, UnrecoverableError, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { EmbeddingPlan } from "../../../../src/embed/plan.ts";
import { encodeReply } from "../../../../src/embed/runners/queue/parcelBytes.ts";
import { coordinatorSigns } from "../../../../src/embed/runners/queue/presence.ts";
import { parseQueueAddress } from "../../../../src/embed/runners/queue/queueAddress.ts";
import { openQueueConnection, type QueueConnection } from "../../../../src/embed/runners/queue/queueConnection.ts";
import { damagedParcel, keyPrefix, queueName, resultKey } from "../../../../src/embed/runners/queue/queueNames.ts";
import { queueRunner } from "../../../../src/embed/runners/queue/queueRunner.ts";
import { openQueueWorker, type QueueWorker } from "../../../../src/embed/runners/queue/queueWorker.ts";
import type { OpenRunner, Parcel } from "../../../../src/embed/runners/runner.ts";
import { threadRunner } from "../../../../src/embed/runners/threadRunner.ts";
import type { Encoder } from "../../../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../../../src/encoders/resolveEncoder.ts";
import { parcelsOf } from "./parcelsOf.ts";
import { hasRedis, type RedisServer, startRedis } from "./redisServer.ts";

describe.skipIf(!hasRedis)("a Redis that loses a part of what it was given", () => {
  let redis: RedisServer;
  let server: Redis;
  let encoder: Encoder;
  let plan: EmbeddingPlan;
  let parcel: Parcel;
  let expected: Float32Array[];
  let worker: QueueWorker | null = null;
  let connection: QueueConnection | null = null;
  let runner: OpenRunner;
  beforeAll(async () => {
    redis = await startRedis([]);
    server = new Redis(redis.port);
    server.on("error", () => {});
    encoder = await resolveEncoder("mini");
    const made = await parcelsOf(encoder, "lost");
    plan = made.plan;
    parcel = made.parcels[0]!;
    const local = await threadRunner(1).open(plan, {});
    expected = (await local.run(parcel)).map(({ vectors }) => vectors);
    await local.close();
  });
  afterEach(async () => {
    await runner.close();
    await worker?.close();
    connection?.close();
    [worker, connection] = [null, null];
    await server.flushall();
  });
  afterAll(async () => {
    server.disconnect();
    await redis.stop();
  });

  const notes: string[] = [];
  const onNote = (note: string): number => notes.push(note);
  const openRunner = async (url = redis.url): Promise<void> => {
    notes.length = 0;
    const options = { address: parseQueueAddress(url), onnxruntime: "1", onNote };
    runner = await queueRunner(options).open(plan, {});
  };
  const workerOptions = { threads: 1, name: "w", onnxruntime: "1", onNote: () => {}, onFailure: () => {} };
  const openWorker = async (url = redis.url, onFailure: (error: Error) => void = () => {}): Promise<void> => {
    connection = await openQueueConnection(parseQueueAddress(url));
    worker = await openQueueWorker({ ...workerOptions, connection, encoder, onFailure });
  };
  /** A worker that does as it likes. */
  const impostor = (embed: (id: string) => Promise<string>): Worker => {
    const options = { connection: { host: "127.0.0.1", port: redis.port }, prefix: keyPrefix };
    const made = new Worker(queueName(plan), ({ id = "" }) => embed(id), options);
    made.on("error", () => {});
    return made;
  };
  const key = (name: string): string => `${keyPrefix}:${queueName(plan)}:${name}`;
  const jobs = async (): Promise<string[]> => (await server.keys(key("p*"))).filter((name) => !name.endsWith(":lock"));
  /** Hands the parcel out, and waits until Redis has it. */
  const handOut = async (): Promise<Promise<Float32Array[]>[]> => {
    const under = runner.run(parcel).then((replies) => replies.map(({ vectors }) => vectors));
    under.catch(() => {});
    await expect.poll(jobs).toHaveLength(1);
    await expect.poll(() => server.llen(key("wait"))).toBe(1);
    // Not awaited by whoever awaits this.
    return [under];
  };

  it.each([
    [
      "a parcel comes damaged to its worker",
      async (job: string) => {
        const data = JSON.parse((await server.hget(job, "data")) ?? "");
        const bytes = Buffer.from(data.requests, "base64");
        // One id of a token becomes another.
        bytes[bytes.length - 4] = bytes[bytes.length - 4]! ^ 1;
        await server.hset(job, "data", JSON.stringify({ ...data, requests: bytes.toString("base64") }));
      },
    ],
    ["a parcel's content is gone", async (job: string) => void (await server.del(job))],
    ["the list that had it is gone", async () => void (await server.del(key("wait")))],
    [
      "everything but its content is gone",
      async (job: string) => {
        const others = (await server.keys("*")).filter((name) => name !== job);
        await server.del(others);
      },
    ],
    ["all is gone", async () => void (await server.flushall())],
  ])("gets it anew, and the vectors are the right ones: %s", async (_, lose) => {
    await openRunner();
    const [under] = await handOut();
    await lose((await jobs())[0]!);
    await openWorker();
    expect(await under).toEqual(expected);
    await runner.close();
    expect(await server.keys(`${keyPrefix}:embed-*`)).toEqual([]);
  });

  it("ends the run with the cause where every time a parcel comes damaged", async () => {
    let tried = 0;
    const damaging = impostor(async () => {
      tried += 1;
      throw new UnrecoverableError(damagedParcel);
    });
    await openRunner();
    await expect(runner.run(parcel)).rejects.toThrow(
      /in 3 attempts: it came damaged to its worker, or without its con/,
    );
    expect(tried).toBe(3);
    await damaging.close();
  });

  it("does not hold against a run that a parcel has failed in the one before", async () => {
    const failing = impostor(async () => {
      throw new Error("no memory");
    });
    await openRunner();
    await expect(runner.run(parcel)).rejects.toThrow(/no memory/);
    await runner.close();
    await failing.close();
    await openRunner();
    await openWorker();
    expect((await runner.run(parcel)).map(({ vectors }) => vectors)).toEqual(expected);
  });

  it("says that a parcel has failed also to a run that may not hear of it", async () => {
    await server.acl("SETUSER", "deaf", "on", ">pw", "~*", "&*", "+@all", "-xread");
    const failing = impostor(async () => {
      throw new Error("no memory");
    });
    await openRunner(redis.url.replace("//", "//deaf:pw@"));
    await expect(runner.run(parcel)).rejects.toThrow(/in 3 attempts: no memory/);
    expect(notes).toEqual([expect.stringMatching(/refuses what makes this quick: NOPERM .* 'xread'/)]);
    await failing.close();
  });

  it.each(["bzpopmin", "evalsha"])(
    "says so at once, and ends a worker whose user may not %s",
    async (command) => {
      await server.acl("SETUSER", "idle", "on", ">pw", "~*", "&*", "+@all", `-${command}`);
      const failures: unknown[] = [];
      await openRunner();
      const [under] = await handOut();
      await openWorker(redis.url.replace("//", "//idle:pw@"), (error) => failures.push(error));
      await expect.poll(() => failures.length, { timeout: 5000 }).toBeGreaterThan(0);
      const message = expect.stringMatching(/refuses what this worker needs: .*(NOPERM|can't run this command)/);
      expect(failures[0]).toMatchObject({ code: "UNAVAILABLE", message });
      const second = await openQueueConnection(parseQueueAddress(redis.url));
      const able = await openQueueWorker({ ...workerOptions, connection: second, encoder });
      await worker?.close();
      expect(await under).toEqual(expected);
      await able.close();
      second.close();
    },
    40_000,
  );

  it("ends the run at once where what the run needs is not allowed", async () => {
    await server.acl("SETUSER", "mute", "on", ">pw", "~*", "&*", "+@all", "-xadd");
    await openRunner(redis.url.replace("//", "//mute:pw@"));
    await expect(runner.run(parcel)).rejects.toThrow(/refuses to work: ERR The user executing the script can't run/);
  });

  it("has a parcel tried again that is due by the clock of a worker hours ahead", async () => {
    let tried = 0;
    const once = impostor(async () => {
      tried += 1;
      throw new Error("not yet");
    });
    await openRunner();
    const under = runner.run(parcel);
    await expect.poll(() => server.zcard(key("delayed")), { timeout: 5000, interval: 5 }).toBe(1);
    await once.close(true);
    const [id = ""] = await server.zrange(key("delayed"), 0, "0");
    // The library's scores are milliseconds, times 4096.
    await server.zadd(key("delayed"), String((Date.now() + 7_200_000) * 4096), id);
    await openWorker();
    expect((await under).map(({ vectors }) => vectors)).toEqual(expected);
    expect(tried).toBe(1);
  }, 20_000);

  it("says when somebody has paused the queue, and goes on when it is let go on", async () => {
    await openRunner();
    await server.hset(key("meta"), "paused", "1");
    await openWorker();
    const under = runner.run(parcel);
    await expect.poll(() => notes, { timeout: 5000 }).toEqual([expect.stringMatching(/has paused the queue embed-/)]);
    const queue = new Queue(queueName(plan), {
      connection: { host: "127.0.0.1", port: redis.port },
      prefix: keyPrefix,
    });
    await queue.resume();
    expect((await under).map(({ vectors }) => vectors)).toEqual(expected);
    await queue.close();
  }, 20_000);

  it("ends the run when it is told to drop work in silence from now on", async () => {
    await openRunner();
    const [under] = await handOut();
    await server.config("SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "100mb");
    await expect(under).rejects.toThrow(/with maxmemory-policy allkeys-lru it drops work in silence/);
    await server.config("SET", "maxmemory-policy", "noeviction", "maxmemory", "0");
  });

  it("keeps nothing for ever of a run that was killed, once somebody looks who is there", async () => {
    await openRunner();
    const [under] = await handOut();
    // The list that is made while nobody looks has no end yet.
    await server.persist(key("wait"));
    // So looks a run that is gone.
    for (const name of await server.keys(`${keyPrefix}:coordinator:*`)) await server.del(name);
    connection = await openQueueConnection(parseQueueAddress(redis.url));
    expect(await coordinatorSigns(connection.redis).all()).toEqual([]);
    const names = await server.keys("*");
    expect(names.length).toBeGreaterThan(4);
    for (const name of names) expect(await server.ttl(name), name).toBeGreaterThan(0);
    await openWorker();
    expect(await under).toEqual(expected);
  });

  it("hands on what a worker's trial of the model has found", async () => {
    const noting = impostor(async (id) => {
      const replies = parcel.batches.map(({ texts }, at) => {
        const vectors = new Float32Array(expected[at]!);
        return { vectors, dimensions: vectors.length / texts.length, elapsedMs: 0 };
      });
      await server.set(
        resultKey(queueName(plan), id),
        encodeReply(id, { worker: "w", note: "It döes\u001b.", replies }),
      );
      return "w";
    });
    await openRunner();
    await runner.run(parcel);
    expect((await runner.notes())[0]).toBe("It döes\\x1b.");
    await noting.close();
  });
});
