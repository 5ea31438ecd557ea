// The six tasks without clicks at the real benchmark's size, as `scidocs score` does them: both files of vectors read, MAG and MeSH fitted,
// the four rankings scored. Flags: `--formats jsonl,jsonl.gz,parquet,npy` (default jsonl), `--threads N` (default: the machine's), `--scale S`
// (default 1). Each format runs in a process of its own, so that its peak memory is its own. Files are kept under .cache/.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runBenchmark } from "../../dist/benchmark/runBenchmark.js";
import { filesSource } from "../../dist/benchmark/sources/files.js";
import { openDataset } from "../../dist/suites/dataset.js";
import { readVectors } from "../../dist/vectors/readVectors.js";
import { writeVectors } from "../../dist/vectors/writeVectors.js";
import { makeFiles } from "./classification.mjs";
import { rankingPapers, tasks as rankings, writeJudgements, writePapers } from "./rankingData.mjs";

const cache = join(import.meta.dirname, "../../.cache/bench");
const groups = ["cls", "user-citation"];

/** Makes the dataset and its vectors as JSON lines, once. */
export async function makeAll(scale) {
  const folder = join(cache, `together-${scale}`);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const classification = join(cache, `classification-${scale}`);
  if (!existsSync(classification)) await makeFiles(scale, 768);
  mkdirSync(partial, { recursive: true });
  for (const task of ["mag", "mesh"]) cpSync(join(classification, task), join(partial, task), { recursive: true });
  symlinkSync(join(classification, "cls.jsonl"), join(partial, "cls.jsonl"));
  const papers = Math.ceil(rankingPapers * scale);
  const written = await writePapers(partial, "user-citation", { papers, seed: 1, npy: false });
  writeJudgements(partial, written, { queries: Math.ceil(1000 * scale), seed: 2 });
  for (const task of rankings) {
    mkdirSync(join(partial, task));
    renameSync(join(partial, `${task}.qrel`), join(partial, task, "test.qrel"));
  }
  renameSync(partial, folder);
}

/** Writes both files of vectors in another format, once. */
export async function convert(folder, format) {
  for (const group of groups) {
    const to = join(folder, `${group}.${format}`);
    if (!existsSync(to)) await writeVectors(to, await readVectors([join(folder, `${group}.jsonl`)]));
  }
}

/** One run, in a process of its own. */
export async function measure(folder, format, threads) {
  const startedMs = performance.now();
  const files = Object.fromEntries(groups.map((group) => [group, [join(folder, `${group}.${format}`)]]));
  const tasks = ["mag", "mesh", "co-view", "co-read", "cite", "co-cite"];
  const dataset = await openDataset(folder);
  const { record } = await runBenchmark(dataset, filesSource(files, { threads }), { tasks, threads });
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const gigabytes = groups.reduce((sum, group) => sum + statSync(join(folder, `${group}.${format}`)).size, 0) / 1e9;
  const stages = record.timings.map(({ stage, elapsedMs }) => `${stage} ${(elapsedMs / 1000).toFixed(1)}`);
  console.log(
    `six tasks from .${format} (${gigabytes.toFixed(2)} GB), ${threads} threads: wall ${((performance.now() - startedMs) / 1000).toFixed(1)} s, CPU ${((userCPUTime + systemCPUTime) / 1e6).toFixed(1)} s, peak ${((maxRSS * 1024) / 1e6).toFixed(0)} MB (${stages.join(", ")})`,
  );
}

/** Runs the part and prints what it took. */
export async function bench(flags = []) {
  const flag = (name, otherwise) => (flags.includes(name) ? flags[flags.indexOf(name) + 1] : otherwise);
  const scale = Number(flag("--scale", "1"));
  const threads = Number(flag("--threads", String(availableParallelism())));
  const folder = join(cache, `together-${scale}`);
  if (!existsSync(folder)) call("makeAll", scale);
  for (const format of flag("--formats", "jsonl").split(",")) {
    call("convert", folder, format);
    call("measure", folder, format, threads);
  }
}

function call(name, ...args) {
  const script = `import(${JSON.stringify(import.meta.filename)}).then((m) => m.${name}(...${JSON.stringify(args)}))`;
  const { status } = spawnSync(process.execPath, ["-e", script], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
