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
    external: /^(?!\.|\/|[A-Za-z]:[\\/]|zod$)/,
    plugins: [{ name: "where-a-module-was", transform: (code, id) => inPlace(code, id, folder) }],
  });
  const { output } = await bundle.write({ dir: folder, format: "esm", chunkFileNames: "[name]-[hash].js" });
  await bundle.close();
  const licence = join(folder, "zod-LICENSE.txt");
  copyFileSync(join(dirname(require.resolve("zod/package.json")), "LICENSE"), licence);
  return [...output.map(({ fileName }) => join(folder, fileName)), licence];
}

/** Modules find their workers, kernels and the package's files from their own address: they keep it when they move. */
function inPlace(code, id, folder) {
  if (!code.includes("import.meta.url")) return null;
  const place = JSON.stringify(relative(folder, id).replaceAll("\\", "/"));
  return code.replaceAll("import.meta.url", `new URL(${place}, import.meta.url).href`);
}
