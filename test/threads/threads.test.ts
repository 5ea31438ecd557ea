import { afterEach, describe, expect, it } from "vitest";
import { ScidocsError } from "../../src/errors.ts";
import { openThreads, type Threads, type ThreadsOptions, withThreads } from "../../src/threads/threads.ts";

const script = new URL("./worker.mjs", import.meta.url);
const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => void (await Promise.all(opened.splice(0).map((threads) => threads.close()))));

type TestThreads = Threads<readonly [action: string, argument?: unknown], unknown, number>;

function open(options: Partial<ThreadsOptions> = {}): TestThreads {
  const threads: TestThreads = openThreads({ script, ...options });
  opened.push(threads);
  return threads;
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "answered",
    (error: unknown) => (error instanceof ScidocsError ? error.code : String(error)),
  );

/** Waits until a deaf call has begun. */
async function begun(cell: Int32Array): Promise<void> {
  while (Atomics.load(cell, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Lets a deaf call end. */
function release(cell: Int32Array): void {
  Atomics.store(cell, 0, 2);
  Atomics.notify(cell, 0);
}

const newCell = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

describe("a call", () => {
  it("that does not fit into the memory a second time is trouble of the machine, one that cannot be sent is not", async () => {
    const full = {
      get numbers(): never {
        throw new DOMException("Data cannot be cloned, out of memory.", "DataCloneError");
      },
    };
    expect(await codeOf(open().call(["count", full]))).toBe("UNAVAILABLE");
    expect(await codeOf(open().call(["count", () => 1]))).toMatch(/could not be cloned/);
    const threads = open();
    await codeOf(threads.call(["count", full]));
    expect(await threads.call(["count", 3])).toBe("counted");
  });

  it("is answered with what the thread returns, and reports what comes before", async () => {
    const seen: number[] = [];
    expect(await open().call(["count", 3], { onProgress: (done) => seen.push(done) })).toBe("counted");
    expect(seen).toEqual([1, 2, 3]);
  });

  it("hands buffers over, there and back", async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const answer = await open().call(["buffer", bytes], { transfer: [bytes.buffer] });
    expect(answer).toEqual(Uint8Array.of(1, 2, 3));
    expect(bytes.length).toBe(0);
  });

  it("that cannot be copied is rejected, and the thread goes on", async () => {
    const threads = open();
    await expect(threads.call(["echo", () => {}])).rejects.toThrow(/could not be cloned/);
    expect(await threads.call(["echo", "still here"])).toBe("still here");
  });

  it("starts dearest first, and in order among equals", async () => {
    const threads = open();
    const calls = [0, 5, 0, 9].map((cost, index) => threads.call(["order", index], { cost }));
    await Promise.all(calls);
    expect(await calls[2]).toEqual([3, 1, 0, 2]);
  });

  it("goes to the thread with the least to do", async () => {
    const threads = open({ count: 3 });
    const indexes = await Promise.all([0, 1, 2].map(() => threads.call(["index"])));
    expect(indexes).toEqual([0, 1, 2]);
  });

  it("need not wait for one that takes long, where the thread takes several together", async () => {
    const threads = open({ callsEach: 2, data: { together: true } });
    const never = codeOf(threads.call(["never"]));
    expect(await threads.call(["echo", 1])).toBe(1);
    await threads.close();
    expect(await never).toBe("INTERRUPTED");
  });
});

describe("an error in a thread", () => {
  it("keeps its class, code, cause and stack", async () => {
    const error: unknown = await open()
      .call(["refuse"])
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ScidocsError);
    expect(error).toMatchObject({
      code: "BAD_INPUT",
      message: "file.csv:3: broken",
      cause: { message: "no such file", code: "ENOENT", syscall: "open" },
    });
    expect((error as Error).stack).toMatch(/at thrown .*worker\.mjs/);
    expect(((error as Error).cause as Error).stack).toMatch(/at thrown .*worker\.mjs/);
  });

  it("ends its own call alone", async () => {
    const threads = open();
    await expect(threads.call(["fail"])).rejects.toThrow("no error at all");
    expect(await threads.call(["echo", 1])).toBe(1);
  });
});

describe("a thread that dies", () => {
  it.each([
    ["crash", "BAD_INPUT"],
    ["exit", "UNAVAILABLE"],
  ])("by %s ends every call, under way, waiting and to come, of all threads", async (action, expected) => {
    const threads = open({ count: 2 });
    const calls = [["spin"], [action], ["echo", 1]].map((call) => codeOf(threads.call(call as [string])));
    for (const outcome of await Promise.all(calls)) expect(outcome).toMatch(new RegExp(`^${expected}`));
    expect(await codeOf(threads.call(["echo", 1]))).toMatch(new RegExp(`^${expected}`));
  });

  it("before its first call says why", async () => {
    const threads: TestThreads = openThreads({ script: new URL("./none.mjs", import.meta.url) });
    opened.push(threads);
    await expect(threads.call(["echo"])).rejects.toThrow(/none\.mjs/);
  });
});

describe("closing", () => {
  it("ends a thread amid its work and rejects what it was asked", async () => {
    const threads = open();
    const calls = [codeOf(threads.call(["spin"])), codeOf(threads.call(["echo", 1]))];
    await threads.close();
    expect(await Promise.all(calls)).toEqual(["INTERRUPTED", "INTERRUPTED"]);
    expect(await codeOf(threads.call(["echo", 1]))).toBe("INTERRUPTED");
  });

  it("waits for native code under way, which is answered, while calls behind it are rejected", async () => {
    const cell = newCell();
    const threads = open({ native: true, callsEach: 2 });
    const native = threads.call(["deaf", cell]);
    const behind = codeOf(threads.call(["echo", 1]));
    const waiting = codeOf(threads.call(["echo", 2]));
    await begun(cell);
    let closed = false;
    const closing = threads.close().then(() => {
      closed = true;
    });
    expect(await waiting).toBe("INTERRUPTED");
    expect(closed).toBe(false);
    release(cell);
    expect(await native).toBe("stopped meanwhile");
    expect(await behind).toBe("INTERRUPTED");
    await closing;
  });

  it("follows a signal, before the first call or amid native code", async () => {
    expect(await codeOf(open({ signal: AbortSignal.abort() }).call(["echo", 1]))).toBe("INTERRUPTED");
    const stop = new AbortController();
    const cell = newCell();
    const native = codeOf(open({ native: true, signal: stop.signal }).call(["deaf", cell]));
    const spinning = codeOf(open({ signal: stop.signal }).call(["spin"]));
    await begun(cell);
    stop.abort();
    expect(await spinning).toBe("INTERRUPTED");
    release(cell);
    expect(await native).toBe("INTERRUPTED");
  });

  it("comes however the use of threads ends", async () => {
    let kept: TestThreads | null = null;
    const use = async (threads: TestThreads): Promise<never> => {
      kept = threads;
      throw new Error("the user's own");
    };
    await expect(withThreads({ script }, use)).rejects.toThrow("the user's own");
    expect(await codeOf((kept as TestThreads | null)?.call(["echo", 1]) ?? Promise.resolve())).toBe("INTERRUPTED");
  });
});
