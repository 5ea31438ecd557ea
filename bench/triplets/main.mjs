// npm run bench -- triplets [--queries N]: draws the triplets of a graph of the size of SPECTER's own: 150,000 queries with 60 neighbours
// each among 300,000 papers. The program runs as its users run it, in a process of its own; GNU time says what it took.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generator } from "../../dist/stats/random/generator.js";

const neighboursOfQuery = 60;
const words =
  "the of a model network protein learning analysis method data cell results graph we show with for in to".split(" ");

async function writeLines(file, count, line) {
  const stream = createWriteStream(file);
  stream.write("{");
  for (let at = 0; at < count; at++) {
    const more = stream.write(`${at === 0 ? "\n" : ",\n"}${line(at)}`);
    if (!more) await once(stream, "drain");
  }
  stream.end("\n}\n");
  await once(stream, "finish");
}

export async function main(args) {
  const queries = args.includes("--queries") ? Number(args[args.indexOf("--queries") + 1]) : 150_000;
  const papers = 2 * queries;
  const folder = mkdtempSync(join(tmpdir(), "scidocs-bench-"));
  try {
    const { bits } = generator(1);
    const ids = Array.from({ length: papers }, () =>
      [0, 0, 0, 0, 0].map(() => bits().toString(16).padStart(8, "0")).join(""),
    );
    const text = (length) => Array.from({ length }, () => words[bits() % words.length]).join(" ");
    const texts = Array.from({ length: 500 }, () => text(180));
    await writeLines(join(folder, "metadata.json"), papers, (at) => {
      const paper = {
        paper_id: ids[at],
        title: `Title ${at}`,
        abstract: texts[at % texts.length],
        authors: [String(at)],
      };
      return `"${ids[at]}": ${JSON.stringify(paper)}`;
    });
    await writeLines(join(folder, "data.json"), queries, (at) => {
      const neighbours = {};
      // One query in ten cites nobody clearly more than others, and gives no triplet.
      for (let n = 0; n < neighboursOfQuery; n++) {
        neighbours[ids[bits() % papers]] = { count: n % 4 === 0 || at % 10 === 0 ? 5 : 1 };
      }
      return `"${ids[at]}": ${JSON.stringify(neighbours)}`;
    });
    const lists = { train: 0.8, val: 0.1, test: 0.1 };
    let start = 0;
    for (const [set, share] of Object.entries(lists)) {
      const end = start + Math.round(share * queries);
      writeFileSync(join(folder, `${set}.txt`), `${ids.slice(start, end).join("\n")}\n`);
      start = end;
    }
    const mb = (file) => `${(statSync(join(folder, file)).size / 1e6).toFixed(0)} MB`;
    console.log(`data.json ${mb("data.json")}, metadata.json ${mb("metadata.json")}`);
    const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
    const command = [program, "triplets", "--data-dir", folder, "--outdir", join(folder, "out")];
    const { status, stdout, stderr } = spawnSync("/usr/bin/time", ["-v", process.execPath, ...command], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    const metrics = JSON.parse(readFileSync(join(folder, "out/data-metrics.json"), "utf8"));
    const read = (name) => new RegExp(`${name}.*?: (.*)`).exec(stderr)?.[1];
    console.log(stdout);
    console.log(
      `${metrics.train + metrics.val + metrics.test} triplets in ${read("Elapsed")}, ${read("User time")} s user, ${read("System time")} s system, ${(Number(read("Maximum resident")) / 1e3).toFixed(0)} MB at the peak`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
