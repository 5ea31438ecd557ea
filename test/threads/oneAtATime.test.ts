import { expect, test } from "vitest";
import { oneAtATime } from "../../src/threads/oneAtATime.ts";

/** A piece of work that is ended from outside. */
function piece(log: string[], name: string) {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async (): Promise<string> => {
    log.push(`${name} begins`);
    await ended;
    log.push(`${name} ends`);
    return name;
  };
  return { work, end: () => end() };
}

const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("pieces of work are done one after the other, in the order of asking, with what each returns", async () => {
  const log: string[] = [];
  const turns = oneAtATime();
  const [a, b, c] = ["a", "b", "c"].map((name) => piece(log, name));
  const all = Promise.all([turns(a!.work), turns(b!.work), turns(c!.work)]);
  c!.end();
  b!.end();
  await moment();
  expect(log).toEqual(["a begins"]);
  expect(turns.waiting()).toBe(2);
  a!.end();
  expect(await all).toEqual(["a", "b", "c"]);
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  expect(turns.waiting()).toBe(0);
});

test("one that fails or is stopped while it waits does not keep the others from their turn", async () => {
  const log: string[] = [];
  const turns = oneAtATime();
  const stop = new AbortController();
  const first = piece(log, "first");
  const failing = turns(async () => {
    await first.work();
    throw new Error("failed");
  });
  const stopped = turns(piece(log, "stopped").work, stop.signal);
  const last = turns(async () => log.push("last"));
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(log).toEqual(["first begins"]);
  first.end();
  await expect(failing).rejects.toThrow("failed");
  await last;
  expect(log).toEqual(["first begins", "first ends", "last"]);
});

test("work whose signal has aborted before is not begun", async () => {
  const log: string[] = [];
  await expect(oneAtATime()(piece(log, "a").work, AbortSignal.abort())).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(log).toEqual([]);
});
