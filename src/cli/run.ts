import { Command } from "commander";
import { carryOutBenchmark, planBenchmark } from "../benchmark/runBenchmark.ts";
import { encoderSource, modelOfRecord } from "../benchmark/sources/encoder.ts";
import { resolveApiModel } from "../embed/apis/apiModels.ts";
import { embedPapers } from "../embed/embedPapers.ts";
import { locateModel } from "../encoders/modelFiles.ts";
import { resolveEncoder } from "../encoders/resolveEncoder.ts";
import { ScidocsError } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import { openDataset } from "../suites/dataset.ts";
import { defaultSuite } from "../suites/suites.ts";
import { runWithApi } from "./apiRun.ts";
import type { CliContext } from "./context.ts";
import {
  addDistributionFlags,
  type DistributionFlags,
  emptyShard,
  notForApis,
  runnerOf,
  shardOf,
} from "./distributionFlags.ts";
import { embeddingSummary, printPlan } from "./embeddingOutput.ts";
import { addEncoderFlags, batchTokensOf, type EncoderFlags, encoderOptions, openStore } from "./encoderFlags.ts";
import { checkOutput, finishRun, type OutputFlags } from "./finishRun.ts";
import { examples } from "./help.ts";
import { addOutputFlags } from "./outputFlags.ts";
import { addScoringFlags, type ScoringFlags, scoringRequest } from "./scoringFlags.ts";
import { miniDataset } from "./shipped.ts";
import { tellGaps } from "./tellGaps.ts";

interface RunFlags extends ScoringFlags, EncoderFlags, DistributionFlags, OutputFlags {
  readonly embedOnly: boolean;
  readonly model?: string;
  readonly name?: string;
  readonly dryRun: boolean;
  readonly offline?: boolean;
}

/** `scidocs run`: papers to the paper's table, in one process. */
export function runCommand(context: CliContext): Command {
  const { tasks, otherTask } = defaultSuite.examples;
  const command = new Command("run")
    .description("embed the papers with a model and score the vectors: the main job")
    .option(
      "-m, --model <model>",
      "an .onnx file, a folder with one, a checkpoint, api:specter, s2:specter_v1, s2:specter_v2 or mini (default: mini, on the mini dataset)",
    )
    .option("--name <name>", "the model's name in table and record (default: its file's or folder's)")
    .option("--dry-run", "print what would be done and how long it would take, and stop", false)
    .option("--embed-only", "fill the store with the papers' vectors, and stop before anything is scored", false);
  addOutputFlags(addScoringFlags(command));
  command.optionsGroup("How the model is used:");
  return addDistributionFlags(addEncoderFlags(command))
    .addHelpText(
      "after",
      examples([
        ["scidocs run", "the mini model on the mini dataset: does everything work?"],
        ["scidocs run --model specter.onnx --data data --published", "your encoder's row above the published ones"],
        [
          `scidocs run --model minilm/ --pooling mean --data data --tasks ${tasks[0]},${otherTask}`,
          "two tasks, another pooling",
        ],
      ]),
    )
    .action((_: unknown, given: Command) => run(context, given.optsWithGlobals<RunFlags>()));
}

async function run(context: CliContext, flags: RunFlags): Promise<void> {
  const control: RunControl = { onProgress: context.onProgress, signal: context.signal };
  const { modelArgument, folder } = whatToRun(flags);
  const dataset = await openDataset(folder);
  const api = resolveApiModel(modelArgument, { apiUrl: flags.apiUrl, env: context.env });
  const shard = shardOf(flags);
  if (shard !== undefined && !flags.embedOnly) {
    throw new ScidocsError("USAGE", "--shard needs --embed-only: the vectors of a part cannot be scored");
  }
  if (flags.embedOnly && flags.store === false) {
    throw new ScidocsError("USAGE", "--embed-only keeps the vectors in the store: leave --no-store out");
  }
  if (api !== null) {
    if (flags.queue !== undefined || flags.embedOnly) throw new ScidocsError("USAGE", notForApis);
    await runWithApi(context, dataset, api, flags);
    return;
  }
  const options = encoderOptions(flags, context);
  const runner = runnerOf(flags, { argument: modelArgument, options }, context);
  const encoder = await resolveEncoder(modelArgument, { ...options, name: flags.name }, control);
  for (const note of encoder.notes) context.stderr(`${note}\n`);
  if (!flags.embedOnly)
    await checkOutput(context, flags, {
      model: modelOfRecord(encoder, encoder.dimensions),
      dataset,
      split: flags.split,
    });
  const store = await openStore(flags, encoder, context, { mustExist: flags.dryRun });
  try {
    const { threads } = flags;
    const source = encoderSource(encoder, {
      batchTokens: batchTokensOf(flags, encoder),
      threads,
      store,
      runner,
      shard,
    });
    const plan = await planBenchmark(dataset, source, scoringRequest(flags), control);
    tellGaps(context, plan);
    if (flags.dryRun) await printPlan(plan.sourcePlan, flags, context, control);
    else if (flags.embedOnly && plan.sourcePlan.paperIds.length === 0) context.stderr(`${emptyShard}\n`);
    else if (flags.embedOnly) {
      const result = await embedPapers(plan.sourcePlan, { threads, store, runner }, control);
      for (const note of result.notes) context.stderr(`${note}\n`);
      context.stderr(`${embeddingSummary(plan.sourcePlan, result)}\n${store?.folder ?? ""}\n`);
    } else {
      const { record, made } = await carryOutBenchmark(plan, control);
      context.stderr(`${embeddingSummary(plan.sourcePlan, made.embedding)}\n`);
      await finishRun(context, record, flags);
    }
  } finally {
    await store?.close();
  }
}

/** The mini model on the mini dataset is the default run; a model of one's own needs data that it is meant for. */
function whatToRun(flags: RunFlags): { modelArgument: string; folder: string } {
  if (flags.model === undefined) {
    if (flags.data === undefined) return { modelArgument: "mini", folder: miniDataset };
    throw new ScidocsError(
      "USAGE",
      "which model? give --model (--model mini is the small one that ships with scidocs)",
    );
  }
  if (flags.data === undefined && flags.model !== "mini") {
    // A name that is mistyped is the first thing to say.
    if (resolveApiModel(flags.model, { apiUrl: flags.apiUrl }) === null) locateModel(flags.model);
    throw new ScidocsError(
      "USAGE",
      `which data? give --data DIR: the real benchmark (scidocs data pull fetches it), or ${miniDataset} to try the model out`,
    );
  }
  return { modelArgument: flags.model, folder: flags.data ?? miniDataset };
}
