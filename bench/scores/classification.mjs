// MAG and MeSH at the real benchmark's size, from a 0.8 GB JSON-lines file to macro F1: wall, CPU and peak memory of everything
// that `scidocs score --cls` does. The files are made once, by a process of their own, and kept under .cache/.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { runBenchmark } from "../../dist/benchmark/runBenchmark.js";
import { filesSource } from "../../dist/benchmark/sources/files.js";
import { openDataset } from "../../dist/suites/dataset.js";
import { vectorTable } from "../../dist/vectors/vectorTable.js";
import { writeVectors } from "../../dist/vectors/writeVectors.js";
import { bertDimensions, classificationVectors } from "./classificationData.mjs";

const cache = join(import.meta.dirname, "../../.cache/bench");
const folderOf = (scale, dimensions) =>
  join(cache, `classification-${scale}${dimensions === bertDimensions ? "" : `-${dimensions}`}`);

/** Vectors of another width than BERT's come as npy: as JSON lines they would be gigabytes. */
const vectorFile = (dimensions) => (dimensions === bertDimensions ? "cls.jsonl" : "cls.npy");

/**
 * Writes the label files of both tasks and one file of vectors: JSON lines as PyTorch's `tolist` and Python's `json` would print them, or npy.
 */
export async function makeFiles(scale, dimensions) {
  const folder = folderOf(scale, dimensions);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const wide = dimensions !== bertDimensions;
  const lines = wide ? null : openSync(join(partial, "cls.jsonl"), "w");
  const tables = [];
  for (const task of ["mag", "mesh"]) {
    const { data, labels, counts } = classificationVectors(task, { scale, dimensions });
    const idOf = (row) => task + String(row).padStart(40 - task.length, "0");
    mkdirSync(join(partial, task));
    let row = 0;
    for (const [index, split] of ["train", "val", "test"].entries()) {
      const rows = Array.from({ length: counts[index] }, () => row++);
      const csv = rows.map((r) => `${idOf(r)},${labels[r]}\n`).join("");
      writeFileSync(join(partial, task, `${split}.csv`), `pid,class_label\n${csv}`);
    }
    if (wide) tables.push({ ids: Array.from({ length: row }, (_, r) => idOf(r)), data });
    for (let r = 0; !wide && r < row; r++) {
      const numbers = data.subarray(r * dimensions, (r + 1) * dimensions).join(", ");
      writeSync(lines, `{"paper_id": "${idOf(r)}", "embedding": [${numbers}]}\n`);
    }
  }
  if (wide) {
    const data = new Float32Array(tables.reduce((sum, table) => sum + table.data.length, 0));
    data.set(tables[0].data);
    data.set(tables[1].data, tables[0].data.length);
    const ids = tables.flatMap((table) => table.ids);
    await writeVectors(join(partial, "cls.npy"), vectorTable(ids, dimensions, data));
  } else closeSync(lines);
  renameSync(partial, folder);
}

/**
 * Runs the part and prints what it took. Flags: `--solver auto|reference` (default auto), `--threads N` (default: the machine's),
 * `--scale S` (default 1, the real size), `--tasks mag,mesh`, `--dimensions D` (default 768).
 */
export async function bench(flags = []) {
  const flag = (name, otherwise) => (flags.includes(name) ? flags[flags.indexOf(name) + 1] : otherwise);
  const scale = Number(flag("--scale", "1"));
  const threads = Number(flag("--threads", String(availableParallelism())));
  const solver = flag("--solver", "auto");
  const tasks = flag("--tasks", "mag,mesh").split(",");
  const dimensions = Number(flag("--dimensions", String(bertDimensions)));
  const folder = folderOf(scale, dimensions);
  if (!existsSync(folder)) {
    const script = `import(${JSON.stringify(import.meta.filename)}).then((m) => m.makeFiles(${scale}, ${dimensions}))`;
    const { status } = spawnSync(process.execPath, ["-e", script], { stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
  }

  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const start = performance.now();
  const cpuBefore = process.cpuUsage();
  const dataset = await openDataset(folder);
  const files = { cls: [join(folder, vectorFile(dimensions))] };
  const { record } = await runBenchmark(dataset, filesSource(files, { threads }), { tasks, solver, threads });
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  delay.disable();

  console.log(
    `classification from ${vectorFile(dimensions)}: ${tasks.join(", ")}, ${dimensions} dimensions, solver ${solver}, ${threads} threads, scale ${scale}`,
  );
  for (const { stage, elapsedMs } of record.timings)
    console.log(`  ${stage.padEnd(14)} ${(elapsedMs / 1000).toFixed(1)} s`);
  console.log(`  wall ${wall.toFixed(1)} s, CPU ${((user + system) / 1e6).toFixed(1)} s`);
  console.log(`  peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
  console.log(`  main thread busy for at most ${Math.round(delay.max / 1e6)} ms on end`);
  for (const task of tasks) {
    const { macroF1, bestC, candidates, unconvergedClasses } = record.tasks[task];
    console.log(`  ${task}: F1 ${(100 * macroF1).toFixed(2)}, C = ${bestC}, ${unconvergedClasses} classes unconverged`);
    for (const { C, accuracy, path } of candidates) {
      console.log(`    C = ${String(C).padEnd(7)} ${accuracy === null ? "-     " : accuracy.toFixed(4)} ${path}`);
    }
  }
}
