import { Command } from "commander";
import { ScidocsError } from "../errors.ts";
import { openDataset } from "../suites/dataset.ts";
import { defaultSuite } from "../suites/suites.ts";
import { requireApi } from "./apiRun.ts";
import type { CliContext } from "./context.ts";
import { addDistributionFlags } from "./distributionFlags.ts";
import { addEncoderFlags } from "./encoderFlags.ts";
import { finishRun } from "./finishRun.ts";
import { examples } from "./help.ts";
import { addOutputFlags } from "./outputFlags.ts";
import { collect } from "./repeatedFlags.ts";
import { configuredRun } from "./runConfig.ts";
import { type ModelToRun, type RunModelFlags, runModel } from "./runModel.ts";
import { requireModel, runModels } from "./runModels.ts";
import { addScoringFlags } from "./scoringFlags.ts";
import { miniDataset } from "./shipped.ts";
import { givenFlags, refuseWithoutEffect } from "./withoutEffect.ts";

interface RunFlags extends RunModelFlags {
  readonly model?: readonly string[];
}

/** `scidocs run`: papers to the paper's table, in one process. */
export function runCommand(context: CliContext): Command {
  const { tasks, otherTask } = defaultSuite.examples;
  const command = new Command("run")
    .description("embed the papers with a model and score the vectors: the main job")
    .option(
      "-m, --model <model...>",
      "an .onnx file, a folder with one, a checkpoint, api:specter, s2:specter_v1, s2:specter_v2 or mini (default: mini, on the mini dataset); several run one after the other and end in one table",
      collect,
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
        ["scidocs run --model a/ b/ c.onnx --data data", "several models, and one table that says who beats whom"],
      ]),
    )
    .action((_: unknown, given: Command) => {
      const flags = given.optsWithGlobals<RunFlags>();
      if (flags.embedOnly) refuseWithoutEffect(givenFlags(given), scoresOnly, "--embed-only scores nothing");
      return run(context, flags);
    });
}

/** The flags that say how vectors are scored, and what becomes of the scores. */
const scoresOnly = [
  ...["classifier", "solver", "seeds", "seed", "minCoverage", "exportRuns"],
  ...["record", "force", "published", "format", "name"],
];

async function run(context: CliContext, flags: RunFlags): Promise<void> {
  const { models: named, folder } = await whatToRun(context, flags);
  const models = withAdapters(named, flags.adapter);
  requireApi(
    models.map(({ argument }) => argument),
    flags,
  );
  const dataset = await openDataset(folder);
  const [first, ...others] = models;
  if (others.length > 0) await runModels(context, dataset, models, flags);
  else {
    const own = { ...flags, ...first.flags };
    await runModel(context, dataset, first.argument, own, (record) => finishRun(context, record, own));
  }
}

type Models = readonly [ModelToRun, ...ModelToRun[]];

/** Of several adapters, each makes a model of its own with every base. */
function withAdapters(models: Models, adapters: RunFlags["adapter"]): Models {
  if (adapters === undefined || typeof adapters === "string" || adapters.length < 2) return models;
  const [first = models[0], ...others] = models.flatMap(({ argument, flags }) =>
    adapters.map((adapter) => ({ argument, flags: { ...flags, adapter } })),
  );
  return [first, ...others];
}

/** A model of the configuration without the settings that the command line says otherwise. */
function behindFlags({ argument, flags: own }: ModelToRun, given: Readonly<Record<string, unknown>>): ModelToRun {
  return { argument, flags: Object.fromEntries(Object.entries(own).filter(([name]) => given[name] === undefined)) };
}

/** The mini model on the mini dataset is the default run; a model of one's own needs data that it is meant for. */
async function whatToRun(
  context: CliContext,
  flags: RunFlags,
): Promise<{ models: readonly [ModelToRun, ...ModelToRun[]]; folder: string }> {
  const configured = flags.model === undefined ? await configuredRun(context.cwd) : null;
  const [first, ...others] =
    configured?.models.map((model) => behindFlags(model, { ...flags })) ??
    (flags.model ?? []).map((argument) => ({ argument, flags: {} }));
  const folder = flags.data ?? configured?.data;
  if (first === undefined) {
    if (folder === undefined) return { models: [{ argument: "mini", flags: {} }], folder: miniDataset };
    throw new ScidocsError(
      "USAGE",
      "which model? give --model (--model mini is the small one that ships with scidocs)",
    );
  }
  const models = [first, ...others] as const;
  if (folder === undefined && models.some(({ argument }) => argument !== "mini")) {
    // A name that is mistyped is the first thing to say.
    for (const { argument } of models) requireModel(argument, flags);
    throw new ScidocsError(
      "USAGE",
      `which data? give --data DIR: the real benchmark (scidocs data pull fetches it), or ${miniDataset} to try the model out`,
    );
  }
  return { models, folder: folder ?? miniDataset };
}
