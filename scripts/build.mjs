// Builds dist/: JavaScript and declarations from src/ with tsc, WebAssembly from src/**/assembly/*.ts with asc.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

/** Runs a Node program and stops the build where it fails. */
function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
node(tsc, "-p", "tsconfig.build.json");
// The report's page has a script of its own, which runs in a browser, and a style sheet beside it.
node(tsc, "-p", "src/report/client/tsconfig.json");
cpSync(join(root, "src/report/client/report.css"), join(root, "dist/report/client/report.css"));

// Each src/…/assembly/NAME.ts becomes dist/…/NAME.wasm, rebuilt only when its source is newer.
const asc = join(dirname(require.resolve("assemblyscript/package.json")), "bin/asc.js");
const folders = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true });
for (const entry of folders.filter((each) => each.isDirectory() && each.name === "assembly")) {
  const folder = join(entry.parentPath, entry.name);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const source = join(folder, file);
    const target = join(root, "dist", relative(join(root, "src"), entry.parentPath), file.replace(/\.ts$/, ".wasm"));
    if (existsSync(target) && statSync(target).mtimeMs > statSync(source).mtimeMs) continue;
    mkdirSync(dirname(target), { recursive: true });
    // A first line `// asc: FLAGS` adds the module's own, such as shared memory.
    const own = /^\/\/ asc: (.+)\n/.exec(readFileSync(source, "utf8"))?.[1]?.split(" ") ?? [];
    node(
      asc,
      source,
      "-o",
      target,
      "-O3",
      "--runtime",
      "stub",
      "--enable",
      "simd",
      "--importMemory",
      "--noAssert",
      ...own,
    );
  }
}
chmodSync(join(root, "dist/cli/main.js"), 0o755);
