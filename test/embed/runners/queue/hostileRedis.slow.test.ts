import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diagnoseQueue } from "../../../../src/embed/runners/queue/diagnoseQueue.ts";
import { encodeReply } from "../../../../src/embed/runners/queue/parcelBytes.ts";
import { coordinatorSigns, workerSigns } from "../../../../src/embed/runners/queue/presence.ts";
import { parseQueueAddress } from "../../../../src/embed/runners/queue/queueAddress.ts";
import { openQueueConnection } from "../../../../src/embed/runners/queue/queueConnection.ts";
import { keyPrefix, queueName, resultKey } from "../../../../src/embed/runners/queue/queueNames.ts";
import { queueRunner } from "../../../../src/embed/runners/queue/queueRunner.ts";
import { openQueueWorker } from "../../../../src/embed/runners/queue/queueWorker.ts";
import type { OpenRunner } from "../../../../src/embed/runners/runner.ts";
import type { Encoder } from "../../../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../../../src/encoders/resolveEncoder.ts";
import { watchedRun } from "../../../attack/watchedRun.ts";
import { freshFolder } from "../../../cli/runScidocs.ts";
import { parcelsOf } from "./parcelsOf.ts";
import { hasRedis, type RedisServer, startRedis } from "./redisServer.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

/** Something that listens where a Redis should be. */
async function listen(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    answer(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `redis://:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Says a beginning, and then the same again and again. */
const withoutEnd = (head: string, piece: string) => (socket: Socket) => {
  const pieces = Buffer.from(piece.repeat(2 ** 16));
  const more = (): void => {
    while (!socket.destroyed && socket.write(pieces));
    socket.once("drain", more);
  };
  socket.once("data", () => {
    socket.write(head);
    more();
  });
};

describe("what listens where a Redis should be", () => {
  it.each([
    ["a text", withoutEnd("$2000000000\r\n", "A")],
    ["a list", withoutEnd("*1000000000\r\n", ":1\r\n")],
    ["a line", withoutEnd("+", "A")],
  ])("may answer with %s without end and takes no more memory than an answer may have", async (_, answer) => {
    const url = await listen(answer);
    const { exitCode, stderr, peakBytes } = await watchedRun(freshFolder(), ["doctor", "--queue", url]);
    expect(stderr).toContain("no queue can be reached there: one of its answers has over 16 MiB");
    expect(exitCode).toBe(2);
    if (peakBytes !== null) expect(peakBytes).toBeLessThan(700 * 2 ** 20);
  });

  it("may say the password back and colours: neither is shown", async () => {
    // One refusal for each command: the client may send several in one piece.
    const url = await listen((socket) =>
      socket.on("data", (chunk) => {
        const commands = String(chunk).match(/^\*\d+\r$/gm)?.length ?? 0;
        socket.write("-ERR \u001b[31mred hunter2\r\n".repeat(commands));
      }),
    );
    const { exitCode, stderr } = await watchedRun(freshFolder(), ["doctor", "--queue", url]);
    expect(stderr).toContain("no queue can be reached there: ERR \\x1b[31mred ***");
    expect(exitCode).toBe(2);
  });

  it("may say nothing at all", async () => {
    const { exitCode, stderr } = await watchedRun(freshFolder(), ["doctor", "--queue", await listen(() => {})]);
    expect(stderr).toContain("no answer within 10 s");
    expect(exitCode).toBe(2);
  });
});

describe.skipIf(!hasRedis)("a Redis that does not do as it should", () => {
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

  /** What each of the three that speak with a Redis makes of it. */
  async function refusals(url: string): Promise<unknown[]> {
    const address = parseQueueAddress(url);
    const { plan } = await parcelsOf(encoder, "refused");
    const work = async (): Promise<void> => {
      const connection = await openQueueConnection(address);
      const options = { threads: 1, name: "w", onnxruntime: "1", onNote: () => {}, onFailure: () => {} };
      await openQueueWorker({ connection, encoder, ...options }).finally(() => connection.close());
    };
    const outcomes = await Promise.allSettled([
      diagnoseQueue(address),
      queueRunner({ address, onnxruntime: "1", onNote: () => {} }).open(plan, {}),
      work(),
    ]);
    return outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason : "fulfilled"));
  }
  const refusal = (message: RegExp) =>
    expect.objectContaining({ code: "UNAVAILABLE", message: expect.stringMatching(message) });

  it("is an error that says so, where keys of ours are of another type", async () => {
    await server.set(`${keyPrefix}:workers`, "x");
    await server.set(`${keyPrefix}:coordinators`, "x");
    const errors = await refusals(redis.url);
    await server.flushall();
    expect(errors).toEqual(Array(3).fill(refusal(/127\.0\.0\.1:\d+\/0 refuses to work: WRONGTYPE/)));
  });

  it("is an error that says so, where its user may not ask what it is", async () => {
    await server.acl("SETUSER", "ann", "on", ">pw", "~*", "&*", "+@all", "-info");
    const errors = await refusals(redis.url.replace("//", "//ann:pw@"));
    expect(errors).toEqual(Array(3).fill(refusal(/refuses to work: NOPERM/)));
  });

  it("is an error that says so, where it only follows another", async () => {
    await server.replicaof("127.0.0.1", "1");
    const [diagnosis, ...errors] = await refusals(redis.url);
    await server.replicaof("NO", "ONE");
    expect(diagnosis).toBe("fulfilled");
    expect(errors).toEqual(Array(2).fill(refusal(/refuses to work: READONLY/)));
  });

  it("is an error that says so, where it has no such database: the client would go on in another", async () => {
    const errors = await refusals(redis.url.replace(/0$/, "99"));
    expect(errors).toEqual(Array(3).fill(refusal(/99: no queue can be reached there: ERR DB index is out of range/)));
    expect(await server.keys("*")).toEqual([]);
  });

  it("is an error that says so at once, where it is one of a cluster", async () => {
    const cluster = await startRedis(["--cluster-enabled", "yes"]);
    const errors = await refusals(cluster.url);
    await cluster.stop();
    expect(errors).toEqual(Array(3).fill(refusal(/its mode is cluster, and a queue needs a single Redis/)));
  });

  it("has signs that are too long, too wild or for queues of other names, which count as none", async () => {
    const connection = await openQueueConnection(parseQueueAddress(redis.url));
    const sign = { host: "h", fingerprint: encoder.fingerprint, settings: {}, scidocs: "1", model: null };
    const good = "embed-0123456789ab-0123456789ab";
    const queues = ["a:b", "", "embed-0123456789ab", `${good}\n`, `${good}${"0".repeat(100_000)}`, good];
    for (const [at, queue] of queues.entries()) {
      await server.sadd(`${keyPrefix}:coordinators`, String(at));
      await server.set(`${keyPrefix}:coordinator:${at}`, JSON.stringify({ ...sign, queue }));
    }
    expect((await coordinatorSigns(connection.redis).all()).map(({ queue }) => queue)).toEqual([good]);
    await server.sadd(`${keyPrefix}:workers`, "w");
    await server.set(`${keyPrefix}:worker:w`, `{"id":"w","settings":{${'"a":[],'.repeat(100_000)}"b":1}}`);
    expect(await workerSigns(connection.redis).all()).toEqual([]);
    await server.flushall();
    connection.close();
  });

  /** A worker that answers with whatever it likes, and how often it did. */
  function impostor(queue: string, answerOf: (id: string) => Buffer): { worker: Worker; answers: () => number } {
    let answers = 0;
    const embed = async ({ id = "" }: { id?: string }): Promise<string> => {
      answers += 1;
      await server.set(resultKey(queue, id), answerOf(id));
      return "impostor";
    };
    const worker = new Worker(queue, embed, {
      connection: { host: "127.0.0.1", port: redis.port },
      prefix: keyPrefix,
    });
    worker.on("error", () => {});
    return { worker, answers: () => answers };
  }
  const openRunner = (plan: Parameters<ReturnType<typeof queueRunner>["open"]>[0]): Promise<OpenRunner> =>
    queueRunner({ address: parseQueueAddress(redis.url), onnxruntime: "1", onNote: () => {} }).open(plan, {});

  it.each([
    ["for another parcel", (texts: number) => encodeReply("p1", replyOf(texts, 128))],
    ["of another length", (texts: number, id: string) => encodeReply(id, replyOf(texts, 127))],
    ["of no length", (texts: number, id: string) => encodeReply(id, replyOf(texts, 0))],
    ["of other texts", (texts: number, id: string) => encodeReply(id, replyOf(texts + 1, 128))],
    ["that are none", () => Buffer.from("hello")],
  ])(
    "may give vectors %s: the third time ends the run",
    async (name, answer) => {
      const { plan, parcels } = await parcelsOf({ ...encoder, dimensions: 128 }, name);
      const counts = parcels[0]!.batches.map(({ texts }) => texts.length);
      const texts = counts.reduce((sum, count) => sum + count, 0);
      const { worker, answers } = impostor(queueName(plan), (id) => answer(texts, id));
      const runner = await openRunner(plan);
      await expect(runner.run(parcels[0]!)).rejects.toThrow(
        /in 3 attempts: every reply was damaged, for another parcel/,
      );
      expect(answers()).toBe(3);
      await runner.close();
      await worker.close();
    },
    30_000,
  );
});

function replyOf(texts: number, dimensions: number) {
  return {
    worker: "w",
    note: null,
    replies: [{ vectors: new Float32Array(texts * dimensions).fill(1), dimensions, elapsedMs: 0 }],
  };
}
