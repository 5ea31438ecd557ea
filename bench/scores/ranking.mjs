// The four ranking tasks at the real benchmark's size, from vector files to scores. Each case runs in a process of its
// own, so that its peak memory is its own. Flags: --scale S (default 1), --threads N (default: the machine's), --folder
// DIR (where the files are kept, and reused if they are there).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseQrel } from "../../dist/datasets/qrel.js";
import { scoreRanking } from "../../dist/tasks/ranking/ranking.js";
import { readVectors } from "../../dist/vectors/readVectors.js";
import { rankingPapers, tasks, writeJudgements, writePapers } from "./rankingData.mjs";

const classificationPapers = 48_473;

/**
 * Reads vectors and scores the four tasks, or only reads them, and prints what that took as JSON. Runs in a process of
 * its own.
 */
export async function measure({ folder, file, keep, threads, score }) {
  const startedMs = performance.now();
  const qrels = score
    ? tasks.map((task) => parseQrel(readFileSync(join(folder, `${task}.qrel`), "utf8"), `${task}.qrel`))
    : [];
  const ids = (qrel) => qrel.queries.flatMap(({ queryId, candidateIds }) => [queryId, ...candidateIds]);
  const needed =
    keep === "all" ? undefined : new Set(keep === "needed" ? qrels.flatMap(ids) : ids(qrels[tasks.indexOf(keep)]));
  const vectors = await readVectors([join(folder, file)], { needed, threads });
  const readMs = performance.now() - startedMs;
  const scored = keep === "all" || keep === "needed" ? qrels : [qrels[tasks.indexOf(keep)]];
  const results = scored.map((qrel) => scoreRanking({ qrel, vectors }));
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const report = {
    wallMs: performance.now() - startedMs,
    readMs,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakMB: (maxRSS * 1024) / 1e6,
    rows: vectors.ids.length,
    maps: results.map(({ map }) => map),
  };
  console.log(JSON.stringify(report));
}

function run(job) {
  const script = `import(${JSON.stringify(import.meta.filename)}).then((m) => m.measure(${JSON.stringify(job)}))`;
  const { status, stdout } = spawnSync(process.execPath, ["-e", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`a measurement failed (${status})`);
  return JSON.parse(stdout);
}

/** Wall, CPU and peak memory of the ranking tasks from JSON lines and from npy. */
export async function bench(args) {
  const { values } = parseArgs({
    args,
    options: { scale: { type: "string" }, threads: { type: "string" }, folder: { type: "string" } },
    strict: false,
  });
  const scale = Number(values.scale ?? 1);
  const threads = Number(values.threads ?? availableParallelism());
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), "scidocs-bench-"));
  try {
    if (!existsSync(join(folder, "cls.jsonl"))) {
      console.error("ranking: writing vectors (some minutes at full size) …");
      mkdirSync(folder, { recursive: true });
      const size = Math.ceil(rankingPapers * scale);
      const written = await writePapers(folder, "user-citation", { papers: size, seed: 1, npy: true });
      writeJudgements(folder, written, { queries: Math.ceil(1000 * scale), seed: 2 });
      await writePapers(folder, "cls", { papers: Math.ceil(classificationPapers * scale), seed: 3, npy: false });
    }
    const gigabytes = (file) => `${(statSync(join(folder, file)).size / 1e9).toFixed(2)} GB`;
    const cases = [
      ["four tasks, every paper kept", "user-citation.jsonl", "all", true],
      ["four tasks, needed papers only", "user-citation.jsonl", "needed", true],
      ["cite alone", "user-citation.jsonl", "cite", true],
      ["four tasks, every paper kept", "user-citation.npy", "all", true],
      ["four tasks, needed papers only", "user-citation.npy", "needed", true],
      ["reading alone, every paper kept", "cls.jsonl", "all", false],
    ];
    console.log(`ranking, ${threads} threads, scale ${scale}`);
    console.log("wall s  of it reading  CPU s  peak MB  rows     case");
    const maps = new Set();
    for (const [label, file, keep, score] of cases) {
      const { wallMs, readMs, cpuMs, peakMB, rows, maps: found } = run({ folder, file, keep, threads, score });
      if (found.length === tasks.length) maps.add(JSON.stringify(found));
      const cells = [
        (wallMs / 1000).toFixed(2).padStart(6),
        (readMs / 1000).toFixed(2).padStart(13),
        (cpuMs / 1000).toFixed(2).padStart(6),
        peakMB.toFixed(0).padStart(8),
        String(rows).padStart(7),
        `${label}, ${file} (${gigabytes(file)})`,
      ];
      console.log(cells.join("  "));
    }
    if (maps.size !== 1) throw new Error("the scores depend on the format or on what was kept");
    console.log(
      `the same scores from every file: MAP ${JSON.parse([...maps][0])
        .map((map) => (100 * map).toFixed(2))
        .join(", ")}`,
    );
  } finally {
    if (values.folder === undefined) rmSync(folder, { recursive: true });
  }
}
