import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The package as its users have it: packed in a clone that has not been built, installed from the tarball, used by the command and as a
// library. Both folders lie below one called `src` and one with a blank.

const root = join(import.meta.dirname, "..");
const base = mkdtempSync(join(tmpdir(), "scidocs-test-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const clone = join(base, "src/a clone");
const project = join(base, "src/a project");
const shell = process.platform === "win32";

/** Runs a program in a folder and tells all that it printed where it fails. */
function run(folder: string, command: string, ...args: readonly string[]): string {
  const { ONNXRUNTIME_NODE_INSTALL: _, NODE_OPTIONS: __, ...env } = process.env;
  const ran: SpawnSyncReturns<string> = spawnSync(command, args, { cwd: folder, encoding: "utf8", env, shell });
  expect(ran.status, `${command} ${args.join(" ")}\n${ran.stdout}${ran.stderr}`).toBe(0);
  return ran.stdout;
}

/** Files of the tarball that `npm pack` makes of the clone. */
function pack(): { readonly tarball: string; readonly files: readonly string[] } {
  const [packed] = JSON.parse(run(clone, "npm", "pack", "--json", "--pack-destination", ".."));
  return {
    tarball: join(clone, "..", packed.filename),
    files: packed.files.map(({ path }: { path: string }) => path),
  };
}

/** Installs with npm, or, where npm's cache lacks what it takes, lays the packages out as npm would. */
function install(tarball: string): void {
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  const args = ["install", "--offline", "--no-audit", "--no-fund", tarball];
  if (spawnSync("npm", args, { cwd: project, shell }).status === 0) return;
  console.warn("npm cannot install offline here: the packages are laid out by hand, and npm's part is not tested");
  const modules = join(project, "node_modules");
  cpSync(join(root, "node_modules"), modules, {
    recursive: true,
    filter: (path) => !path.includes("onnxruntime-node"),
  });
  symlinkSync(join(root, "node_modules/onnxruntime-node"), join(modules, "onnxruntime-node"), "junction");
  mkdirSync(join(modules, "scidocs"));
  run(project, "tar", "-xzf", tarball, "-C", "node_modules/scidocs", "--strip-components=1");
}

const typescript = join(root, "node_modules/typescript/bin/tsc");
const command = join(project, "node_modules/scidocs/bin/scidocs.mjs");
let files: readonly string[] = [];

beforeAll(() => {
  mkdirSync(clone, { recursive: true });
  mkdirSync(project, { recursive: true });
  for (const name of run(root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")) {
    const outside = /^(test|bench|docs)\//.test(name);
    if (name !== "" && !outside && existsSync(join(root, name))) cpSync(join(root, name), join(clone, name));
  }
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"), "junction");
  const packed = pack();
  files = packed.files;
  install(packed.tarball);
});

describe("npm pack", () => {
  it("builds a clone that has not been built", () => {
    const needed = [
      "dist/index.js",
      "dist/index.d.ts",
      "dist/cli/main.js",
      "dist/learn/svm/linearSvm.wasm",
      "bin/scidocs.mjs",
    ];
    expect(needed.filter((name) => !files.includes(name))).toEqual([]);
    expect(files).toContain("dist/report/client/report.css");
  });

  it("ships only what is used", () => {
    const folders = new Set(files.map((name) => name.split("/")[0]));
    const expected = [
      "LICENSE",
      "README.md",
      "bin",
      "datasets",
      "dist",
      "models",
      "package.json",
      "results",
      "schemas",
      "scripts",
    ];
    expect([...folders].sort()).toEqual(expected.sort());
  });

  it("ships nothing that an earlier build left behind", () => {
    writeFileSync(join(clone, "dist/learn/renamedSince.js"), "");
    expect(pack().files.filter((name) => name.includes("renamedSince"))).toEqual([]);
  });
});

describe("installed in another project", () => {
  it.skipIf(process.platform !== "linux" || process.arch !== "x64")("has downloaded no CUDA libraries", () => {
    const folder = join(project, "node_modules/onnxruntime-node/bin/napi-v6/linux/x64");
    const cuda = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.name.includes("providers"));
    for (const { name } of cuda) expect(run(folder, "wc", "-c", name).trim()).toMatch(/^0 /);
  });

  it("runs the whole benchmark and scores files by its command", () => {
    const env = join(project, "node_modules/.bin/scidocs");
    expect(existsSync(env) || existsSync(command)).toBe(true);
    const ran = run(
      project,
      process.execPath,
      command,
      "run",
      "--format",
      "json",
      "-o",
      "record.json",
      "--store",
      "store",
    );
    expect(Object.keys(JSON.parse(ran)[0] ?? JSON.parse(ran)).length).toBeGreaterThan(0);
    const embed = ["embed", "--model", "mini", "--papers"];
    const metadata = join(project, "node_modules/scidocs/datasets/mini/paper_metadata_view_cite_read.json");
    run(project, process.execPath, command, ...embed, metadata, "-o", "vectors.jsonl", "--store", "store");
    const scored = run(
      project,
      process.execPath,
      command,
      "score",
      "--data",
      "node_modules/scidocs/datasets/mini",
      "--tasks",
      "cite",
      "--user-citation",
      "vectors.jsonl",
    );
    expect(scored).toMatch(/MAP/);
  });

  it("is a library for JavaScript", () => {
    writeFileSync(
      join(project, "program.js"),
      `import { filesSource, openDataset, readRecord, runBenchmark } from "scidocs";
       const dataset = await openDataset("node_modules/scidocs/datasets/mini");
       const source = filesSource({ "user-citation": ["vectors.jsonl"] }, { name: "mine" });
       const { record } = await runBenchmark(dataset, source, { tasks: ["cite"] });
       const { scores } = await readRecord("record.json");
       if (Math.abs(record.scores["cite-map"] - scores["cite-map"]) > 1e-9) throw new Error("other scores");
       console.log("same scores");`,
    );
    expect(run(project, process.execPath, "program.js")).toContain("same scores");
  });

  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("is a library for TypeScript, module %s resolved as %s, without types of Node", (module, resolution) => {
    writeFileSync(
      join(project, "program.ts"),
      `import { exitCodes, filesSource, openDataset, type RunControl, type RunRecord, runBenchmark, ScidocsError } from "scidocs";
       const control: RunControl = { onProgress: ({ stage }) => console.log(stage), signal: AbortSignal.timeout(60_000) };
       const dataset = await openDataset("node_modules/scidocs/datasets/mini");
       const source = filesSource({ "user-citation": ["vectors.jsonl"] }, { name: "mine" });
       const { record }: { record: RunRecord } = await runBenchmark(dataset, source, { tasks: ["cite"] }, control);
       // @ts-expect-error: an option that there is not
       await runBenchmark(dataset, source, { taks: ["cite"] });
       console.log(record.scores["cite-map"], new ScidocsError("USAGE", "x").code, exitCodes.USAGE);`,
    );
    const flags = [
      "--strict",
      "--target",
      "es2023",
      "--module",
      module,
      "--moduleResolution",
      resolution,
      "--types",
      "",
    ];
    run(project, process.execPath, typescript, "--noEmit", ...flags, "--ignoreConfig", "program.ts");
  });
});
