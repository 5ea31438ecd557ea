// Builds dist/: JavaScript and declarations from src/ with tsc, WebAssembly from src/**/assembly/*.ts with asc. What an earlier build
// left there and this one does not make is removed.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleCommands } from "./bundleCommands.mjs";

// The compiler names files by their real path.
const root = realpathSync(dirname(dirname(fileURLToPath(import.meta.url))));
const source = join(root, "src");
const dist = join(root, "dist");
const require = createRequire(import.meta.url);

/** Files of this build. */
const made = new Set();
/** Written last: `bin/scidocs.mjs` starts nothing that has been built in part. */
const mark = join(dist, "built.txt");
rmSync(mark, { force: true });

const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
compile("tsconfig.build.json");
// The report's page has a script of its own, which runs in a browser, and styles beside it; each becomes one file: the page is one.
compile("src/report/client/tsconfig.json");
const joined = new Set();
/** A script of the page with what it imports from its folder before it, each once. */
function joinScript(name) {
  if (joined.has(name)) return "";
  joined.add(name);
  const text = readFileSync(join(dist, "report/client", name), "utf8");
  const imported = [...text.matchAll(/^import .* from "\.\/(.+)";$/gm)].map(([, other]) => joinScript(other));
  return imported.join("") + text.replace(/^import .*;\n/gm, "").replace(/^export /gm, "");
}
writeFileSync(join(dist, "report/client/report.js"), joinScript("report.js"));
const styles = join(source, "report/client");
const style = readFileSync(join(styles, "report.css"), "utf8")
  .replace(/^\/\*.*\*\/\r?\n/, "")
  .replace(/^@import "(.+)";$/gm, (_line, name) => readFileSync(join(styles, name), "utf8"));
const styleFile = join(dist, "report/client/report.css");
writeFileSync(styleFile, style);
made.add(styleFile);

// Each src/…/assembly/NAME.ts becomes dist/…/NAME.wasm, rebuilt only when its source is newer.
const asc = join(dirname(require.resolve("assemblyscript/package.json")), "bin/asc.js");
const folders = readdirSync(source, { recursive: true, withFileTypes: true });
for (const entry of folders.filter((each) => each.isDirectory() && each.name === "assembly")) {
  const folder = join(entry.parentPath, entry.name);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const target = join(dist, relative(source, entry.parentPath), file.replace(/\.ts$/, ".wasm"));
    made.add(target);
    assemble(join(folder, file), target);
  }
}

if (!made.has(join(dist, "cli/main.js"))) throw new Error("the compiler did not say what it wrote");
for (const path of made) if (dirname(path) === join(dist, "cli")) made.delete(path);
for (const path of await bundleCommands(dist)) made.add(path);
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !made.has(path)) rmSync(path);
}
chmodSync(join(dist, "cli/main.js"), 0o755);
writeFileSync(mark, `${made.size} files\n`);

/** Compiles one TypeScript project and notes what it writes. */
function compile(project) {
  const listing = node("pipe", tsc, "-p", project, "--listEmittedFiles");
  for (const line of listing.split(/\r?\n/)) {
    if (line.startsWith("TSFILE: ")) made.add(join(line.slice("TSFILE: ".length)));
  }
}

function assemble(from, target) {
  if (existsSync(target) && statSync(target).mtimeMs > statSync(from).mtimeMs) return;
  mkdirSync(dirname(target), { recursive: true });
  // A first line `// asc: FLAGS` adds the module's own, such as shared memory.
  const own = /^\/\/ asc: (.+)\r?\n/.exec(readFileSync(from, "utf8"))?.[1]?.split(" ") ?? [];
  const flags = ["-O3", "--runtime", "stub", "--enable", "simd", "--importMemory", "--noAssert", ...own];
  node("inherit", asc, from, "-o", target, ...flags);
}

/** Runs a Node program and stops the build where it fails. */
function node(stdout, ...args) {
  const ran = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", stdout, "inherit"], encoding: "utf8" });
  if (ran.status === 0) return ran.stdout;
  process.stdout.write((ran.stdout ?? "").replaceAll(/^TSFILE: .*\r?\n/gm, ""));
  process.exit(ran.status ?? 1);
}
