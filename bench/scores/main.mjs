// npm run bench -- scores [PART…] [flags]: the scoring half at the real benchmark's size, part by part.
// Each part is a file of this folder that exports `bench(flags)`, and runs in a process of its own, so that its peak memory is its own.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const parts = ["classification", "ranking", "recomm", "together", "wide"];

/** Runs the named parts, or all. */
export async function main(args) {
  const named = args.filter((arg) => parts.includes(arg));
  const flags = args.filter((arg) => !parts.includes(arg));
  for (const part of named.length > 0 ? named : parts) {
    const script = `import(${JSON.stringify(join(import.meta.dirname, `${part}.mjs`))}).then((m) => m.bench(${JSON.stringify(flags)}))`;
    const { status } = spawnSync(process.execPath, ["-e", script], { stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
  }
}
