// npm run bench -- progress [--scale S] [--record FILE]: how true the shown time left is, for every stage of run, score, export and a pull
// (reproduce is a pull and a score). A synthetic dataset of the real size is embedded with the mini model, then scored from JSON lines; a
// checkpoint of BERT-base size is exported; a local store is pulled over a line of 30 MB/s. With --record, what was told is kept for the test.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runBenchmark } from "../../dist/benchmark/runBenchmark.js";
import { encoderSource } from "../../dist/benchmark/sources/encoder.js";
import { filesSource } from "../../dist/benchmark/sources/files.js";
import { pullDataset } from "../../dist/datasets/download/download.js";
import { exportCheckpoint } from "../../dist/encoders/checkpoints/exportCheckpoint.js";
import { resolveEncoder } from "../../dist/encoders/resolveEncoder.js";
import { secondsLeft } from "../../dist/progress.js";
import { openDataset } from "../../dist/suites/dataset.js";
import { scidocsStore } from "../../dist/suites/scidocs/store.js";
import { synthesize } from "../../dist/suites/scidocs/synthetic/synthesize.js";
import { writeVectors } from "../../dist/vectors/writeVectors.js";
import { writeRandomCheckpoint } from "../embed/randomCheckpoint.mjs";
import { writeStore } from "../pull/main.mjs";
import { worstFactor } from "./timeLeft.mjs";

/** Stages shorter than this show no time that anybody reads; differences of a second are not seen anyway. */
const shortestSeconds = 1.5;

/** Runs something and keeps what it tells: `{command, stage, seconds, events}` of each stage. */
async function recorded(command, work) {
  const stages = new Map();
  const onProgress = ({ stage, done, total, share }) => {
    const now = performance.now() / 1000;
    const known = stages.get(stage);
    // As on the screen, a stage begins with its last event of nothing done and ends with all done.
    if (known === undefined && done >= total) return;
    const entry = known ?? { command, stage, began: now, seconds: 0, events: [] };
    stages.set(stage, entry);
    if (done === 0) Object.assign(entry, { began: now, events: [] });
    entry.seconds = now - entry.began;
    entry.events.push([entry.seconds, share ?? done / total]);
  };
  await work({ onProgress });
  return [...stages.values()].map(({ began: _began, ...stage }) => stage);
}

async function served(folder, bytesPerSecond, work) {
  const script = fileURLToPath(new URL("../pull/store.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, folder, "0", String(bytesPerSecond)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await work(`http://127.0.0.1:${(await lines.next()).value}`);
  } finally {
    child.kill();
  }
}

/** At most so many events are kept of a stage: the display draws ten a second. */
function thinned({ events, seconds, ...stage }) {
  const kept = [];
  for (const event of events) {
    if (kept.length === 0 || event[0] - kept.at(-1)[0] > seconds / 100) kept.push(event);
  }
  return {
    ...stage,
    seconds: round(seconds),
    events: kept.map(([at, share]) => [round(at), Number(share.toFixed(4))]),
  };
}

const round = (value) => Math.round(1000 * value) / 1000;

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: { scale: { type: "string", default: "1" }, record: { type: "string" } },
  });
  const work = mkdtempSync(join(tmpdir(), "scidocs-bench-"));
  try {
    const folder = join(work, "data");
    const stages = await recorded("data synth", (control) =>
      synthesize({ folder, scale: Number(values.scale), seed: 1 }, control),
    );
    const dataset = await openDataset(folder);
    const encoder = await resolveEncoder("mini");
    let table;
    stages.push(
      ...(await recorded("run", async (control) => {
        const { made } = await runBenchmark(dataset, encoderSource(encoder), {}, control);
        table = made.embedding.table;
      })),
    );
    const vectors = join(work, "vectors.jsonl");
    await writeVectors(vectors, table);
    table = null;
    const files = Object.fromEntries(dataset.suite.vectorGroups.map(({ id }) => [id, [vectors]]));
    stages.push(...(await recorded("score", (control) => runBenchmark(dataset, filesSource(files), {}, control))));

    const checkpoint = join(work, "checkpoint");
    writeRandomCheckpoint(checkpoint, fileURLToPath(new URL("../../models/mini/vocab.txt", import.meta.url)));
    for (const precision of ["fp32", "int8"]) {
      const to = join(work, `${precision}.onnx`);
      stages.push(
        ...(await recorded(`export ${precision}`, (control) =>
          exportCheckpoint(checkpoint, to, { precision }, control),
        )),
      );
    }

    const store = join(work, "store");
    mkdirSync(store);
    writeStore(store, 6e8 * Number(values.scale));
    await served(store, 30e6, async (from) => {
      const target = join(work, "pulled");
      stages.push(
        ...(await recorded("data pull", (control) => pullDataset({ target, store: scidocsStore, from }, control))),
      );
    });

    const long = stages.filter(({ seconds }) => seconds >= shortestSeconds);
    console.log("seconds  worst factor from a third on  stage");
    for (const { command, stage, seconds, events } of long) {
      const factor = worstFactor(events, seconds, secondsLeft).toFixed(2);
      console.log(`${seconds.toFixed(1).padStart(7)}  ${factor.padStart(28)}  ${command}: ${stage}`);
    }
    console.log(`(stages below ${shortestSeconds} s are not judged: ${stages.length - long.length})`);
    if (values.record !== undefined) {
      const lines = long.map((stage) => JSON.stringify(thinned(stage)));
      writeFileSync(values.record, `[\n${lines.join(",\n")}\n]\n`);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
