import { resolve } from "node:path";
import type { Command } from "commander";
import { versions } from "../benchmark/diagnosis.ts";
import { parseQueueAddress, passwordVariable } from "../embed/runners/queue/queueAddress.ts";
import { queueRunner } from "../embed/runners/queue/queueRunner.ts";
import type { WindowRunner } from "../embed/runners/runner.ts";
import { parseShard, type Shard } from "../embed/shard.ts";
import type { EncoderOptions } from "../encoders/encoder.ts";
import { ScidocsError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import type { CliContext } from "./context.ts";
import { wholeNumber } from "./flagParsers.ts";

/** The flags that spread the embedding over machines; `run` and `embed` share them. */
export interface DistributionFlags {
  readonly queue?: string;
  readonly inFlight?: number;
  readonly shard?: string;
  readonly threads?: number;
  readonly store: string | boolean;
}

/** Adds the flags of {@link DistributionFlags}. */
export function addDistributionFlags(command: Command): Command {
  return command
    .option(
      "--queue <url>",
      `have workers embed, over a Redis or Valkey: redis://HOST:6379/0, or rediss:// for TLS; a password may be in ${passwordVariable}. This process embeds only with --threads`,
    )
    .option(
      "--in-flight <n>",
      "with --queue: parcels under way (default: 4 for each thread of a worker)",
      wholeNumber(1),
    )
    .option(
      "--shard <k/n>",
      "embed the k-th of n parts, into the store; `scidocs store merge` joins the parts' stores",
    );
}

/** Said where these flags meet a model that is asked over the network. */
export const notForApis = "--queue and --shard are for models that run here; an API is asked by one process";

/** Said where there are more shards than parts to deal. */
export const emptyShard = "nothing falls to this shard: there are fewer windows of papers than shards";

/** The version of ONNX Runtime that this process computes with. */
export function onnxruntimeVersion(): string {
  return versions()["onnxruntime-node"] ?? "unknown";
}

/**
 * The runner that the flags ask for; undefined for threads of this process.
 * @param model what --model is, and the options that go with it, for workers that see the same files
 * @throws ScidocsError `USAGE`
 */
export function runnerOf(
  flags: DistributionFlags,
  model: { readonly argument: string; readonly options: EncoderOptions },
  context: CliContext,
): WindowRunner | undefined {
  if (flags.queue === undefined) {
    if (flags.inFlight !== undefined) throw new ScidocsError("USAGE", "--in-flight needs --queue");
    return undefined;
  }
  const absolute = (path: string | undefined): string | undefined =>
    path !== undefined && isThere(path) ? resolve(context.cwd, path) : path;
  const { cacheDir: _ours, ...options } = model.options;
  return queueRunner({
    address: parseQueueAddress(flags.queue, context.env),
    inFlight: flags.inFlight,
    threads: flags.threads ?? 0,
    onnxruntime: onnxruntimeVersion(),
    model: {
      argument: absolute(model.argument) ?? model.argument,
      options: { ...options, vocab: absolute(options.vocab), mixWeights: absolute(options.mixWeights) },
    },
    onNote: (note) => context.stderr(`${note}\n`),
  });
}

/**
 * The shard that the flags ask for; undefined for the whole.
 * @throws ScidocsError `USAGE` also where its vectors would be kept nowhere
 */
export function shardOf(flags: DistributionFlags): Shard | undefined {
  if (flags.shard === undefined) return undefined;
  if (flags.store === false) throw new ScidocsError("USAGE", "a shard's vectors go to the store: leave --no-store out");
  return parseShard(flags.shard);
}
