import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { freshFolder } from "./cli/runScidocs.ts";

const root = join(import.meta.dirname, "..");

/** A folder with some of the project's files, or with files of a given text. */
function folderOf(files: Readonly<Record<string, string | null>>, folder = freshFolder()): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (text === null) copyFileSync(join(root, path), join(folder, path));
    else writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Packages with a `binding.gyp`, which npm would compile if the lock file did not name their own script: it looks for a ready binding. */
const withBinding = ["node_modules/msgpackr-extract"];

test("the lock file names no other install script of a dependency, so that every npm installs a clone without one", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const { allowScripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = Object.keys(packages).filter((name) => name !== "" && packages[name].hasInstallScript);
  expect(named, 'delete "hasInstallScript": true of the others from package-lock.json').toEqual(withBinding);
  const compiled = Object.keys(packages).filter((name) => name !== "" && existsSync(join(root, name, "binding.gyp")));
  expect(compiled.filter((name) => !withBinding.includes(name))).toEqual([]);
  for (const name of withBinding) expect(allowScripts[name.replace("node_modules/", "")]).toBe(false);
});

describe("the command outside dist/", () => {
  const run = (folder: string): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, [join(folder, "bin/scidocs.mjs"), "--version"], { encoding: "utf8" });
  const shipped = { "bin/scidocs.mjs": null, "package.json": null };

  it.each([
    ["has not been built: run `npm run build` there", { ...shipped, "src/cli/main.ts": "" }],
    ["has been built only in part: run", { ...shipped, "src/cli/main.ts": "", "dist/cli/main.js": "" }],
    ["is not whole; install it again", { ...shipped, "dist/cli/main.js": "" }],
    [
      "needs Node 99.1.0 or newer",
      { ...shipped, "package.json": '{ "engines": { "node": ">=99.1.0" } }', "dist/built.txt": "" },
    ],
  ])("says that a folder %s", (problem, files) => {
    const ran = run(folderOf(files));
    expect(ran.stderr).toMatch(/^scidocs: .*\n$/);
    expect(ran.stderr).toContain(problem);
    expect(ran.status).toBe(2);
  });
});

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("installing it as a dependency", () => {
  const runtime = "node_modules/onnxruntime-node";
  const binaries = `${runtime}/bin/napi-v6/linux/x64`;

  /** What the script leaves beside the runtime's binding. */
  function left(project: Readonly<Record<string, string>>, env: Record<string, string> = {}, place = "node_modules/") {
    const folder = folderOf({
      [`${runtime}/package.json`]: "{}",
      [`${binaries}/onnxruntime_binding.node`]: "",
      "package.json": "{}",
      ...project,
    });
    folderOf({ "scripts/preinstall.mjs": null }, join(folder, place, "scidocs"));
    const { ONNXRUNTIME_NODE_INSTALL: _, ...own } = process.env;
    const script = join(folder, place, "scidocs/scripts/preinstall.mjs");
    const ran = spawnSync(process.execPath, [script], { env: { ...own, npm_config_local_prefix: folder, ...env } });
    expect(ran.status).toBe(0);
    return readdirSync(join(folder, binaries)).filter((name) => name.includes("cuda"));
  }

  it("keeps ONNX Runtime's script from downloading CUDA", () => {
    expect(left({})).toEqual(["libonnxruntime_providers_cuda.so"]);
  });

  it("leaves it to who has decided: by the environment, or by a dependency on ONNX Runtime", () => {
    expect(left({}, { ONNXRUNTIME_NODE_INSTALL: "cuda12" })).toEqual([]);
    expect(left({}, { npm_config_onnxruntime_node_install: "cuda12" })).toEqual([]);
    expect(left({ "package.json": '{ "dependencies": { "onnxruntime-node": "1.30.0" } }' })).toEqual([]);
  });

  it("does nothing in a clone, and nothing where files are not as it knows them", () => {
    expect(left({}, {}, "")).toEqual([]);
    expect(left({ "package.json": "no JSON" })).toEqual([]);
  });
});
