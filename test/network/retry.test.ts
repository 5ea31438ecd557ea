import { setTimeout } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { ScidocsError } from "../../src/errors.ts";
import { isTransientStatus, retryAfterMs, TransientFailure, withRetries } from "../../src/network/retry.ts";
import { impatient } from "../datasets/download/faultyStore.ts";

describe("retryAfterMs", () => {
  const now = Date.parse("Sun, 06 Nov 1994 08:49:37 GMT");
  test.each<[string | null, number | null]>([
    [null, null],
    ["0", 0],
    [" 12 ", 12_000],
    ["Sun, 06 Nov 1994 08:50:07 GMT", 30_000],
    ["Sun, 06 Nov 1994 08:00:00 GMT", 0],
    ["soon", null],
    ["-1", null],
    ["1e3", null],
    ["99999999999", 99_999_999_999_000],
    ["9".repeat(400), Number.MAX_SAFE_INTEGER],
  ])("%j is %j milliseconds", (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});

test("busy, broken and late are worth another try; refused and unknown are not", () => {
  expect([408, 425, 429, 500, 502, 503, 504].every(isTransientStatus)).toBe(true);
  expect([200, 301, 400, 401, 403, 404, 412, 416, 422, 501, 505].some(isTransientStatus)).toBe(false);
});

describe("withRetries", () => {
  const failing = (failures: readonly Error[], value = "done") => {
    let calls = 0;
    return async () => {
      const failure = failures[calls++];
      if (failure !== undefined) throw failure;
      return value;
    };
  };
  const passing = (retryAfter: number | null = null, progressed = false) =>
    new TransientFailure("busy", retryAfter, undefined, progressed);

  test("the wait doubles up to the longest, half of it jitter", async () => {
    const policy = { ...impatient(), longestWaitMs: 2000 };
    await withRetries("x", policy, undefined, failing(Array.from({ length: 5 }, () => passing())));
    expect(policy.waits).toEqual([375, 750, 1500, 1500, 1500]);
  });

  test("a Retry-After longer than our own wait counts, a shorter one does not", async () => {
    const policy = impatient();
    await withRetries("x", policy, undefined, failing([passing(100), passing(9000)]));
    expect(policy.waits).toEqual([375, 9000]);
  });

  test("progress makes the count of tries begin anew", async () => {
    const policy = { ...impatient(), attempts: 3 };
    const failures = Array.from({ length: 20 }, () => passing(null, true));
    await expect(withRetries("x", policy, undefined, failing(failures))).resolves.toBe("done");
  });

  test("after the last try the error names the thing and the reason", async () => {
    const policy = { ...impatient(), attempts: 3 };
    const result = withRetries("the listing", policy, undefined, failing([passing(), passing(), passing()]));
    await expect(result).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "the listing: gave up after 3 tries: busy",
    });
  });

  test("a wait of hours is an error at once", async () => {
    const policy = impatient();
    await expect(withRetries("x", policy, undefined, failing([passing(7_200_000)]))).rejects.toMatchObject({
      message: /asks to wait 7200 s/,
    });
    expect(policy.waits).toEqual([]);
  });

  test("what is left of a longer time is told as that time", async () => {
    const policy = { ...impatient(), maxWaitMs: 1000, toldMaxWaitMs: 600_000 };
    await expect(withRetries("x", policy, undefined, failing([passing(7_200_000)]))).rejects.toMatchObject({
      message: /longer than --max-wait allows \(600 s\)/,
    });
  });

  test("the server's waits are told and counted together, and end when there is no time left for another", async () => {
    const told: unknown[] = [];
    const policy = { ...impatient(), maxWaitMs: 20_000, onWait: (wait: unknown) => told.push(wait) };
    let now = performance.now();
    vi.spyOn(performance, "now").mockImplementation(() => now);
    policy.sleep = async (ms) => {
      now += ms;
    };
    const failures = Array.from({ length: 5 }, () => passing(8000));
    await expect(withRetries("it", policy, undefined, failing(failures))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message:
        "it: busy, and the server asks to wait 8 s: with what was waited before longer than --max-wait allows (20 s); try again then",
    });
    expect(told).toEqual(Array.from({ length: 2 }, () => ({ what: "it", reason: "busy", ms: 8000, isAsked: true })));
    vi.restoreAllMocks();
  });

  test("a try that does not come to an end is ended when its time is over, and one that gets on is not", async () => {
    const policy = { ...impatient(), maxWaitMs: 150 };
    const until = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new TransientFailure("ended"))));
    await expect(withRetries("it", policy, undefined, ({ signal }) => until(signal))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "it: gave up, for nothing came in the 1 s that --max-wait allows: ended",
    });
    const steady = withRetries("it", policy, undefined, async ({ signal, renew, pause, resume }) => {
      for (let step = 0; step < 5; step++) {
        await setTimeout(60);
        renew();
      }
      pause();
      await setTimeout(300);
      resume();
      return signal.aborted;
    });
    expect(await steady).toBe(false);
  });

  test("another error passes through untouched and is not tried again", async () => {
    const policy = impatient();
    const failure = new ScidocsError("NOT_FOUND", "gone");
    await expect(withRetries("x", policy, undefined, failing([failure]))).rejects.toBe(failure);
    expect(policy.waits).toEqual([]);
  });

  test("an aborted signal ends a wait as an interruption", async () => {
    const stop = new AbortController();
    const policy = {
      ...impatient(),
      sleep: async () => {
        stop.abort();
        throw new Error("aborted");
      },
    };
    await expect(withRetries("x", policy, stop.signal, failing([passing()]))).rejects.toMatchObject({
      code: "INTERRUPTED",
    });
  });
});
