import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cutBatches } from "../../../../src/embed/batches.ts";
import { planEmbedding } from "../../../../src/embed/plan.ts";
import { requestOf, startsOf } from "../../../../src/embed/runners/encoderThreads.ts";
import { parseQueueAddress } from "../../../../src/embed/runners/queue/queueAddress.ts";
import { openQueueConnection } from "../../../../src/embed/runners/queue/queueConnection.ts";
import { queueRunner } from "../../../../src/embed/runners/queue/queueRunner.ts";
import { openQueueWorker } from "../../../../src/embed/runners/queue/queueWorker.ts";
import type { Parcel } from "../../../../src/embed/runners/runner.ts";
import { threadRunner } from "../../../../src/embed/runners/threadRunner.ts";
import { openTokenizers } from "../../../../src/embed/runners/tokenizers.ts";
import { resolveEncoder } from "../../../../src/encoders/resolveEncoder.ts";
import { hasRedis, type RedisServer, startRedis } from "./redisServer.ts";

describe.skipIf(!hasRedis)("a queue of parcels", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it("gives the vectors that threads of this process give", async () => {
    const encoder = await resolveEncoder("mini");
    const papers = Array.from({ length: 60 }, (_, at) => ({
      id: `p${at}`,
      title: `paper number ${at} ${"of many words ".repeat(at % 7)}`,
      abstract: "abstract ".repeat((at * 37) % 90),
    }));
    const plan = await planEmbedding([{ file: "a", papers }], encoder);
    const tokenizers = openTokenizers(encoder, 1);
    const window = plan.newWindows[0]!;
    const tokenized = await tokenizers.encode(window.texts);
    await tokenizers.close();
    const starts = startsOf(tokenized.lengths);
    const batches = cutBatches(tokenized.lengths, window.batchTokens).map((batch) => ({
      texts: batch.members.map((member) => window.texts[member]!),
      request: requestOf(batch, tokenized, starts),
    }));
    const parcels: Parcel[] = [];
    for (let at = 0; at < batches.length; at += 2) parcels.push({ batches: batches.slice(at, at + 2) });

    const local = await threadRunner(1).open(plan, {});
    const expected = await Promise.all(parcels.map((parcel) => local.run(parcel)));
    await local.close();

    const address = parseQueueAddress(redis.url);
    const connection = await openQueueConnection(address);
    const notes: string[] = [];
    const worker = await openQueueWorker({
      connection,
      encoder,
      threads: 1,
      name: "w",
      onnxruntime: "1",
      onNote: (note) => notes.push(note),
    });
    const runner = await queueRunner({ address, onnxruntime: "1", onNote: (note) => notes.push(note) }).open(plan, {});
    const got = await Promise.all(parcels.map((parcel) => runner.run(parcel)));
    for (const [at, replies] of got.entries()) {
      expect(replies.map(({ vectors }) => vectors)).toEqual(expected[at]!.map(({ vectors }) => vectors));
    }
    expect(runner.detail()).toMatch(/^1 worker \(w/);
    expect((await runner.notes())[0]).toContain("by 1 worker:");
    await runner.close();
    await worker.close();
    expect(await connection.redis.keys("*")).toEqual([]);
    connection.close();
    expect(notes).toEqual([]);
  });
});
