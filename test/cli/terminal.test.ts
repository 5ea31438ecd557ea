import { spawn, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tinyPapers, writeTinyEncoder } from "../encoders/tinyEncoder.ts";
import { freshFolder, main } from "./runScidocs.ts";
import { screenOf, showsCursor } from "./screen.ts";

// The built program in a terminal of its own, which Python makes.

const folder = freshFolder();
const model = writeTinyEncoder(join(folder, "model"));
for (const count of [2_000, 60_000]) {
  const papers = Array.from({ length: count / 200 }, (_, seed) => tinyPapers(200, seed)).flat();
  const entries = papers.map((paper, index) => [`p${index}`, { ...paper, title: `${paper.title} ${index}` }]);
  writeFileSync(join(folder, `papers${count}.json`), JSON.stringify(Object.fromEntries(entries)));
}

/** What a terminal received from a run in which Ctrl-C is pressed so often, or which is closed, once papers are being embedded. */
function inTerminal(papers: number, presses: number | "hangup"): { received: string; exitCode: number } {
  const command = [process.execPath, main, "embed", "--model", model, "--papers", `papers${papers}.json`];
  const { stdout, stderr } = spawnSync(
    "python3",
    [join(import.meta.dirname, "terminal.py"), "papers/s", String(presses), ...command, "-o", "out.npy"],
    { cwd: folder, encoding: "utf8", env: { ...process.env, XDG_CACHE_HOME: join(folder, String(presses)) } },
  );
  return { received: stdout, exitCode: Number(stderr) };
}

const hasPython = spawnSync("python3", ["-c", "import pty"]).status === 0;

describe.skipIf(!hasPython)("in a terminal (needs python3)", () => {
  it("bars leave nothing behind", () => {
    const { received, exitCode } = inTerminal(2_000, 0);
    expect(exitCode).toBe(0);
    expect(received).toMatch(/[█░]/);
    const screen = screenOf(received);
    expect(screen.join("\n")).not.toMatch(/[█░]/);
    expect(screen.at(-1)).toBe("out.npy");
    expect(showsCursor(received)).toBe(true);
  });

  it.each([
    ["once", 1, /interrupted; what has been embedded is kept, and the same command goes on where it stopped/],
    ["twice", 2, /\^C/],
    ["not at all, the terminal being closed", "hangup", /interrupted; what has been embedded is kept/],
  ] as const)("after Ctrl-C, pressed %s, the cursor is back and the bars are gone", (_how, presses, said) => {
    const { received, exitCode } = inTerminal(60_000, presses);
    // Ended by itself or, when its work took too long to stop, by the signal: a shell reports 130 for both.
    expect([130, presses === "hangup" ? -1 : -2]).toContain(exitCode);
    expect(received).toMatch(said);
    expect(showsCursor(received)).toBe(true);
    expect(screenOf(received).join("\n")).not.toMatch(/[█░]/);
  });
});

it.skipIf(process.platform === "win32")(
  "without a terminal, as under nohup, work goes on when one is closed",
  async () => {
    const flags = ["embed", "--model", model, "--papers", "papers2000.json", "--store", "hung-up", "-o", "hung-up.npy"];
    const child = spawn(process.execPath, [main, ...flags], { cwd: folder, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
    while (!existsSync(join(folder, "hung-up"))) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGHUP");
    expect(await ended).toBe(0);
    expect(existsSync(join(folder, "hung-up.npy"))).toBe(true);
  },
);
