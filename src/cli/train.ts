import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { ScidocsError } from "../errors.ts";
import { providers } from "../onnx/session.ts";
import { defaultSuite } from "../suites/suites.ts";
import { memoryLimitBytes } from "../threads/memoryLimit.ts";
import { removeTraining } from "../training/checkpoints/checkpointFolder.ts";
import { heads } from "../training/heads/heads.ts";
import { distances } from "../training/losses/distances.ts";
import { optimizers } from "../training/optimizers/optimizers.ts";
import { planTraining, type TrainingPlan } from "../training/planTraining.ts";
import { presets } from "../training/presets/presets.ts";
import { schedules } from "../training/schedules/schedules.ts";
import type { TrainingRequest } from "../training/trainingRequest.ts";
import { trainModel } from "../training/trainModel.ts";
import { openWatchedBenchmark, type WatchedBenchmark } from "../training/watchedBenchmark.ts";
import { formatBytes } from "./bytes.ts";
import type { CliContext } from "./context.ts";
import { number, numberAboveZero, numpySeed, shareBelowOne, threadCount, wholeNumber } from "./flagParsers.ts";
import { examples } from "./help.ts";
import { deviceOf, refuseContradictions, type TrainFlags } from "./trainingFlags.ts";
import { planText } from "./trainingPlanText.ts";

const ids = (registry: readonly { readonly id: string }[]): string[] => registry.map(({ id }) => id);

