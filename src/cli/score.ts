import { Command, Option } from "commander";
import { type BenchmarkPlan, carryOutBenchmark, planBenchmark } from "../benchmark/runBenchmark.ts";
import {
  type FilesReading,
  type FileVectors,
  filesIdentity,
  filesSource,
  type VectorFiles,
} from "../benchmark/sources/files.ts";
import { type Split, splits } from "../datasets/types.ts";
import { ScidocsError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import type { RunControl } from "../progress.ts";
import { openDataset } from "../suites/dataset.ts";
import { type Suite, taskOf } from "../suites/suite.ts";
import { defaultSuite } from "../suites/suites.ts";
import { filesRead } from "../vectors/formats.ts";
import type { CliContext } from "./context.ts";
import { checkOutput, finishRun, type OutputFlags } from "./finishRun.ts";
import { requireSame, threadCount } from "./flagParsers.ts";
import { examples } from "./help.ts";
import { addOutputFlags } from "./outputFlags.ts";
import { collect } from "./repeatedFlags.ts";
import { addScoringFlags, type ScoringFlags, scoringRequest } from "./scoringFlags.ts";

interface ScoreFlags extends ScoringFlags, OutputFlags {
  readonly name?: string;
  // The reference's own flags, in its spelling.
  readonly val_or_test?: Split;
  readonly nJobs?: number;
  readonly cudaDevice?: string;
  readonly dataPath?: string;
}

/** A suite's flags for vector files: a group's own, and the one that the reference's program has for it. */
interface GroupFlag {
  readonly group: string;
  readonly own: Option;
  readonly reference: Option | null;
}

function groupFlags({ vectorGroups }: Suite): GroupFlag[] {
  return vectorGroups.map(({ id, description, referenceFlag }) => ({
    group: id,
    own: new Option(`--${id} <file>`, description).argParser(collect),
    reference:
      referenceFlag === undefined ? null : new Option(`${referenceFlag} <file>`, `as --${id}`).argParser(collect),
  }));
}

/** The files of each group, by whichever of its flags they were given. */
function filesOf(flags: readonly GroupFlag[], given: Readonly<Record<string, unknown>>): VectorFiles {
  const listOf = (option: Option | null): readonly string[] | undefined =>
    option === null ? undefined : (given[option.attributeName()] as readonly string[] | undefined);
  return Object.fromEntries(
    flags.map(({ group, own, reference }) => {
      const [ours, theirs] = [listOf(own), listOf(reference)];
      if (reference !== null) requireSame(own.long, ours?.join(" "), reference.long, theirs?.join(" "));
      return [group, ours ?? theirs ?? []];
    }),
  );
}

/** `scidocs score`: vectors in files to the paper's table. */
export function scoreCommand(context: CliContext): Command {
  const suite = defaultSuite;
  const flags = groupFlags(suite);
  const command = new Command("score").description("score vectors that are already in files");
  for (const { own } of flags) command.addOption(own);
  command.option("--name <name>", "the model's name in table and record (default: the first file's)");
  addOutputFlags(addScoringFlags(command));
  command.optionsGroup("Flags of the reference's scripts/run.py, which mean the same here:");
  for (const { reference } of flags) if (reference !== null) command.addOption(reference);
  command
    .addOption(new Option("--val_or_test <split>", "as --split").choices(splits))
    .addOption(new Option("--n-jobs <n>", "as --threads").argParser(threadCount))
    .option("--data-path <dir>", "as --data")
    .option("--cuda-device <n>", "accepted and ignored: scoring runs on the CPU, in seconds");
  return command
    .addHelpText(
      "after",
      examples([
        [`scidocs score --data data ${flags.map(({ group }) => `--${group} ${group}.jsonl`).join(" ")}`, "all columns"],
        [
          `scidocs score --data data --${taskOf(suite, suite.examples.tasks[0]).vectors} vectors.npy --tasks ${suite.examples.tasks.join(",")}`,
          "two tasks from one binary file",
        ],
      ]),
    )
    .action((_: unknown, given: Command) =>
      score(context, withReferenceFlags(context, given), filesOf(flags, given.opts<Record<string, unknown>>())),
    );
}

async function score(context: CliContext, flags: ScoreFlags, files: VectorFiles): Promise<void> {
  if (flags.data === undefined) {
    throw new ScidocsError("USAGE", "which data? give --data DIR, the SciDocs folder (scidocs data pull fetches it)");
  }
  const dataset = await openDataset(flags.data);
  const source = filesSource(files, { name: flags.name, threads: flags.threads });
  const control = { onProgress: context.onProgress, signal: context.signal };
  const plan = await planBenchmark(dataset, source, scoringRequest(flags), control);
  await checkFilesOutput(context, flags, plan, control);
  const { record } = await carryOutBenchmark(plan, control);
  await finishRun(context, record, flags);
}

/**
 * {@link checkOutput} for vectors from files: they are hashed beforehand where a record is in the way, which may be their own.
 * @param others what is read beside them and the dataset
 * @throws ScidocsError as it
 */
export async function checkFilesOutput(
  context: CliContext,
  flags: Pick<OutputFlags, "record" | "force" | "exportRuns">,
  plan: BenchmarkPlan<readonly FilesReading[], FileVectors>,
  control: RunControl,
  others: readonly string[] = [],
): Promise<void> {
  const vectors = plan.sourcePlan.flatMap(({ paths }) => paths);
  const inTheWay = flags.record !== undefined && !flags.force && isThere(flags.record);
  const sha256 = inTheWay ? await filesIdentity(vectors, control) : null;
  const model = { ...plan.source.facts(null), sha256 };
  const place = { model, dataset: plan.dataset, split: plan.suite.split };
  await checkOutput(context, flags, place, [...vectors.flatMap(filesRead), ...others]);
}

/** The flags with the reference's spellings put where ours are read. */
function withReferenceFlags(context: CliContext, given: Command): ScoreFlags {
  const flags = given.opts<ScoreFlags>();
  const split = given.getOptionValueSource("split") === "cli" ? flags.split : undefined;
  requireSame("--split", split, "--val_or_test", flags.val_or_test);
  requireSame("--threads", flags.threads, "--n-jobs", flags.nJobs);
  requireSame("--data", flags.data, "--data-path", flags.dataPath);
  if (flags.cudaDevice !== undefined && flags.cudaDevice !== "-1") {
    context.stderr("--cuda-device: ignored; nothing in scoring uses a GPU\n");
  }
  const threads = flags.threads ?? flags.nJobs;
  const data = flags.data ?? flags.dataPath;
  return {
    ...flags,
    ...(threads !== undefined && { threads }),
    ...(data !== undefined && { data }),
    split: flags.val_or_test ?? flags.split,
  };
}
