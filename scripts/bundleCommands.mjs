// Joins the command line's modules, and zod with them, into few files: a command then starts in half the time, for Node reads and links
// a hundred files less (zod alone is ninety). Commands stay files of their own, loaded when asked for; workers and the library are untouched.
import { copyFileSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";

const require = createRequire(import.meta.url);

/**
 * Replaces what the compiler wrote to dist/cli by the joined files.
 * @param {string} dist the folder of the build
 * @returns {Promise<string[]>} the paths of dist/cli after it
 */
export async function bundleCommands(dist) {
  const folder = join(dist, "cli");
  const [main, program] = ["main.js", "program.js"].map((name) => join(folder, name));
  const bundle = await rolldown({
    input: { main, program },
    platform: "node",
    // Helpers of the joiner itself are joined in as well: no package has them.
    external: (id) => !/^(\0|@oxc-project\/|\.|\/|[A-Za-z]:[\\/]|zod$)/.test(id),
    plugins: [{ name: "where-a-module-was", transform: (code, id) => inPlace(code, id, folder) }],
  });
  const { output } = await bundle.write({
    dir: folder,
    format: "esm",
    chunkFileNames: "[name]-[hash].js",
    codeSplitting: { groups: filesLoadedTogether(folder) },
  });
  await bundle.close();
  requireKnownImports(output);
  const licence = join(folder, "zod-LICENSE.txt");
  copyFileSync(join(dirname(require.resolve("zod/package.json")), "LICENSE"), licence);
  return [...output.map(({ fileName }) => join(folder, fileName)), licence];
}

/**
 * What every start loads, and what showing a record loads beside it, as one file each: left alone the joiner makes a file of every set of modules
 * that some commands share, thirty for a table.
 */
function filesLoadedTogether(folder) {
  const at = (...names) => importedBy(names.map((name) => join(folder, name)));
  const start = at("main.js", "program.js");
  // It waits for the command that it loads, which must not wait for it.
  start.delete(join(folder, "main.js"));
  const shown = at("recordPaths.js", "rankedTable.js", "../report/tableFormats.js", "../results/gate/gateVerdict.js");
  return [
    { name: "start", test: (id) => start.has(id), priority: 2 },
    { name: "shown", test: (id) => shown.has(id), priority: 1 },
  ];
}

/** The compiled modules that some of them import, themselves included; not what they load when it is used. */
function importedBy(files, found = new Set()) {
  for (const file of files.filter((each) => !found.has(each))) {
    found.add(file);
    const imports = readFileSync(file, "utf8").matchAll(/^(?:import|export) (?:.* from )?"(\.[^"]+)";$/gm);
    importedBy(
      [...imports].map(([, name]) => resolve(dirname(file), name)),
      found,
    );
  }
  return found;
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