/** `scidocs train`: triplets and a checkpoint to a better checkpoint. */
export function trainCommand(context: CliContext): Command {
  const command = new Command("train")
    .description("train an encoder on triplets, as SPECTER was: a checkpoint in, a checkpoint with its curves out")
    .requiredOption(
      "--init <model>",
      "where it starts: a Hugging Face folder, an AllenNLP archive, or random:layers=4,hidden=128 with --vocab",
    )
    .option("--triplets <folder>", "what `scidocs triplets` wrote: triplets of train and val, and their papers")
    .option("-o, --output <folder>", "where checkpoints, curves and the best model go")
    .option("--vocab <file>", "vocab.txt or tokenizer.json to use in place of the model's own")
    .addOption(
      new Option("--preset <preset>", "a published way of training, as defaults of everything below")
        .choices(ids(presets))
        .default("hf"),
    )
    .option("--dry-run", "print what would be done, and about how long it would take, and stop", false)
    .option("-f, --force", "begin anew in a folder that holds a training: its checkpoints are removed", false);
  command.optionsGroup("Loss and vectors (defaults: the preset's):");
  command
    .addOption(new Option("--pooling <pooling>", "how a text's vector is made").choices(ids(heads)))
    .addOption(new Option("--distance <distance>", "between two vectors, in the triplet loss").choices(ids(distances)))
    .option("--margin <distance>", "how much farther a negative must be", number(0))
    .option("--max-length <tokens>", "most tokens of a text", wholeNumber(3))
    .option("--max-words <words>", "most words of a text, for --preset original", wholeNumber(1))
    .option(
      "--dropout <share>",
      "silenced in hidden layers, attention and vectors (default: the model's configuration, and the preset's for vectors)",
      shareBelowOne,
    )
    .option("--vector-dropout <share>", "silenced in vectors alone", shareBelowOne);
  command.optionsGroup("Updates (defaults: the preset's):");
  command
    .addOption(new Option("--optimizer <optimizer>", "how weights are changed").choices(ids(optimizers)))
    .option("--lr <rate>", "highest learning rate", number(0))
    .addOption(new Option("--schedule <schedule>", "the learning rate over time").choices(ids(schedules)))
    .option("--warmup <updates>", "over which the rate rises at first; below 1 a share of all updates", number(0))
    .option("--weight-decay <rate>", "of all weights but biases and normalisations", number(0))
    .option("--clip <length>", "most length of all gradients together", numberAboveZero)
    .option("--clip-each <length>", "most length of each weight's gradient", numberAboveZero)
    .option("--clamp-entries <limit>", "every entry of each batch's gradient is held within ± this", numberAboveZero)
    .option("--batch-size <triplets>", "that go through the network together", wholeNumber(1))
    .option("--accumulate <batches>", "whose gradients are added up for one update", wholeNumber(1))
    .option("--epochs <count>", "passes over the triplets", wholeNumber(1))
    .option("--max-steps <updates>", "end after so many updates; the schedule keeps its planned length", wholeNumber(1))
    .option(
      "--num-train-instances <triplets>",
      "of an epoch, as the schedule counts them (default: as many as there are)",
      wholeNumber(1),
    )
    .option("--shuffle", "take the triplets in an order of its own in each epoch")
    .option("--no-shuffle", "take the triplets in the order of their file")
    .option("--freeze <parts>", "not trained: embeddings, layers by number from 0, as in embeddings,0-5")
    .option("--patience <epochs>", "end after so many epochs without a better dev loss", wholeNumber(1))
    .option(
      "--num-dev-instances <triplets>",
      "of the dev set that are looked at, from the first on (default: all)",
      wholeNumber(1),
    )
    .option("--seed <n>", "of order, dropout and random weights", numpySeed);
  command.optionsGroup("What is watched:");
  command
    .option("--evaluate <folder>", "a benchmark's data, whose val split is scored at every epoch's end")
    .option(
      "--evaluate-tasks <names>",
      `its tasks, comma between (default: ${defaultSuite.examples.tasks[0]})`,
      (text) => text.split(",").map((name) => name.trim()),
    )
    .option("--evaluate-every <updates>", "look at dev loss and benchmark so often as well", wholeNumber(1))
    .addOption(
      new Option("--best-by <what>", "what the best model is chosen by (default: dev)").choices(["dev", "benchmark"]),
    )
    .addOption(new Option("--evaluate-split <split>").hideHelp());
  command.optionsGroup("Machine:");
  return command
    .option("--save-every <updates>", "a checkpoint so often, beside those at an epoch's end", wholeNumber(1))
    .option("--keep <count>", "checkpoints that are kept, beside the best (default: 3)", wholeNumber(1))
    .option("--recompute", "a third more work for less memory: keep each layer's input only", false)
    .option("--threads <count>", "threads of the arithmetic (default: the machine's)", threadCount)
    .addOption(new Option("--provider <provider>", "where the network runs").choices(providers))
    .option(
      "--papers <file>",
      "metadata with title and abstract of the triplets' papers (default: the file beside the triplets)",
    )
    .option("--train-path <file>", "the reference's: triplets to train on (default: those of --triplets)")
    .option("--dev-path <file>", "the reference's: triplets for the dev loss (default: those of val)")
    .option("-s, --serialization-dir <folder>", "the reference's name for --output")
    .option("--num-epochs <count>", "the reference's name for --epochs", wholeNumber(1))
    .option("--cuda-device <number>", "the reference's: which graphics card, -1 for none")
    .addHelpText(
      "after",
      examples([
        ["scidocs train --init scibert/ --triplets O -o model-output/", "the reference's second script"],
        ["scidocs train --init scibert/ --triplets O -o model-output/ --preset original", "the reference's first"],
        [
          "scidocs train --init random:layers=4,hidden=128 --vocab vocab.txt --triplets O -o small/ --accumulate 1 --batch-size 16 --lr 5e-4",
          "a small one from nothing",
        ],
      ]),
    )
    .action((_: unknown, given: Command) => train(context, given.optsWithGlobals<TrainFlags>()));
}

async function train(context: CliContext, flags: TrainFlags): Promise<void> {
  const control = { onProgress: context.onProgress, signal: context.signal };
  if (flags.evaluateSplit !== undefined && flags.evaluateSplit !== "val") {
    throw new ScidocsError(
      "USAGE",
      `--evaluate-split ${flags.evaluateSplit}: a training looks at val alone; a model that is chosen by its test scores has no test left`,
    );
  }
  refuseContradictions(flags);
  const threads = flags.threads ?? availableParallelism();
  const benchmark =
    flags.evaluate === undefined
      ? null
      : await openWatchedBenchmark(
          flags.evaluate,
          flags.evaluateTasks ?? [defaultSuite.examples.tasks[0]],
          threads,
          control,
        );
  const request = { ...requestOf(flags), beginAnew: flags.force, benchmark: benchmark?.papers, threads };
  const plan = await planTraining(request, control);
  (flags.dryRun ? context.stdout : context.stderr)(planText(plan));
  if (flags.dryRun) return;
  requireMemory(plan);
  if (flags.force) await removeTraining(plan.job.output);
  await carryOut(context, plan, benchmark);
}

