// Joins the command line's modules, and zod with them, into few files: a command then starts in half the time, for Node reads and links
// a hundred files less (zod alone is ninety). Commands stay files of their own, loaded when asked for; workers and the library are untouched.
import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { rolldown } from "rolldown";

const require = createRequire(import.meta.url);

/**
 * Replaces what the compiler wrote to dist/cli by the joined files.
 * @param {string} dist the folder of the build
 * @returns {Promise<string[]>} the paths of dist/cli after it
 */
export async function bundleCommands(dist) {
  const folder = join(dist, "cli");
  const bundle = await rolldown({
    input: { main: join(folder, "main.js"), program: join(folder, "program.js") },
    platform: "node",
    // Helpers of the joiner itself are joined in as well: no package has them.
    external: (id) => !/^(\0|@oxc-project\/|\.|\/|[A-Za-z]:[\\/]|zod$)/.test(id),
    plugins: [{ name: "where-a-module-was", transform: (code, id) => inPlace(code, id, folder) }],
  });
  const { output } = await bundle.write({ dir: folder, format: "esm", chunkFileNames: "[name]-[hash].js" });
  await bundle.close();
  requireKnownImports(output);
  const licence = join(folder, "zod-LICENSE.txt");
  copyFileSync(join(dirname(require.resolve("zod/package.json")), "LICENSE"), licence);
  return [...output.map(({ fileName }) => join(folder, fileName)), licence];
}

/** A file that imports a package which is not installed with this one would break the one command that loads it. */
function requireKnownImports(output) {
  const { dependencies } = require("../package.json");
  for (const { fileName, imports = [], dynamicImports = [] } of output) {
    for (const name of [...imports, ...dynamicImports]) {
      const isOurs = name.startsWith("node:") || output.some((one) => one.fileName === name);
      const packageName = name
        .split("/")
        .slice(0, name.startsWith("@") ? 2 : 1)
        .join("/");
      if (!isOurs && !(packageName in dependencies))
        throw new Error(`${fileName} imports ${name}, which is no dependency`);
    }
  }
}

/** Modules find their workers, kernels and the package's files from their own address: they keep it when they move. */
function inPlace(code, id, folder) {
  if (!code.includes("import.meta.url")) return null;
  const place = JSON.stringify(relative(folder, id).replaceAll("\\", "/"));
  return code.replaceAll("import.meta.url", `new URL(${place}, import.meta.url).href`);
}
