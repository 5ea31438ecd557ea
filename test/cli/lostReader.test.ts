import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recordText } from "../../src/results/record.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { freshFolder, main, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
writeFileSync(join(folder, "record.json"), recordText(buildRecord({ name: "one", quality: 0.5 })));
mkdirSync(join(folder, "half/cite"), { recursive: true });
writeFileSync(join(folder, "half/cite/test.qrel"), "q 0 a 1\nq 0 b 0\n");

const failingGate = ["gate", "record.json", "--min", "mag-f1=99"];
const passingGate = ["gate", "record.json", "--min", "mag-f1=1"];

/** The exit code of a run whose reader of a stream goes away at once. */
async function exitCodeWithout(stream: "stdout" | "stderr", args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  child[stream].destroy();
  child[stream === "stdout" ? "stderr" : "stdout"].resume();
  return new Promise((resolve) => child.on("close", resolve));
}

describe("an exit code is the verdict's, whoever reads the text", () => {
  test.each(["stdout", "stderr"] as const)("a failing gate exits 4 when the reader of %s has gone", async (stream) => {
    expect(await exitCodeWithout(stream, failingGate)).toBe(4);
  });

  test.each(["stdout", "stderr"] as const)("a passing gate exits 0 when the reader of %s has gone", async (stream) => {
    expect(await exitCodeWithout(stream, passingGate)).toBe(0);
  });

  test("a check of incomplete data exits 3, and a file that is not there 2, when nobody reads", async () => {
    expect(await exitCodeWithout("stdout", ["data", "check", "--data", "half"])).toBe(3);
    expect(await exitCodeWithout("stderr", ["table", "nowhere.json"])).toBe(2);
  });

  test.skipIf(!existsSync("/dev/full"))("output that finds no room on the disk is an error, and no crash", () => {
    const child = runScidocs(folder, ["table", "record.json"]);
    expect(child.exitCode).toBe(0);
    const { stderr, exitCode } = runScidocs(folder, ["table", "record.json"], {}, openSync("/dev/full", "w"));
    expect(stderr).toMatch(/^scidocs: the output could not be written: ENOSPC/);
    expect(exitCode).toBe(2);
    expect(runScidocs(folder, failingGate, {}, openSync("/dev/full", "w")).exitCode).toBe(4);
  });
});
