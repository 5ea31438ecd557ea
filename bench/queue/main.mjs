// npm run bench -- queue [--windows N] [--overhead MODEL PAPERS [flags of the model]]
// How much one coordinator and one Redis carry, with a worker that answers at once: parcels of 32 texts of 250 tokens out, 32 x 768 float32
// back. With --overhead, the same papers are embedded by one thread here and by one worker behind a queue, in turn, and wall time, CPU time and
// memory are compared.
import { fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseQueueAddress } from "../../dist/embed/runners/queue/queueAddress.js";
import { openQueueConnection, serverFacts } from "../../dist/embed/runners/queue/queueConnection.js";
import { queueRunner } from "../../dist/embed/runners/queue/queueRunner.js";

const [texts, tokens, dimensions] = [32, 250, 768];

async function startRedis(folder) {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  const child = spawn("redis-server", ["--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const chunk of child.stdout) if (String(chunk).includes("Ready to accept")) break;
  return { child, url: `redis://127.0.0.1:${port}` };
}

const encoder = { fingerprint: "f".repeat(64), settings: { model: "none" }, provider: "cpu" };

async function throughput(url, count) {
  const address = parseQueueAddress(url);
  const worker = fork(new URL("./instantWorker.mjs", import.meta.url), [url, encoder.fingerprint, texts * dimensions]);
  await once(worker, "message");
  const key = (at) => at.toString(16).padStart(64, "0");
  const plan = {
    encoder,
    batchTokens: 512,
    texts: Array.from({ length: count * texts }, (_, at) => ({ key: key(at) })),
  };
  const runner = await queueRunner({ address, inFlight: 8, onnxruntime: "none", onNote: console.log }).open(plan, {});
  const probe = await openQueueConnection(address);
  let peak = 0;
  const timer = setInterval(async () => {
    peak = Math.max(peak, (await serverFacts(probe.redis)).usedMemoryBytes);
  }, 200);
  const lengths = new Int32Array(texts).fill(tokens);
  const ids = new Int32Array(texts * tokens).fill(12345);
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const running = new Set();
  for (let at = 0; at < count; at++) {
    const own = plan.texts.slice(at * texts, (at + 1) * texts).map((text) => ({ ...text, paperIds: [] }));
    const done = runner
      .run({ batches: [{ texts: own, request: { ids, lengths, positions: null } }] })
      .then(() => running.delete(done));
    running.add(done);
    if (running.size >= runner.capacity()) await Promise.race(running);
  }
  await Promise.all(running);
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  clearInterval(timer);
  const after = (await serverFacts(probe.redis)).usedMemoryBytes;
  await runner.close();
  probe.close();
  worker.kill();
  const out = 4 * Math.ceil((4 * (texts * (tokens + 1) + 5)) / 3);
  const back = 4 * texts * dimensions;
  console.log(
    `${count} windows of ${texts} texts: ${(count / seconds).toFixed(0)} windows/s, ${((count * texts) / seconds).toFixed(0)} papers/s; coordinator ${((user + system) / 1000 / count).toFixed(2)} ms CPU a window`,
  );
  console.log(
    `bytes a window: ${out} out, ${back} back, ${(((out + back) * count) / seconds / 1e6).toFixed(0)} MB/s; Redis at most ${(peak / 1e6).toFixed(1)} MB, ${(after / 1e6).toFixed(1)} MB at the end`,
  );
}

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

const format = "took %e %U %S %M";

/** What GNU time says a program took: seconds of wall time and of CPU time, and its peak memory in MB. */
function cost(stderr) {
  const [, wall, user, system, kilobytes] = /took ([\d.]+) ([\d.]+) ([\d.]+) (\d+)/.exec(stderr);
  return { wall: Number(wall), cpu: Number(user) + Number(system), megabytes: Number(kilobytes) / 1000 };
}

function timed(args) {
  const { status, stderr } = spawnSync("/usr/bin/time", ["-f", format, process.execPath, program, ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return cost(stderr);
}

/** One thread here, then one worker's thread behind a queue, in turn. The worker stands ready, as on a machine that is kept for it. */
async function overhead(url, folder, [model, papers, ...flags]) {
  const embed = ["embed", "--model", model, ...flags, "--papers", papers, "--no-store", "-o"];
  const rounds = [];
  for (let round = 1; round <= 5; round++) {
    const worker = ["worker", "--queue", url, "--model", model, ...flags, "--threads", "1", "--idle-exit", "6"];
    const child = spawn("/usr/bin/time", ["-f", format, process.execPath, program, ...worker], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    await sleep(4000);
    const coordinator = timed([...embed, join(folder, "queue.npy"), "--queue", url]);
    await once(child, "close");
    const far = cost(said);
    const here = timed([...embed, join(folder, "local.npy"), "--threads", "1"]);
    const [wall, cpu] = [coordinator.wall / here.wall, (coordinator.cpu + far.cpu) / here.cpu];
    rounds.push({ wall, cpu });
    console.log(
      `round ${round}: here ${here.wall.toFixed(1)} s, CPU ${here.cpu.toFixed(1)} s, ${here.megabytes.toFixed(0)} MB; over the queue ${coordinator.wall.toFixed(1)} s, CPU ${(coordinator.cpu + far.cpu).toFixed(1)} s (worker ${far.cpu.toFixed(1)}, ${far.megabytes.toFixed(0)} MB): wall ${percent(wall)}, CPU ${percent(cpu)}`,
    );
  }
  const median = (name) => rounds.map((round) => round[name]).sort((a, b) => a - b)[2];
  console.log(`median: wall ${percent(median("wall"))}, CPU ${percent(median("cpu"))}`);
}

const percent = (ratio) => `${ratio < 1 ? "" : "+"}${(100 * ratio - 100).toFixed(1)} %`;

export async function main(args) {
  const folder = mkdtempSync(join(tmpdir(), "scidocs-bench-"));
  const redis = await startRedis(folder);
  try {
    const at = args.indexOf("--overhead");
    if (at >= 0) await overhead(redis.url, folder, args.slice(at + 1));
    else await throughput(redis.url, args.includes("--windows") ? Number(args[args.indexOf("--windows") + 1]) : 2000);
  } finally {
    redis.child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
