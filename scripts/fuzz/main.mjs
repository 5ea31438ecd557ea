// Mutates valid files of every format and has the built readers read them: npm run fuzz -- --minutes 30
//
//   --minutes N    how long (default 1)         --runs N     or how many files of each format
//   --seed N       default: the time            --format X   only formats whose name contains this
//   --out FOLDER   where failing inputs are kept (default fuzz-failures)
//   --self-test    with readers that do fail
//
// A file must be read or refused, with an error of ours. It fails when its reader throws anything else, takes longer than 20 s, holds more
// than 700 MB, or dies. What fails is kept, shrunk to what still fails in the same way. Ends with 1 if anything failed.
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { failingFormats, formats, layBeside } from "./formats.mjs";
import { mutated, randomFrom } from "./mutate.mjs";

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    runs: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    format: { type: "string", default: "" },
    "self-test": { type: "boolean", default: false },
    out: { type: "string", default: "fuzz-failures" },
  },
});
const limits = { ms: 20_000, bytes: 700e6 };
const folder = mkdtempSync(join(tmpdir(), "scidocs-fuzz-"));
const chosen = (flags["self-test"] ? failingFormats : formats).filter(({ name }) =>
  name.toLowerCase().includes(flags.format.toLowerCase()),
);
if (chosen.length === 0)
  throw new Error(`no format is called ${flags.format}; there are ${formats.map(({ name }) => name).join(", ")}`);

let child = null;
const reader = () => {
  if (child === null || !child.connected) {
    child = fork(join(import.meta.dirname, "fuzzChild.mjs"), [], {
      execArgv: ["--max-old-space-size=700"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
  }
  return child;
};

function heldBy(pid) {
  try {
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Has a file read; tells what became of it: read, refused, or how it failed. */
function outcomeOf(format, path) {
  const reading = reader();
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const over = (outcome) => {
      clearInterval(watch);
      reading.removeAllListeners();
      if (outcome !== "read" && outcome !== "refused") reading.kill("SIGKILL");
      if (reading.killed) child = null;
      resolve(outcome);
    };
    const watch = setInterval(() => {
      if (heldBy(reading.pid) > limits.bytes) over("memory");
      else if (performance.now() - startedAt > limits.ms) over("time");
    }, 25);
    reading.once("message", ({ outcome }) => over(outcome));
    reading.once("exit", (code, signal) => over(`died: ${signal ?? code}`));
    reading.send({ format: format.name, path });
  });
}

const kindOf = (outcome) =>
  outcome
    .split("\n")[0]
    .replace(/[0-9]+/g, "0")
    .slice(0, 60);

async function shrunk(format, path, bytes, outcome) {
  let best = bytes;
  let tries = 0;
  for (let part = Math.ceil(best.length / 2); part >= 1 && tries < 30; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let at = 0; at < best.length && tries < 30; ) {
      const candidate = Buffer.concat([best.subarray(0, at), best.subarray(at + part)]);
      writeFileSync(path, candidate);
      tries++;
      if (kindOf(await outcomeOf(format, path)) === kindOf(outcome)) best = candidate;
      else at += part;
    }
  }
  return best;
}

const random = randomFrom(Number(flags.seed));
const prepared = [];
for (const format of chosen) {
  const from = join(folder, `valid-${prepared.length}`);
  const to = join(folder, `read-${prepared.length}`);
  mkdirSync(from, { recursive: true });
  const valid = Buffer.from(await format.valid(from));
  layBeside(format, from, to);
  const path = join(to, format.fileName);
  writeFileSync(path, valid);
  const outcome = await outcomeOf(format, path);
  if (outcome !== "read") throw new Error(`${format.name}: the valid file is not read: ${outcome}`);
  prepared.push({ format, valid, path, counts: { read: 0, refused: 0, failed: 0 } });
}

const until = performance.now() + 60_000 * Number(flags.minutes);
const mostRuns = flags.runs === undefined ? Number.POSITIVE_INFINITY : Number(flags.runs);
for (let run = 0; run < mostRuns && (flags.runs !== undefined || performance.now() < until); run++) {
  for (const { format, valid, path, counts } of prepared) {
    const bytes = mutated(valid, random);
    writeFileSync(path, bytes);
    const outcome = await outcomeOf(format, path);
    if (outcome === "read" || outcome === "refused") {
      counts[outcome]++;
      continue;
    }
    counts.failed++;
    const small = await shrunk(format, path, bytes, outcome);
    mkdirSync(flags.out, { recursive: true });
    const name = join(flags.out, `${createHash("sha256").update(small).digest("hex").slice(0, 10)}-${format.fileName}`);
    writeFileSync(name, small);
    process.stdout.write(
      `FAILED ${format.name}: ${outcome}\n  kept as ${name} (${small.length} bytes of ${bytes.length})\n`,
    );
  }
}
child?.kill("SIGKILL");
rmSync(folder, { recursive: true, force: true });
let failed = 0;
for (const { format, counts } of prepared) {
  failed += counts.failed;
  process.stdout.write(
    `${format.name.padEnd(24)} ${String(counts.read).padStart(7)} read ${String(counts.refused).padStart(7)} refused ${String(counts.failed).padStart(5)} failed\n`,
  );
}
process.stdout.write(`seed ${flags.seed}: ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
