import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { main } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { tinyPapers } from "../encoders/tinyEncoder.ts";

// Places that this user may not read or write. Root may do all, so that as root the program is run as nobody.

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;
const canBeNobody = isRoot && spawnSync("setpriv", ["--version"]).status === 0;
const canTest = process.platform !== "win32" && (!isRoot || canBeNobody);
if (!canTest) console.warn("skipped: as root, setpriv is needed to be somebody else");

interface Ended {
  readonly exitCode: number | null;
  readonly stderr: string;
}

function runAsNobody(folder: string, args: readonly string[]): Promise<Ended> {
  const program = [process.execPath, main, ...args];
  const [command = "", ...rest] = isRoot
    ? ["setpriv", "--reuid", String(nobody), "--regid", String(nobody), "--clear-groups", ...program]
    : program;
  const env = { ...process.env, NO_COLOR: "1", XDG_CACHE_HOME: join(folder, "cache"), HOME: folder };
  return new Promise((resolve) => {
    const child = spawn(command, rest, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("close", (exitCode) => resolve({ exitCode, stderr }));
  });
}

/** Gives all in a folder to the user that runs the program. */
function give(folder: string): void {
  if (isRoot) execFileSync("chown", ["-R", `${nobody}:${nobody}`, folder]);
}

/** Takes a file or folder away again: nobody but its owner, who is another one, may do with it what the mode does not say. */
function takeAway(path: string, mode: number): void {
  if (isRoot) chownSync(path, 0, 0);
  chmodSync(path, mode);
}

function prepared(): string {
  const folder = temporaryFolder();
  cpSync(join(import.meta.dirname, "../../models/mini"), join(folder, "model"), { recursive: true });
  writeTinyCheckpoints(folder, { seed: 1 });
  const papers = tinyPapers(5).map((paper) => [paper.id, { paper_id: paper.id, ...paper }]);
  writeFileSync(join(folder, "papers.json"), JSON.stringify(Object.fromEntries(papers)));
  for (const name of ["cache", "store", "out"]) mkdirSync(join(folder, name));
  chmodSync(folder, 0o755);
  give(folder);
  return folder;
}

const embed = (model: string, ...more: string[]): string[] => [
  ...["embed", "--model", model, "--papers", "papers.json", "--threads", "1", "-o", "out/v.npy", ...more],
];
const segmentOf = (folder: string): string => {
  const [store = ""] = readdirSync(join(folder, "store"));
  const [segment = ""] = readdirSync(join(folder, "store", store));
  return join(folder, "store", store, segment);
};

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** What is run before, when all is still well. */
  readonly first?: readonly string[];
  readonly takeAway: (folder: string) => void;
  readonly message: RegExp;
}

const cases: readonly Case[] = [
  {
    name: "an output's folder that takes no files",
    args: embed("model", "--no-store"),
    takeAway: (folder) => takeAway(join(folder, "out"), 0o555),
    message: /out\/v\.npy: cannot be written/,
  },
  {
    name: "a cache that takes no files, where vectors are kept",
    args: embed("model"),
    takeAway: (folder) => takeAway(join(folder, "cache"), 0o555),
    message: /cache.*(cannot be kept|cannot be made|cannot be written)/,
  },
  {
    name: "a cache that takes no files, where a converted model is kept",
    args: embed("hf", "--no-store"),
    takeAway: (folder) => takeAway(join(folder, "cache"), 0o555),
    message: /cache/,
  },
  {
    name: "a store that takes no files",
    args: embed("model", "--store", "store"),
    takeAway: (folder) => takeAway(join(folder, "store"), 0o555),
    message: /store.*(cannot be kept|cannot be made|cannot be written)/,
  },
  {
    name: "a store's segment that may not be read",
    first: embed("model", "--store", "store"),
    args: embed("model", "--store", "store"),
    takeAway: (folder) => takeAway(segmentOf(folder), 0o000),
    message: /\.vectors: cannot be read/,
  },
  ...["model/model.onnx", "model/tokenizer.json", "model/config.json"].map((file) => ({
    name: `a model's ${file.slice(6)} that may not be read`,
    args: embed("model", "--no-store"),
    takeAway: (folder: string) => takeAway(join(folder, file), 0o000),
    message: new RegExp(`${file}: cannot be (read|opened)`),
  })),
  ...["hf/vocab.txt", "hf/pytorch_model.bin", "hf/config.json"].map((file) => ({
    name: `a checkpoint's ${file.slice(3)} that may not be read`,
    args: embed("hf", "--no-store"),
    takeAway: (folder: string) => takeAway(join(folder, file), 0o000),
    message: new RegExp(`${file}.*(cannot be (read|opened)|EACCES)|EACCES.*${file}`),
  })),
  {
    name: "a model's folder that may not be entered",
    args: embed("model", "--no-store"),
    takeAway: (folder) => takeAway(join(folder, "model"), 0o000),
    message: /model.*cannot be read/,
  },
  {
    name: "papers that may not be read",
    args: embed("model", "--no-store"),
    takeAway: (folder) => takeAway(join(folder, "papers.json"), 0o000),
    message: /papers\.json: cannot be read/,
  },
];

describe.skipIf(!canTest)("a place that is another user's", () => {
  it.each(cases)("$name ends with exit code 2 at once", async ({ args, first, takeAway: takeIt, message }) => {
    const folder = prepared();
    if (first !== undefined) expect((await runAsNobody(folder, first)).exitCode).toBe(0);
    takeIt(folder);
    const { exitCode, stderr } = await runAsNobody(folder, args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/this is a bug|^ +at /m);
    expect(exitCode).toBe(2);
    // Back, so that the folder can be removed.
    if (!isRoot) execFileSync("chmod", ["-R", "u+rwx", folder]);
  });

  it("a store that may be read and not written serves what it has", async () => {
    const folder = prepared();
    const args = embed("model", "--store", "store");
    expect((await runAsNobody(folder, args)).exitCode).toBe(0);
    const [store = ""] = readdirSync(join(folder, "store"));
    for (const path of [store, "."]) takeAway(join(folder, "store", path), 0o555);
    const { exitCode, stderr } = await runAsNobody(folder, args);
    expect(stderr).toContain("5 taken from the store");
    expect(exitCode).toBe(0);
    if (!isRoot) execFileSync("chmod", ["-R", "u+rwx", folder]);
    rmSync(folder, { recursive: true });
  });

  it("a lock that may not be read ends a pull with exit code 2 at once", async () => {
    const folder = prepared();
    const lock = join(folder, "out/.scidocs-pull.lock");
    writeFileSync(lock, "{}");
    takeAway(lock, 0o000);
    const { createServer } = await import("node:http");
    const key = "specter/scidocs/mag/train.csv";
    const listing = `<ListBucketResult><Contents><Key>${key}</Key><Size>3</Size><ETag>"${"0".repeat(32)}"</ETag></Contents></ListBucketResult>`;
    const server = createServer((_, response) => response.end(listing));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { exitCode, stderr } = await runAsNobody(folder, [
      "data",
      "pull",
      "--from",
      `http://127.0.0.1:${port}`,
      "--data",
      "out",
    ]);
    server.close();
    expect(stderr).toMatch(/out: cannot be written: .*EACCES/);
    expect(exitCode).toBe(2);
  });
});
