import { Command } from "commander";
import { diagnose } from "../benchmark/diagnosis.ts";
import { diagnoseQueue, type QueueDiagnosis } from "../embed/runners/queue/diagnoseQueue.ts";
import { parseQueueAddress } from "../embed/runners/queue/queueAddress.ts";
import { ScidocsError } from "../errors.ts";
import { printable, printableJson } from "../printable.ts";
import { openDataset, whyNotEmbeddable } from "../suites/dataset.ts";
import type { CliContext } from "./context.ts";
import { miniDataset } from "./shipped.ts";

interface DoctorFlags {
  readonly data?: string;
  readonly queue?: string;
  readonly json: boolean;
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** `scidocs doctor`: what this machine and a dataset offer. */
export function doctorCommand(context: CliContext): Command {
  return new Command("doctor")
    .description("say what this machine offers: versions, providers, threads, memory, data")
    .option("--data <dir>", "SciDocs folder to look at (default: the mini dataset)")
    .option("--queue <url>", "the Redis or Valkey of --queue to look at: version, memory, latency, who is there")
    .option("--json", "print JSON", false)
    .action(async (flags: DoctorFlags) => {
      const machine = await diagnose();
      const data = await diagnoseData(flags.data ?? miniDataset);
      const queue = flags.queue === undefined ? null : await diagnoseQueue(parseQueueAddress(flags.queue, context.env));
      if (flags.json) {
        context.stdout(`${printableJson({ ...machine, data, ...(queue === null ? {} : { queue }) })}\n`);
        return;
      }
      const lines = [
        ...Object.entries(machine.versions).map(([name, version]) => [name, version]),
        ["platform", machine.platform],
        ["processor", machine.cpu],
        ["threads", String(machine.threads)],
        ["memory", `${gib(machine.memoryBytes)}, ${gib(machine.freeMemoryBytes)} free`],
        ...machine.providers.map(({ provider, works, problem }) => [
          `provider ${provider}`,
          works ? "works" : `no: ${problem}`,
        ]),
        ["data", data.folder ?? `no: ${data.problem}`],
        ...data.tasks.map(({ task, problem }) => [
          `  ${task}`,
          problem === null ? "test split can be run" : `no: ${problem}`,
        ]),
        ...(queue === null ? [] : queueRows(queue)),
      ];
      const widest = Math.max(...lines.map(([label]) => label?.length ?? 0));
      context.stdout(lines.map(([label, value]) => `${(label ?? "").padEnd(widest)}  ${value}\n`).join(""));
    });
}

function queueRows({ address, server, problem, latencyMs, workers, runs }: QueueDiagnosis): [string, string][] {
  const limit = server.maxMemoryBytes === 0 ? "no limit" : `at most ${gib(server.maxMemoryBytes)}`;
  return [
    ["queue", problem === null ? `${address} works` : `no: ${problem}`],
    ["  server", server.version],
    ["  memory", `${gib(server.usedMemoryBytes)} used, ${limit}, maxmemory-policy ${server.evictionPolicy}`],
    [
      "  restart",
      server.appendOnly ? "keeps its work (append-only file)" : "loses its work, which a run then hands out again",
    ],
    ["  latency", `${latencyMs.median.toFixed(1)} ms, at the slowest ${latencyMs.slowest.toFixed(1)} ms`],
    ...workers.map(({ name, host, fingerprint, sessions }): [string, string] => [
      "  worker",
      printable(`${name} on ${host}, ${sessions} at once, for ${fingerprint.slice(0, 16)}`),
    ]),
    ...runs.map(({ host, fingerprint }): [string, string] => [
      "  run",
      printable(`on ${host}, for ${fingerprint.slice(0, 16)}`),
    ]),
  ];
}

interface DataDiagnosis {
  readonly folder: string | null;
  readonly problem: string | null;
  readonly tasks: readonly { readonly task: string; readonly problem: string | null }[];
}

async function diagnoseData(folder: string): Promise<DataDiagnosis> {
  try {
    const dataset = await openDataset(folder);
    const tasks = dataset.suite.tasks.map((task) => ({
      task: task.id,
      problem: whyNotEmbeddable(dataset, task, "test"),
    }));
    return { folder: dataset.folder, problem: null, tasks };
  } catch (error) {
    if (!(error instanceof ScidocsError)) throw error;
    return { folder: null, problem: error.message, tasks: [] };
  }
}
