import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { freshFolder, main } from "../cli/runScidocs.ts";

const library = fileURLToPath(new URL("../../dist/index.js", import.meta.url));
const hasStrace = spawnSync("strace", ["-V"]).status === 0;
if (!hasStrace) console.warn("strace is not there: only files are watched for, not sockets");

/**
 * Runs a Node program whose home, cache and temporary folder are new and empty, and tells what it wrote there and which addresses of a
 * network it went to.
 */
function watched(args: readonly string[], env: Record<string, string> = {}) {
  const base = freshFolder();
  const folder = (name: string): string => {
    const path = join(base, name);
    mkdirSync(path);
    return path;
  };
  const home = folder("home");
  const cache = folder("cache");
  const temporary = folder("tmp");
  const trace = join(base, "trace.txt");
  const { ORT_DISABLE_TELEMETRY: _, ...own } = process.env;
  const tracer = hasStrace ? ["strace", "-f", "--seccomp-bpf", "-e", "trace=network", "-o", trace] : [];
  const [command = "", ...rest] = [...tracer, process.execPath, ...args];
  const { status, stdout, stderr } = spawnSync(command, rest, {
    cwd: folder("work"),
    encoding: "utf8",
    env: { ...own, HOME: home, XDG_CACHE_HOME: cache, TMPDIR: temporary, NODE_OPTIONS: "", ...env },
  });
  const filesIn = (path: string): string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
  return {
    status,
    output: `${stdout}${stderr}`,
    files: { home: filesIn(home), cache: filesIn(cache), temporary: filesIn(temporary) },
    network: hasStrace ? (readFileSync(trace, "utf8").match(/AF_INET6?|AF_NETLINK|nscd/g) ?? []) : [],
  };
}

/** A program that compares two tables by matrix products, which need ONNX Runtime. */
const drift = `
  const { vectorDrift, vectorTable } = await import(${JSON.stringify(pathToFileURL(library).href)});
  const table = () => vectorTable(["a", "b", "c"], 2, Float32Array.of(1, 2, 3, 4, 5, 7));
  console.log("cka", (await vectorDrift(table(), table())).cka);
`;

describe("ONNX Runtime", () => {
  it("sends nothing and leaves no file behind, in a run with inference and training", () => {
    const ran = watched([main, "--offline", "run", "--tasks", "cite,recomm", "-o", "record.json"]);
    expect(ran.output).toMatch(/cite/);
    expect(ran.status).toBe(0);
    expect(ran.network).toEqual([]);
    expect(ran.files.home).toEqual([]);
    expect(ran.files.temporary).toEqual([]);
    expect(ran.files.cache.filter((file) => !/^scidocs[/\\]/.test(file))).toEqual([]);
  });

  it("is as silent in a program that uses the library", () => {
    const script = join(freshFolder(), "program.mjs");
    writeFileSync(script, drift);
    const ran = watched([script]);
    expect(ran.output).toMatch(/cka/);
    expect(ran.status).toBe(0);
    expect(ran.network).toEqual([]);
    expect(ran.files).toEqual({ home: [], cache: [], temporary: [] });
  });

  it("is refused in another program's worker thread, where its telemetry cannot be turned off, and says what to do", () => {
    const folder = freshFolder();
    const script = join(folder, "program.mjs");
    writeFileSync(join(folder, "thread.mjs"), drift);
    writeFileSync(
      script,
      `import { Worker } from "node:worker_threads";
       new Worker(new URL("./thread.mjs", import.meta.url)).on("error", ({ code, message }) => console.log(code, message));`,
    );
    const refused = watched([script]);
    expect(refused.output).toMatch(/^UNAVAILABLE .*start the program with ORT_DISABLE_TELEMETRY=1/);
    expect(refused.files).toEqual({ home: [], cache: [], temporary: [] });
    const told = watched([script], { ORT_DISABLE_TELEMETRY: "1" });
    expect(told.output).toMatch(/^cka/);
    expect(told.files).toEqual({ home: [], cache: [], temporary: [] });
  });
});
