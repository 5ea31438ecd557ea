// npm run bench -- train [--steps N] [--rounds R] [--threads T] [--triplets N] [--tokens 256,256,256] [--dropout P] [--layers N]
//   [--recompute] [--kind bert|modernbert|nomic] [--python python3]: a whole training step of BERT-base (forward, backward, AdamW), ours
// and PyTorch's in turn, each in a process of its own, and our rate beside that of one large product. Without PyTorch (Debian:
// python3-torch and libopenblas0-pthread), and for another kind of encoder, ours alone.
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Runs a contender; its line of JSON, or null where it cannot run. */
function contend(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (status === 0) return JSON.parse(stdout);
  console.error(`${program} ${args[0]}: ${stderr.trim().split("\n").at(-1)}`);
  return null;
}

export async function main(args) {
  const { values: flags } = parseArgs({
    args,
    options: {
      steps: { type: "string", default: "3" },
      rounds: { type: "string", default: "2" },
      threads: { type: "string", default: String(availableParallelism()) },
      triplets: { type: "string", default: "1" },
      tokens: { type: "string", default: "256,256,256" },
      dropout: { type: "string", default: "0" },
      kind: { type: "string", default: "bert" },
      layers: { type: "string" },
      recompute: { type: "boolean", default: false },
      python: { type: "string", default: "/usr/bin/python3" },
    },
  });
  const common = ["steps", "threads", "triplets", "tokens", "dropout", "layers"].flatMap((name) =>
    flags[name] === undefined ? [] : [`--${name}`, flags[name]],
  );
  const own = [file("./ours.mjs"), ...common, "--kind", flags.kind, ...(flags.recompute ? ["--recompute"] : [])];
  const runs = { scidocs: [], torch: [] };
  for (let round = 0; round < Number(flags.rounds); round++) {
    runs.scidocs.push(contend(process.execPath, own));
    if (flags.kind === "bert") runs.torch.push(contend(flags.python, [file("./torchStep.py"), ...common]));
  }
  console.log(
    `${cpus()[0]?.model}, ${flags.threads} threads, ${flags.triplets} triplets of ${flags.tokens} tokens, ${flags.kind} of ${runs.scidocs[0].layers} layers, dropout ${flags.dropout}`,
  );
  const least = (name, key) => Math.min(...runs[name].filter((run) => run !== null).map((run) => run[key]));
  for (const name of ["scidocs", "torch"]) {
    if (!Number.isFinite(least(name, "whole"))) continue;
    const seconds = (key) => least(name, key).toFixed(2).padStart(6);
    console.log(
      `${name.padEnd(8)} passes ${seconds("passes")} s  optimizer ${seconds("optimizer")} s  step ${seconds("whole")} s  CPU ${seconds("cpu")} s  peak ${least(name, "peakMb").toFixed(0)} MB`,
    );
  }
  if (Number.isFinite(least("torch", "whole"))) {
    console.log(`step, scidocs / torch: ${(least("scidocs", "whole") / least("torch", "whole")).toFixed(2)}`);
  }
  const flops = runs.scidocs[0].gigaflops;
  // Step by step against the product that ran right behind it, and the middle of those shares: what disturbs one disturbs both.
  const shares = runs.scidocs.flatMap((run) => run.gigaflopsMeanwhile.map((meanwhile) => flops / meanwhile));
  shares.sort((a, b) => a - b);
  const share = (at) => `${(100 * shares[Math.floor(at * (shares.length - 1))]).toFixed(0)} %`;
  const rate = Math.max(...runs.scidocs.map((run) => run.rate));
  console.log(
    `passes ${(flops / least("scidocs", "passes")).toFixed(0)} GFLOP/s, one large product ${rate.toFixed(0)}; ` +
      `pair by pair ${share(0.5)} of it (quartiles ${share(0.25)} to ${share(0.75)})`,
  );
}
