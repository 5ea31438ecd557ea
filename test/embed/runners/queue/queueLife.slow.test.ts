import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseQueueAddress } from "../../../../src/embed/runners/queue/queueAddress.ts";
import { openQueueConnection } from "../../../../src/embed/runners/queue/queueConnection.ts";
import { giveLife } from "../../../../src/embed/runners/queue/queueLife.ts";
import { keyPrefix } from "../../../../src/embed/runners/queue/queueNames.ts";
import { hasRedis, type RedisServer, startRedis } from "./redisServer.ts";

describe.skipIf(!hasRedis)("the life of a queue", () => {
  let redis: RedisServer;
  let server: Redis;
  beforeAll(async () => {
    redis = await startRedis();
    server = new Redis(redis.port);
  });
  afterAll(async () => {
    server.disconnect();
    await redis.stop();
  });

  it("is a day for what has no end, and leaves alone what has one: else nobody looks for workers that were killed", async () => {
    const key = (name: string): string => `${keyPrefix}:q:${name}`;
    await server.rpush(key("wait"), "a");
    await server.set(key("stalled-check"), "1", "EX", 30);
    await server.set(key("limiter"), "1", "EX", 30);
    const connection = await openQueueConnection(parseQueueAddress(redis.url));
    await giveLife(connection.redis, "q");
    connection.close();
    expect(await server.ttl(key("wait"))).toBeGreaterThan(86_000);
    expect(await server.ttl(key("stalled-check"))).toBeLessThanOrEqual(30);
    expect(await server.ttl(key("limiter"))).toBeLessThanOrEqual(30);
  });
});
