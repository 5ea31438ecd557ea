// npm run bench -- embed [--papers N] [--rounds R] [--threads T] [--needed N]: papers a second of BERT-base with random weights, against
// @huggingface/transformers on the same ONNX file and the same papers; the peer's rate is the median over the rounds. --needed: texts that a full test table
// needs, as `scidocs run --dry-run` counts them. --texts FILE, --tokenizer FOLDER: a metadata file of real papers, and the vocabulary for it.
// --provider webgpu|cuda: once more on a graphics card.
import { fork } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exportCheckpoint } from "../../dist/encoders/checkpoints/exportCheckpoint.js";
import { matrixRates } from "./matrixRates.mjs";
import { geometry, writeRandomCheckpoint } from "./randomCheckpoint.mjs";

const mini = fileURLToPath(new URL("../../models/mini", import.meta.url));
const miniTexts = fileURLToPath(new URL("../../datasets/mini/paper_metadata_view_cite_read.json", import.meta.url));

/** All papers of the benchmark's three metadata files, which the reference embeds. */
const allPapers = 226_743;

/** Makes the models once: a random checkpoint and its export, with a model folder's tokenizer. */
async function prepare(work, tokenizer) {
  if (existsSync(join(work, "ready"))) return;
  const checkpoint = join(work, "checkpoint");
  writeRandomCheckpoint(checkpoint, join(tokenizer, "vocab.txt"));
  for (const name of ["tokenizer.json", "tokenizer_config.json"])
    copyFileSync(join(tokenizer, name), join(checkpoint, name));
  mkdirSync(join(work, "peer/onnx"), { recursive: true });
  await exportCheckpoint(checkpoint, join(work, "peer/onnx/model.onnx"), { output: "tokens" });
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    copyFileSync(join(checkpoint, name), join(work, "peer", name));
  }
  writeFileSync(join(work, "ready"), "");
}

/** Papers with an abstract out of a metadata file, evenly spaced; those of the mini dataset have about 260 tokens each. */
function somePapers(file, count) {
  const all = Object.values(JSON.parse(readFileSync(file, "utf8"))).filter(({ abstract }) => abstract);
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)]).map(
    ({ paper_id: id, title, abstract }) => ({ id, title: title ?? "", abstract: abstract ?? "" }),
  );
}

