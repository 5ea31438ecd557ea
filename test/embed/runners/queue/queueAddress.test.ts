import { describe, expect, it } from "vitest";
import type { EmbeddingPlan } from "../../../../src/embed/plan.ts";
import { differences, misfit } from "../../../../src/embed/runners/queue/presence.ts";
import { parseQueueAddress } from "../../../../src/embed/runners/queue/queueAddress.ts";
import { isOwnQueue, isQueueName, parcelsVersion, queueName } from "../../../../src/embed/runners/queue/queueNames.ts";
import { ScidocsError } from "../../../../src/errors.ts";

describe("the address of a queue", () => {
  it("is taken apart, with defaults", () => {
    expect(parseQueueAddress("redis://head")).toEqual({
      host: "head",
      port: 6379,
      database: 0,
      tls: false,
      username: null,
      password: null,
      shown: "redis://head:6379/0",
    });
    expect(parseQueueAddress("rediss://ann:p%40ss@[::1]:7000/3")).toEqual({
      host: "::1",
      port: 7000,
      database: 3,
      tls: true,
      username: "ann",
      password: "p@ss",
      shown: "rediss://[::1]:7000/3",
    });
  });

  it("takes a password from the environment where it has none", () => {
    const env = { SCIDOCS_QUEUE_PASSWORD: "from-env" };
    expect(parseQueueAddress("redis://head", env).password).toBe("from-env");
    expect(parseQueueAddress("redis://:own@head", env).password).toBe("own");
  });

  it.each([
    "head:6379",
    "http://:geheim@head",
    "redis://:geheim@head/zero",
    "redis://:geheim@head/0?tls=true",
    "redis://",
    "geheim",
  ])("is refused without being repeated: %s", (address) => {
    let message = "";
    try {
      parseQueueAddress(address);
    } catch (error) {
      if (error instanceof ScidocsError) message = error.message;
    }
    expect(message).toContain("expected redis://HOST:6379/0");
    expect(message).not.toContain("geheim");
  });
});

describe("a queue's name", () => {
  it("says which builds understand what lies in it", () => {
    const [of, older] = ["0123456789ab-0123456789ab", "embed-0123456789ab-0123456789ab"];
    const names = [older, `embed-1-${of}`, `embed-${parcelsVersion}-${of}`, `embed-${parcelsVersion + 1}-${of}`];
    expect(names.map(isQueueName)).toEqual([true, true, true, true]);
    expect(names.map(isOwnQueue)).toEqual([false, false, true, false]);
    const plan = { encoder: { fingerprint: "a".repeat(64) }, texts: [], batchTokens: 512 };
    expect(isOwnQueue(queueName(plan as unknown as EmbeddingPlan))).toBe(true);
  });
});

describe("what differs between two models", () => {
  it("is told setting by setting, long values cut", () => {
    const wanted = { model: "a".repeat(64), pooling: "cls", maxLength: 512, extra: null };
    expect(differences(wanted, wanted)).toBe("");
    expect(differences(wanted, { ...wanted, pooling: "mean", model: "b".repeat(64), steps: "normalize" })).toBe(
      "model bbbbbbbbbbbb… instead of aaaaaaaaaaaa…, pooling mean instead of cls, steps normalize instead of nothing",
    );
  });

  it("is told where nothing but the program differs", () => {
    const wanted = { settings: { pooling: "cls" }, scidocs: "0.2.0" };
    expect(misfit(wanted, { ...wanted, settings: { pooling: "mean" } })).toBe("pooling mean instead of cls");
    expect(misfit(wanted, { ...wanted, scidocs: "0.1.0" })).toMatch(/^scidocs 0\.1\.0 instead of 0\.2\.0, which makes/);
    expect(misfit(wanted, wanted)).toMatch(/^another build of scidocs 0\.2\.0, which makes/);
  });
});
