import { hostname } from "node:os";
import { Command } from "commander";
import { coordinatorSigns, misfit } from "../embed/runners/queue/presence.ts";
import { parseQueueAddress } from "../embed/runners/queue/queueAddress.ts";
import { openQueueConnection, type QueueConnection } from "../embed/runners/queue/queueConnection.ts";
import { openQueueWorker } from "../embed/runners/queue/queueWorker.ts";
import { type Encoder, type EncoderOptions, encoderOptionNames } from "../encoders/encoder.ts";
import { resolveEncoder } from "../encoders/resolveEncoder.ts";
import { ScidocsError } from "../errors.ts";
import { cacheFolder } from "../files/cacheFolder.ts";
import { printable } from "../printable.ts";
import type { RunControl } from "../progress.ts";
import { scidocsVersion } from "../version.ts";
import type { CliContext } from "./context.ts";
import { onnxruntimeVersion } from "./distributionFlags.ts";
import { addModelFlags, encoderOptions, type ModelFlags } from "./encoderFlags.ts";
import { threadCount, wholeNumber } from "./flagParsers.ts";
import { examples } from "./help.ts";

interface WorkerFlags extends ModelFlags {
  readonly queue: string;
  readonly model?: string;
  readonly threads: number;
  readonly name?: string;
  readonly idleExit?: number;
}

/** Milliseconds between two looks for something to do. */
const lookMs = 1000;

/** Milliseconds between two lines on what has been done, where something has. */
const reportMs = 60_000;

/** `scidocs worker`: embeds for runs on other machines. */
export function workerCommand(context: CliContext): Command {
  const command = new Command("worker")
    .description("embed for runs on other machines, which hand out their work over a queue")
    .requiredOption("--queue <url>", "the Redis or Valkey of those runs: redis://HOST:6379/0, or rediss:// for TLS")
    .option(
      "--model <model>",
      "the model, as for scidocs run (default: what the first run names, where both see the same files)",
    )
    .option("--threads <n>", "parcels at once, with a session of the model each", threadCount, 1)
    .option("--name <name>", "how the runs call this worker (default: the machine's name)")
    .option(
      "--idle-exit <seconds>",
      "end when no run has wanted anything for so long (default: never)",
      wholeNumber(1),
    );
  command.optionsGroup("How the model is used, as for the run:");
  return addModelFlags(command)
    .addHelpText(
      "after",
      examples([
        ["scidocs worker --queue redis://head:6379/0 --model specter/", "one window at a time, until it is stopped"],
        [
          "scidocs worker --queue redis://head:6379/0 --threads 8 --idle-exit 600",
          "the run's model, from a shared folder",
        ],
      ]),
    )
    .action((_: unknown, given: Command) => work(given.optsWithGlobals<WorkerFlags>(), context));
}

async function work(flags: WorkerFlags, context: CliContext): Promise<void> {
  const control: RunControl = { signal: context.signal, onProgress: context.onProgress };
  const address = parseQueueAddress(flags.queue, context.env);
  const options = encoderOptions(flags, context);
  const given = flags.model === undefined ? null : await resolveEncoder(flags.model, options, control);
  for (const note of given?.notes ?? []) context.stderr(`${note}\n`);
  const connection = await openQueueConnection(address);
  // From here on SIGTERM and Ctrl-C mean: finish what is at hand.
  context.saveWhenStopped("stopping: what is at hand will be finished; a second signal ends at once");
  try {
    const encoder = given ?? (await encoderOfFirstRun(connection, flags, context));
    if (encoder !== null) await serve(encoder, connection, flags, context);
  } finally {
    connection.close();
    // After a Redis that was away, the queue's library may try for ever to reach what has been closed.
    context.leaveWhenDone();
  }
}

async function serve(
  encoder: Encoder,
  connection: QueueConnection,
  flags: WorkerFlags,
  context: CliContext,
): Promise<void> {
  let papers = 0;
  let failure: Error | null = null;
  const worker = await openQueueWorker({
    connection,
    encoder,
    threads: flags.threads,
    name: flags.name ?? hostname(),
    onnxruntime: onnxruntimeVersion(),
    onNote: (note) => context.stderr(`${note}\n`),
    onFailure: (error) => {
      failure ??= error;
    },
    onParcel: (texts) => {
      papers += texts;
    },
  });
  context.stderr(
    `${worker.id}: ready at ${connection.address.shown} for ${encoder.name}, fingerprint ${encoder.fingerprint.slice(0, 16)}\n`,
  );
  const startedMs = performance.now();
  let told = { papers: 0, atMs: startedMs };
  let isLost = false;
  while (!context.signal.aborted && failure === null) {
    await pause(context.signal);
    const now = performance.now();
    if (isLost !== connection.lostForMs() > lookMs) {
      isLost = !isLost;
      context.stderr(`${connection.address.shown} ${isLost ? "is away; waiting for it" : "is back"}\n`);
    }
    if (papers > told.papers && now - told.atMs >= reportMs) {
      context.stderr(`${papers} papers, ${((1000 * (papers - told.papers)) / (now - told.atMs)).toFixed(1)}/s\n`);
      told = { papers, atMs: now };
    }
    if (flags.idleExit !== undefined && worker.idleForMs() > 1000 * flags.idleExit) {
      context.stderr(`no run has wanted anything for ${flags.idleExit} s\n`);
      break;
    }
  }
  await worker.close();
  if (failure !== null) throw failure;
  context.stderr(`${papers} papers embedded in ${Math.round((performance.now() - startedMs) / 1000)} s\n`);
}

/** Waits a moment, or until the signal. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, lookMs);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}

/** Waits for a run that names its model, and opens that; null when stopped, or idle for longer than allowed, before. */
async function encoderOfFirstRun(
  connection: QueueConnection,
  flags: WorkerFlags,
  context: CliContext,
): Promise<Encoder | null> {
  context.stderr(`waiting at ${connection.address.shown} for a run that names its model\n`);
  const signs = coordinatorSigns(connection.redis);
  const refused = new Set<string>();
  const noneWhileLost = (error: unknown): never[] => {
    if (connection.lostForMs() === 0) throw error;
    return [];
  };
  const startedMs = performance.now();
  for (;;) {
    const runs = connection.lostForMs() > 0 ? [] : await signs.all().catch(noneWhileLost);
    for (const run of runs) {
      const { queue, host, model } = run;
      if (model === null || refused.has(queue)) continue;
      refused.add(queue);
      try {
        const encoder = await resolveEncoder(model.argument, {
          ...knownOptions(model.options),
          cacheDir: cacheFolder(context.env),
        });
        if (encoder.fingerprint === run.fingerprint) return encoder;
        const what = misfit(run, { settings: encoder.settings, scidocs: scidocsVersion() });
        context.stderr(
          `${printable(model.argument)} is another model here than on ${printable(host)}: ${printable(what, 400)}\n`,
        );
      } catch (error) {
        if (!(error instanceof ScidocsError)) throw error;
        context.stderr(`the model of a run on ${printable(host)} cannot be opened here: ${error.message}\n`);
      }
    }
    if (context.signal.aborted) return null;
    if (flags.idleExit !== undefined && performance.now() - startedMs > 1000 * flags.idleExit) return null;
    await pause(context.signal);
  }
}

/** The options that this version knows and that are what they should be; the fingerprint tells whether that was all. */
function knownOptions(options: Readonly<Record<string, unknown>>): EncoderOptions {
  const known = Object.entries(options).filter(
    ([name, value]) =>
      Object.hasOwn(encoderOptionNames, name) && ["string", "number", "boolean"].includes(typeof value),
  );
  return Object.fromEntries(known);
}
