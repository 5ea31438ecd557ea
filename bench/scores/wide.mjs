// Everything that touches vectors, at the width of today's large embedders: an encoder of one layer whose vectors have 4,096 numbers embeds the
// mini dataset into a store and into files of every format, and each command that reads vectors or records runs on them, in a process of its
// own. Says of each how long it took and its peak memory, and fails where two ways to the same scores differ. Flags: `--dimensions D`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vectorFormats } from "../../dist/vectors/formats.js";
import { writeRandomCheckpoint } from "../embed/randomCheckpoint.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const data = join(root, "datasets/mini");
const vocabulary = join(root, "models/mini/vocab.txt");
const metadata = ["mag_mesh", "view_cite_read", "recomm"].map((name) => join(data, `paper_metadata_${name}.json`));
/** Has a process say its peak memory, in kilobytes, as the last thing on stderr. */
const watch = `--import=data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process.stderr.write("\\npeak " + process.resourceUsage().maxRSS))',
)}`;

/** One task of each family, and few tokens: what takes long here is an encoder and an SVM that are measured elsewhere. */
const tasks = ["--tasks", "mesh,cite,recomm"];
const short = ["--max-length", "32"];
const some = [...tasks, ...short];

/** Runs the part and prints what each command took. */
export function bench(flags = []) {
  const dimensions = Number(flags.includes("--dimensions") ? flags[flags.indexOf("--dimensions") + 1] : 4096);
  const folder = mkdtempSync(join(tmpdir(), "scidocs-wide-"));
  const scidocs = (...args) => {
    const startedMs = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [watch, join(root, "dist/cli/main.js"), ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache") },
    });
    const peak = Number(/peak (\d+)$/.exec(stderr)?.[1] ?? Number.NaN);
    if (status !== 0) throw new Error(`scidocs ${args.join(" ")}: exit ${status}\n${stdout}\n${stderr}`);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
    const line = args.map((arg) => arg.replace(`${data}/`, "").replace(data, "mini")).join(" ");
    console.log(`${seconds} s  ${((peak * 1024) / 1e6).toFixed(0).padStart(5)} MB  scidocs ${line}`);
    return stdout;
  };
  /** The scores of a record, for all tasks. */
  const scoresOf = (name) => JSON.stringify(JSON.parse(readFileSync(join(folder, name), "utf8")).tasks);
  const same = (name, other) => {
    if (scoresOf(name) !== scoresOf(other)) throw new Error(`${name} and ${other} have other scores`);
  };
  try {
    const sizes = { layers: 1, hidden: dimensions, heads: dimensions / 64, intermediate: 256, vocabulary: 2048 };
    writeRandomCheckpoint(join(folder, "wide"), vocabulary, sizes);
    console.log(`one layer of ${dimensions}, the mini dataset`);
    scidocs("run", "--model", "wide", "--data", data, ...some, "--store", "store", "-o", "run.json");
    scidocs("run", "--model", "wide", "--data", data, ...some, "--store", "store", "-o", "stored.json");
    same("stored.json", "run.json");
    scidocs("store", "info", "store");
    for (const extension of vectorFormats.flatMap(({ extensions }) => extensions)) {
      const file = `all${extension}`;
      scidocs("embed", "--model", "wide", "--papers", ...metadata, ...short, "--store", "store", "-o", file);
      const groups = ["--cls", file, "--user-citation", file, "--recomm", file];
      scidocs("score", ...groups, "--data", data, ...tasks, "-o", `${file}.json`);
      console.log(`                    ${file}: ${(statSync(join(folder, file)).size / 1e6).toFixed(1)} MB`);
      same(`${file}.json`, "all.jsonl.json");
    }
    scidocs("run", "--model", "wide", "--data", data, ...tasks, "--max-length", "8", "-o", "shorter.json");
    scidocs("compare", "run.json", "shorter.json");
    scidocs("compare", "all.npy", "all.parquet");
    scidocs("gate", "run.json", "--baseline", "stored.json");
    scidocs("report", "run.json", "shorter.json", "--data", data, "-o", "report.html");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
