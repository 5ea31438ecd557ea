import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { progressDisplay } from "../../src/cli/progressDisplay.ts";
import type { ProgressEvent } from "../../src/progress.ts";
import { screenOf } from "./screen.ts";

/** A terminal of 80 columns that keeps what is written to it. */
function terminal(): { stream: NodeJS.WriteStream; written: () => string; screen: () => string[] } {
  const pipe = new PassThrough();
  let text = "";
  pipe.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const stream = Object.assign(pipe, { isTTY: true, columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream;
  return { stream, written: () => text, screen: () => screenOf(text) };
}

/** Bars are drawn by a timer. */
async function until(shown: () => boolean): Promise<void> {
  while (!shown()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const event = (stage: string, done: number, total = 10, share?: number) =>
  ({ stage, done, total, unit: "papers", share }) as const;

describe("progress on a terminal", () => {
  test("leaves nothing behind when its stages have ended, and gives the cursor back", async () => {
    const { stream, written, screen } = terminal();
    const display = progressDisplay(stream, () => {});
    for (const stage of ["one", "two", "three"]) display.show(event(stage, 3));
    await until(() => screen().length === 3);
    display.show(event("two", 10));
    await until(() => screen().length === 2);
    display.show(event("one", 10));
    display.show(event("three", 9));
    await until(() => screen().length === 1 && written().includes("9/10 papers"));
    display.show(event("three", 10));
    expect(screen()).toEqual([]);
    expect(written().lastIndexOf("\x1b[?25h")).toBeGreaterThan(written().lastIndexOf("\x1b[?25l"));
  });

  test("leaves nothing behind when it is stopped in the middle, with one bar up or with several", async () => {
    for (const stages of [["a"], ["a", "b", "c"]]) {
      const { stream, written, screen } = terminal();
      const display = progressDisplay(stream, () => {});
      for (const stage of stages) display.show(event(stage, 3));
      await until(() => screen().length === stages.length && written().includes("3/10 papers"));
      display.stop();
      expect(screen()).toEqual([]);
      expect(written().lastIndexOf("\x1b[?25h")).toBeGreaterThan(written().lastIndexOf("\x1b[?25l"));
    }
  });

  test("makes room for a message, which stays, and goes on beneath it", async () => {
    const { stream, screen } = terminal();
    const display = progressDisplay(stream, () => {});
    for (const stage of ["embedding", "tokenizing"]) display.show(event(stage, 3));
    await until(() => screen().length === 2);
    display.pause();
    stream.write("a message\n");
    expect(screen()).toEqual(["a message"]);
    display.show(event("embedding", 4));
    await until(() => screen().length === 2);
    expect(screen()).toEqual(["a message", expect.stringContaining("4/10 papers")]);
    display.stop();
    expect(screen()).toEqual(["a message"]);
  });
});

/** A display whose lines are kept, and a way to show it an event at a second. */
function linesOverTime() {
  const lines: string[] = [];
  let nowMs = 0;
  const display = progressDisplay(
    new PassThrough() as unknown as NodeJS.WriteStream,
    (text) => lines.push(text),
    () => nowMs,
  );
  const at = (second: number, shown: ProgressEvent): void => {
    nowMs = 1000 * second;
    display.show(shown);
  };
  return { lines, at };
}

describe("progress where there is no terminal", () => {
  test("is a line every ten seconds, and its time left follows the share of the work where units differ", () => {
    const { lines, at } = linesOverTime();
    at(0, event("embedding", 0, 100, 0));
    for (const second of [5, 10, 15]) at(second, event("embedding", second, 100, second / 20));
    // Ten seconds for ten papers of a hundred that were half of the work: ten seconds are left, not ninety.
    expect(lines).toEqual(["embedding: 10/100 papers 1.0 papers/s, 0:10 left\n"]);
  });

  test("tells a time left that leaves out what came before the work, such as opening a model", () => {
    const { lines, at } = linesOverTime();
    at(0, event("embedding", 0, 100));
    at(30, event("embedding", 0, 100));
    at(40, event("embedding", 50, 100));
    expect(lines.at(-1)).toBe("embedding: 50/100 papers 5.0 papers/s, 0:10 left\n");
  });
});
