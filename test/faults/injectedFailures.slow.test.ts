import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { main } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { seededNumbers, tinyPapers } from "../encoders/tinyEncoder.ts";

// Every call of the file system may fail, on a disk that breaks, fills up or is taken away. Of each command one call after the other is
// made to fail; by default a sample of them, with SCIDOCS_FAULTS=all every one.

const inject = pathToFileURL(join(import.meta.dirname, "injectFault.mjs")).href;
const sample = process.env.SCIDOCS_FAULTS === "all" ? Number.POSITIVE_INFINITY : 20;
const codes = ["EIO", "ENOSPC", "EACCES", "EROFS"];

interface Command {
  readonly name: string;
  readonly args: readonly string[];
  /** What it writes, to be whole or not there. */
  readonly output: string;
}

const mini = join(import.meta.dirname, "../../models/mini");
const commands: readonly Command[] = [
  {
    name: "embed",
    args: [
      "embed",
      "--model",
      "model",
      "--papers",
      "papers.json",
      "-o",
      "out/v.npy",
      "--store",
      "store",
      "--threads",
      "1",
    ],
    output: "out/v.npy",
  },
  { name: "report", args: ["report", "records/a.json", "-o", "out/report.html"], output: "out/report.html" },
];

interface Outcome {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly calls: number;
  readonly failed: string;
}

/** Runs a command in a fresh copy of a folder, with its n-th call failing; 0 fails none. */
function run(folder: string, { args }: Command, at: number, code: string): Promise<Outcome> {
  const log = `${folder}.log`;
  const env = {
    ...process.env,
    NO_COLOR: "1",
    XDG_CACHE_HOME: join(folder, ".cache"),
    SCIDOCS_FAULT_FOLDER: folder,
    SCIDOCS_FAULT_AT: String(at),
    SCIDOCS_FAULT_CODE: code,
    SCIDOCS_FAULT_LOG: log,
  };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--import", inject, main, ...args],
      { cwd: folder, env },
      (_error, _out, stderr) => {
        const told = existsSync(log) ? JSON.parse(readFileSync(log, "utf8")) : { calls: 0, failed: "" };
        resolve({ exitCode: child.exitCode, stderr, ...told });
      },
    );
  });
}

function prepared(): string {
  const folder = temporaryFolder();
  cpSync(mini, join(folder, "model"), { recursive: true });
  const papers = tinyPapers(40).map((paper) => [paper.id, { paper_id: paper.id, ...paper }]);
  writeFileSync(join(folder, "papers.json"), JSON.stringify(Object.fromEntries(papers)));
  mkdirSync(join(folder, "records"));
  return folder;
}

describe.each(commands)("$name, whichever call of the file system fails", (command) => {
  it("ends well or with exit code 2 and a message, and what it writes is whole or not there", async () => {
    const source = prepared();
    const record = (name: string): string[] => [
      "run",
      "--model",
      mini,
      "--data",
      join(import.meta.dirname, "../../datasets/mini"),
      "--tasks",
      "cite",
      "--name",
      name,
      "-o",
      `records/${name}.json`,
    ];
    await run(source, { name: "run", args: record("a"), output: "" }, 0, "EIO");
    const right = join(`${source}-right`);
    cpSync(source, right, { recursive: true });
    const whole = await run(right, command, 0, "EIO");
    expect(whole.stderr).not.toMatch(/bug/);
    expect(whole.exitCode).toBe(0);
    const expected = readFileSync(join(right, command.output));

    const next = seededNumbers(7);
    const chosen = Array.from({ length: whole.calls }, (_, index) => ({ at: index + 1, order: next() }))
      .sort((a, b) => a.order - b.order)
      .slice(0, sample);
    for (const [index, { at }] of chosen.entries()) {
      const folder = `${source}-${at}`;
      cpSync(source, folder, { recursive: true });
      const code = codes[index % codes.length] ?? "EIO";
      const { exitCode, stderr, failed } = await run(folder, command, at, code);
      const what = `call ${at} of ${whole.calls} (${failed}, ${code}): ${stderr}`;
      expect([0, 2], what).toContain(exitCode);
      expect(stderr, what).not.toMatch(/this is a bug|^ +at /m);
      if (exitCode === 2) expect(stderr, what).toMatch(/scidocs: .{10}/);
      if (existsSync(join(folder, command.output))) {
        expect(readFileSync(join(folder, command.output)).equals(expected), what).toBe(true);
      } else expect(exitCode, what).toBe(2);
      const left = existsSync(join(folder, "out")) ? readdirSync(join(folder, "out")) : [];
      expect(
        left.filter((name) => name.endsWith(".tmp") && !/rm|rename/.test(failed)),
        what,
      ).toEqual([]);
      // Nothing is lost: the same command, when the disk is well again, gives the same.
      const again = await run(folder, command, 0, code);
      expect(again.exitCode, what).toBe(0);
      expect(readFileSync(join(folder, command.output)).equals(expected), what).toBe(true);
      rmSync(folder, { recursive: true });
    }
  });
});
