// npm run bench -- pull [--bytes N] [--rounds N]: a full pull of a local store that fails 5 % of its requests, beside curl on the same
// store without faults, in pairs: alone, and followed by the md5sum that a pull includes. The store is a process of its own; every pulled byte is
// compared. On a line of 1 Gbit/s the line decides, without a limit the processor does.
import { spawn, spawnSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { pullDataset } from "../../dist/datasets/download/download.js";
import { scidocsStore } from "../../dist/suites/scidocs/store.js";

/** Files of many sizes, as the dataset has them: a few large, many small. */
export function writeStore(folder, bytes) {
  const shares = [0.25, 0.15, 0.1, 0.1, ...new Array(20).fill(0.015), ...new Array(40).fill(0.0025)];
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(1 << 20);
  for (const [index, share] of shares.entries()) {
    const descriptor = openSync(join(folder, `paper_metadata_${String(index).padStart(2, "0")}.json`), "w");
    let left = Math.round(bytes * share);
    while (left > 0) left -= writeSync(descriptor, cipher.update(zeros.subarray(0, Math.min(zeros.length, left))));
    closeSync(descriptor);
  }
}

async function startStore(folder, failing, bytesPerSecond) {
  const script = join(import.meta.dirname, "store.mjs");
  const child = spawn(process.execPath, [script, folder, String(failing), String(bytesPerSecond)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = (await lines.next()).value;
  return {
    url: `http://127.0.0.1:${port}`,
    counts: async () => {
      child.kill("SIGUSR2");
      return JSON.parse((await lines.next()).value);
    },
    close: () => child.kill(),
  };
}

/** curl's seconds for all files: as many at a time as a pull, no check of the bytes, no flush to the disk. */
function curl(store, names, folder) {
  const args = ["--silent", "--parallel", "--parallel-max", "4"];
  for (const name of names) args.push("-o", join(folder, name), `${store.url}/specter/scidocs/${name}`);
  const startedMs = performance.now();
  const { status, error } = spawnSync("curl", args, { stdio: ["ignore", "ignore", "ignore"] });
  if (error !== undefined || status !== 0) throw new Error(`curl failed: ${error ?? status}`);
  return (performance.now() - startedMs) / 1000;
}

/** Seconds of md5sum over all files, one after the other. */
function md5sum(names, folder) {
  const startedMs = performance.now();
  const { status, error } = spawnSync("md5sum", names, { cwd: folder, stdio: ["ignore", "ignore", "ignore"] });
  if (error !== undefined || status !== 0) throw new Error(`md5sum failed: ${error ?? status}`);
  return (performance.now() - startedMs) / 1000;
}

async function pull(store, folder) {
  const [startedMs, before] = [performance.now(), process.cpuUsage()];
  const report = await pullDataset({ target: folder, store: scidocsStore, from: store.url });
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds: (user + system) / 1e6, report };
}

function mustBeEqual(names, from, to) {
  for (const name of names) {
    if (!readFileSync(join(from, name)).equals(readFileSync(join(to, name)))) throw new Error(`${name} differs`);
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function compare(label, bytesPerSecond, rounds, source, work) {
  const names = readdirSync(source);
  const [sound, faulty] = [await startStore(source, 0, bytesPerSecond), await startStore(source, 0.05, bytesPerSecond)];
  const ratios = { curl: [], "curl and md5sum": [] };
  try {
    for (let round = 0; round < rounds; round++) {
      const folders = ["curl", "pull"].map((name) => join(work, name));
      for (const folder of folders) {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
      }
      const curlSeconds = curl(sound, names, folders[0]);
      const md5Seconds = md5sum(names, folders[0]);
      const { seconds, cpuSeconds, report } = await pull(faulty, folders[1]);
      mustBeEqual(names, source, folders[1]);
      ratios.curl.push(curlSeconds / seconds);
      ratios["curl and md5sum"].push((curlSeconds + md5Seconds) / seconds);
      const { requests, failed } = await faulty.counts();
      console.log(
        `${label}, round ${round + 1}: curl ${curlSeconds.toFixed(2)} s, md5sum ${md5Seconds.toFixed(2)} s, pull ${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)} s CPU, ${report.retries} retries; ${failed} of ${requests} requests failed so far)`,
      );
    }
  } finally {
    sound.close();
    faulty.close();
  }
  for (const [peer, values] of Object.entries(ratios)) {
    console.log(`${label}: median ${(100 * median(values)).toFixed(0)} % of the speed of ${peer}`);
  }
  console.log(`${label}: every byte right`);
}

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: { bytes: { type: "string", default: String(2 ** 30) }, rounds: { type: "string", default: "3" } },
  });
  const work = mkdtempSync(join(tmpdir(), "scidocs-bench-pull-"));
  try {
    const source = join(work, "store");
    mkdirSync(source);
    writeStore(source, Number(values.bytes));
    console.log(
      `${(Number(values.bytes) / 2 ** 20).toFixed(0)} MiB in ${readdirSync(source).length} files, ${cpus().length} cores`,
    );
    await compare("line of 1 Gbit/s", 125e6, 1, source, work);
    await compare("no limit but the machine's", Number.POSITIVE_INFINITY, Number(values.rounds), source, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