/**
 * Refuses what this machine cannot hold: the system would end it without a word, or work on its disk for ever.
 * @throws ScidocsError `USAGE`
 */
function requireMemory({ costs: { leastBytes }, job }: TrainingPlan): void {
  const there = memoryLimitBytes();
  if (leastBytes <= there) return;
  throw new ScidocsError(
    "USAGE",
    `this training takes ${formatBytes(leastBytes)} at least, and there are ${formatBytes(there)}: lower --batch-size ${job.settings.batchSize} (and raise --accumulate for the same updates), lower --max-length, or give --recompute`,
  );
}

async function carryOut(context: CliContext, { job }: TrainingPlan, benchmark: WatchedBenchmark | null): Promise<void> {
  const done = context.saveWhenStopped("stopping: the training saves itself first (Ctrl-C again leaves at once)");
  try {
    const result = await trainModel(job, {
      signal: context.signal,
      ...(benchmark === null ? {} : { score: benchmark.score }),
      onEvent: (event) => {
        if (event.kind === "note") context.stderr(`${event.text}\n`);
        else if (event.kind === "stage") context.onProgress(event);
        else {
          const { done: triplets, total, text } = event;
          context.onProgress({ stage: "training", done: triplets, total, unit: "triplets", detail: text });
        }
      },
    });
    const best =
      result.best === null
        ? ""
        : `, best after ${result.best.update} (${job.settings.bestBy} ${result.best.score.toFixed(4)})`;
    context.stdout(
      `${result.wasFinished ? "trained already" : "trained"}: ${result.updates} update${result.updates === 1 ? "" : "s"}${best}\n`,
    );
    context.stdout(`model: ${result.bestFolder}\n`);
  } catch (error) {
    // After Ctrl-C only "interrupted" would be said, whatever went wrong with saving.
    const failed = context.signal.aborted && !(error instanceof ScidocsError && error.code === "INTERRUPTED");
    if (failed) context.stderr(`not saved: ${error instanceof Error ? error.message : String(error)}\n`);
    throw error;
  } finally {
    done();
  }
}

function requestOf(flags: TrainFlags): Omit<TrainingRequest, "threads" | "benchmark"> {
  const output = flags.output ?? flags.serializationDir;
  if (output === undefined)
    throw new ScidocsError("USAGE", "where to? give -o FOLDER for checkpoints, curves and the best model");
  const { provider, deviceId } = deviceOf(flags);
  return {
    init: flags.init,
    vocab: flags.vocab,
    triplets: flags.triplets,
    trainFile: flags.trainPath,
    devFile: flags.devPath,
    papersFile: flags.papers,
    output,
    preset: flags.preset,
    pooling: flags.pooling,
    maxLength: flags.maxLength,
    maxWords: flags.maxWords,
    distance: flags.distance,
    margin: flags.margin,
    optimizer: flags.optimizer,
    learningRate: flags.lr,
    weightDecay: flags.weightDecay,
    clip: flags.clip,
    clipEach: flags.clipEach,
    clampEntries: flags.clampEntries,
    schedule: flags.schedule,
    warmup: flags.warmup,
    epochs: flags.epochs ?? flags.numEpochs,
    batchSize: flags.batchSize,
    accumulate: flags.accumulate,
    maxSteps: flags.maxSteps,
    numTrainInstances: flags.numTrainInstances,
    numDevInstances: flags.numDevInstances,
    shuffle: flags.shuffle,
    seed: flags.seed,
    evaluateEvery: flags.evaluateEvery,
    bestBy: flags.bestBy,
    patience: flags.patience,
    dropout: flags.dropout,
    vectorDropout: flags.vectorDropout,
    freeze: flags.freeze,
    saveEvery: flags.saveEvery,
    keep: flags.keep,
    recompute: flags.recompute,
    provider,
    deviceId,
  };
}
