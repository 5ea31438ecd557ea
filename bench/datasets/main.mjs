// npm run bench -- datasets [--scale S]: makes a synthetic dataset, reads it as a run would, checks it. Each part runs in a process of
// its own, so that its peak memory is its own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPaperTexts } from "../../dist/datasets/papers.js";
import { checkDataset } from "../../dist/suites/check/checkDataset.js";
import { openDataset } from "../../dist/suites/dataset.js";
import { scidocs } from "../../dist/suites/scidocs/scidocs.js";
import { synthesize } from "../../dist/suites/scidocs/synthetic/synthesize.js";
import { neededPapers } from "../../dist/suites/suiteReading.js";

const parts = {
  async synth(folder, scale) {
    await synthesize({ folder, scale: Number(scale), seed: 1 });
    return "";
  },
  async "needed papers"(folder) {
    const needed = await neededPapers(
      await openDataset(folder),
      scidocs.tasks.map(({ id }) => id),
      "test",
    );
    return `${needed.reduce((sum, { ids }) => sum + ids.size, 0)} papers`;
  },
  async "texts of the largest file"(folder) {
    const [, largest] = await neededPapers(
      await openDataset(folder),
      scidocs.tasks.map(({ id }) => id),
      "test",
    );
    return reading(async () => (await readPaperTexts(largest.file, largest.ids)).papers);
  },
  async "the same by JSON.parse"(folder) {
    const [, largest] = await neededPapers(
      await openDataset(folder),
      scidocs.tasks.map(({ id }) => id),
      "test",
    );
    return reading(async () => {
      const all = JSON.parse(await readFile(largest.file, "utf8"));
      return new Map(
        Array.from(largest.ids, (id) => [id, all[id]])
          .filter(([, paper]) => paper !== undefined)
          .map(([id, { title, abstract }]) => [id, { title, abstract }]),
      );
    });
  },
  async check(folder) {
    const check = await checkDataset(folder);
    return check.complete ? "complete" : "incomplete";
  },
};

/** Reads papers; tells the bytes of text kept and how much memory the reading took at its peak, above what there was before. */
async function reading(read) {
  const before = process.memoryUsage().rss;
  const papers = await read();
  let text = 0;
  for (const { title, abstract } of papers.values()) text += (title?.length ?? 0) + (abstract?.length ?? 0);
  const peak = process.resourceUsage().maxRSS * 1024 - before;
  return `${papers.size} papers, ${mb(text)} of text kept, ${mb(peak)} of memory at the peak (${(peak / text).toFixed(1)}x)`;
}

/** One part, in this process. */
export async function runPart(name, folder, scale) {
  let blocked = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    blocked = Math.max(blocked, now - last - 10);
    last = now;
  }, 10);
  const started = performance.now();
  const said = await parts[name](folder, scale);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { user, system } = process.cpuUsage();
  const cpu = ((user + system) / 1e6).toFixed(1);
  clearInterval(timer);
  const memory = mb(process.resourceUsage().maxRSS * 1024);
  console.log(
    `${name.padEnd(26)} ${seconds.padStart(5)} s  ${cpu.padStart(5)} s CPU  ${memory.padStart(7)}  blocked ${Math.round(blocked)} ms  ${said}`,
  );
}

export async function main(args) {
  const scale = args.includes("--scale") ? args[args.indexOf("--scale") + 1] : "1";
  const parent = mkdtempSync(join(tmpdir(), "scidocs-bench-"));
  try {
    for (const name of Object.keys(parts)) {
      const call = [name, join(parent, "synthetic"), scale].map((value) => JSON.stringify(value)).join(", ");
      const script = `import(${JSON.stringify(import.meta.filename)}).then((m) => m.runPart(${call}))`;
      const { status } = spawnSync(process.execPath, ["-e", script], { stdio: "inherit" });
      if (status !== 0) process.exit(status ?? 1);
    }
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function mb(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}