/** A contender's process; `embed` resolves with its timings. */
async function open(kind, details) {
  const child = fork(new URL("./contender.mjs", import.meta.url), [kind, ...details.map(String)]);
  const next = () =>
    new Promise((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", (code) => reject(new Error(`${kind} ended with ${code}`)));
    });
  await next();
  return {
    embed: (papers, batchSize) => {
      child.send({ papers, batchSize });
      return next();
    },
    close: () => child.kill(),
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Largest cosine distance between two contenders' vectors (their first numbers), as a check that they did the same work. */
function largestDistance(a, b) {
  return Math.max(
    ...a.map((vector, row) => {
      const dot = (x, y) => x.reduce((sum, value, k) => sum + value * y[k], 0);
      return 1 - dot(vector, b[row]) / Math.sqrt(dot(vector, vector) * dot(b[row], b[row]));
    }),
  );
}

/** Multiply-adds of one paper of `tokens` tokens through the whole encoder. */
function paperFlops(tokens) {
  const { layers, hidden, intermediate } = geometry;
  return 2 * layers * tokens * (4 * hidden * hidden + 2 * hidden * intermediate + 2 * tokens * hidden);
}

export async function main(args) {
  const { values: flags } = parseArgs({
    args,
    options: {
      papers: { type: "string", default: "192" },
      rounds: { type: "string", default: "3" },
      threads: { type: "string", default: String(availableParallelism()) },
      needed: { type: "string" },
      provider: { type: "string" },
      texts: { type: "string", default: miniTexts },
      tokenizer: { type: "string", default: mini },
    },
  });
  const threads = Number(flags.threads);
  const rounds = Number(flags.rounds);
  const work = join(tmpdir(), `scidocs-bench-embed-${basename(flags.tokenizer)}`);
  await prepare(work, flags.tokenizer);
  const papers = somePapers(flags.texts, Number(flags.papers));
  const contenders = [
    ["peer, batch 1", "peer", "peer", 1],
    ["peer, batch 8", "peer", "peer", 8],
    ["peer, batch 32", "peer", "peer", 32],
    ["scidocs fp32, same file", "scidocs", "peer", 0],
    ["scidocs fp32", "scidocs", "checkpoint", 0, "fp32"],
    ["scidocs int8", "scidocs", "checkpoint", 0, "int8"],
    // On a machine with a graphics card: the same checkpoint there.
    ...(flags.provider
      ? [[`scidocs fp32, ${flags.provider}`, "scidocs", "checkpoint", 0, "fp32", flags.provider]]
      : []),
  ];
  const runs = new Map(contenders.map(([name]) => [name, []]));
  const vectors = new Map(contenders.map(([name]) => [name, []]));
  for (const [name, kind, folder, batchSize, precision, provider] of contenders) {
    // One process at a time: idle ones would hold memory and spinning threads.
    const contender = await open(kind, [
      join(work, folder),
      threads,
      precision ?? "",
      join(work, "cache"),
      provider ?? "",
    ]);
    await contender.embed(papers.slice(0, 2), batchSize);
    // The peer's papers come in rounds, for a median. Ours come at once, as in a real run: it opens its sessions in the time that counts.
    const size = kind === "peer" ? Math.ceil(papers.length / rounds) : papers.length;
    for (let start = 0; start < papers.length; start += size) {
      const answer = await contender.embed(papers.slice(start, start + size), batchSize);
      runs.get(name).push(answer);
      vectors.get(name).push(...answer.vectors);
    }
    contender.close();
  }
  report(runs, vectors, contenders, { threads, rates: await matrixRates(threads), needed: Number(flags.needed ?? 0) });
}

function report(runs, vectors, contenders, { threads, rates, needed }) {
  const rate = (name) => median(runs.get(name).map(({ papersPerSecond }) => papersPerSecond));
  const tokens = runs.get("scidocs fp32").reduce((sum, run) => sum + run.tokens, 0);
  const count = vectors.get("scidocs fp32").length;
  console.log(`${cpus()[0]?.model}, ${threads} threads, ${count} papers of ${Math.round(tokens / count)} tokens`);
  for (const [name] of contenders) {
    const peak = Math.max(...runs.get(name).map(({ peakMb }) => peakMb));
    const cpu = median(runs.get(name).map(({ cpuMsPerPaper }) => cpuMsPerPaper));
    console.log(
      `${name.padEnd(24)} ${rate(name).toFixed(2).padStart(7)} papers/s  ${cpu.toFixed(0).padStart(5)} CPU ms a paper  ${peak.toFixed(0).padStart(5)} MB`,
    );
  }
  const best = ["peer, batch 1", "peer, batch 8", "peer, batch 32"].reduce((a, b) => (rate(b) > rate(a) ? b : a));
  const line = (label, value) => console.log(`${label.padEnd(52)} ${value}`);
  for (const name of ["scidocs fp32, same file", "scidocs fp32"]) {
    line(`${name} / ${best}`, (rate(name) / rate(best)).toFixed(2));
    line(`${name} / peer, batch 8`, (rate(name) / rate("peer, batch 8")).toFixed(2));
  }
  line("scidocs int8 / scidocs fp32", (rate("scidocs int8") / rate("scidocs fp32")).toFixed(2));
  if (needed > 0) {
    const share = needed / rate("scidocs int8") / (allPapers / rate(best));
    line(`${needed} texts in int8 / ${allPapers} papers of the peer's best, time`, share.toFixed(3));
  }
  line(
    "largest cosine distance, fp32 to peer",
    largestDistance(vectors.get("scidocs fp32"), vectors.get("peer, batch 1")).toExponential(1),
  );
  line(
    "largest cosine distance, int8 to fp32",
    largestDistance(vectors.get("scidocs int8"), vectors.get("scidocs fp32")).toExponential(1),
  );
  const flops = paperFlops(tokens / count) / 1e9;
  for (const precision of ["fp32", "int8"]) {
    const reached = flops * rate(`scidocs ${precision}`);
    line(
      `${precision}: loop / one large product, GFLOP/s`,
      `${reached.toFixed(0)} / ${rates[precision].toFixed(0)} = ${((100 * reached) / rates[precision]).toFixed(0)} %`,
    );
  }
}
