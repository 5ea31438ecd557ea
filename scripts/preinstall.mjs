// Runs where scidocs is installed as a dependency, before the install script of onnxruntime-node. That script downloads 300 MB of CUDA
// libraries from outside the npm registry on every Linux x64 machine, graphics card or not, and fails the whole installation where it
// cannot. It passes when the files are there, so that empty ones stand in for them. Whoever wants CUDA says so:
//
//     ONNXRUNTIME_NODE_INSTALL=cuda12 npm install scidocs
//
// An installation never fails because of this script.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

const standIns = ["cuda", "shared", "tensorrt"].map((name) => `libonnxruntime_providers_${name}.so`);

/** Whether the user, or the project that is installed into, decides about CUDA itself. */
function isDecided() {
  const { env } = process;
  const settings = ["ONNXRUNTIME_NODE_INSTALL", "npm_config_onnxruntime_node_install"];
  if (settings.some((name) => env[name] || env[`${name}_CUDA`] || env[`${name}_cuda`])) return true;
  const manifest = join(env.npm_config_local_prefix ?? env.INIT_CWD ?? "", "package.json");
  if (!existsSync(manifest)) return false;
  const { dependencies, devDependencies } = JSON.parse(readFileSync(manifest, "utf8"));
  return "onnxruntime-node" in { ...dependencies, ...devDependencies };
}

try {
  const root = dirname(import.meta.dirname);
  // In a clone the lock file keeps install scripts from running.
  const isDependency = basename(dirname(root)) === "node_modules";
  if (isDependency && process.platform === "linux" && process.arch === "x64" && !isDecided()) {
    const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
    const folder = join(runtime, "bin/napi-v6/linux/x64");
    for (const name of standIns) {
      if (existsSync(folder) && !existsSync(join(folder, name))) writeFileSync(join(folder, name), "");
    }
  }
} catch {
  // Then onnxruntime-node's own script decides.
}
