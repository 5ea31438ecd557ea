import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "scidocs-lock-race-"));
const children = Array.from({ length: 8 }, () => fork(join(import.meta.dirname, "processLockChild.mjs")));
afterAll(() => {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true });
});

function ask(child: ChildProcess, message: object): Promise<{ got?: boolean }> {
  return new Promise((resolve, reject) => {
    child.removeAllListeners();
    child.once("message", (answer: { got?: boolean }) => resolve(answer));
    child.once("exit", () => reject(new Error("a process has failed")));
    child.send(message);
  });
}

const dead = (name: string): string => JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: name });

it("a stale lock goes to one of eight processes that race for it, in 500 rounds", async () => {
  for (let round = 0; round < 500; round++) {
    const path = join(folder, `lock-${round}`);
    const stale = dead(`round ${round}`);
    writeFileSync(path, stale);
    // In every fourth round the right to remove it was left behind as well.
    const right = createHash("sha256").update(stale).digest("hex").slice(0, 16);
    if (round % 4 === 0) writeFileSync(`${path}.${right}.stale`, dead("right"));
    const answers = await Promise.all(children.map((child) => ask(child, { path })));
    expect(answers.filter(({ got }) => got === true).length, `round ${round}`).toBe(1);
    await Promise.all(children.map((child) => ask(child, { release: true })));
    expect(readdirSync(folder), `round ${round}`).toEqual([]);
  }
});
