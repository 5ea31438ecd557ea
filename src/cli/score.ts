import { existsSync } from "node:fs";
import { Command, Option } from "commander";
import { type BenchmarkPlan, carryOutBenchmark, planBenchmark } from "../benchmark/runBenchmark.ts";
import { type FilesReading, type FileVectors, filesIdentity, filesSource } from "../benchmark/sources/files.ts";
import { type Split, splits } from "../datasets/types.ts";
import { ScidocsError } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import { openDataset } from "../suites/dataset.ts";
import type { CliContext } from "./context.ts";
import { checkOutput, finishRun, type OutputFlags } from "./finishRun.ts";
import { wholeNumber } from "./flagParsers.ts";
import { examples } from "./help.ts";
import { addOutputFlags } from "./outputFlags.ts";
import { addScoringFlags, type ScoringFlags, scoringRequest } from "./scoringFlags.ts";

interface ScoreFlags extends ScoringFlags, OutputFlags {
  readonly cls?: readonly string[];
  readonly userCitation?: readonly string[];
  readonly recomm?: readonly string[];
  readonly name?: string;
  // The reference's own flags, in its spelling.
  readonly classificationEmbeddingsPath?: readonly string[];
  readonly user_activity_and_citations_embeddings_path?: readonly string[];
  readonly recomm_embeddings_path?: readonly string[];
  readonly val_or_test?: Split;
  readonly nJobs?: number;
  readonly cudaDevice?: string;
  readonly dataPath?: string;
}

const collect = (file: string, files: readonly string[] = []): string[] => [...files, file];

/** `scidocs score`: vectors in files to the paper's table. */
export function scoreCommand(context: CliContext): Command {
  const command = new Command("score").description("score vectors that are already in files");
  command
    .option(
      "--cls <file>",
      "vectors of the MAG and MeSH papers (.jsonl, .jsonl.gz, .npy, .safetensors, .parquet)",
      collect,
    )
    .option("--user-citation <file>", "vectors of the co-view, co-read, cite and co-cite papers", collect)
    .option("--recomm <file>", "vectors of the recommendation papers; one file may serve all three flags", collect)
    .option("--name <name>", "the model's name in table and record (default: the first file's)");
  addOutputFlags(addScoringFlags(command));
  command
    .optionsGroup("Flags of the reference's scripts/run.py, which mean the same here:")
    .addOption(new Option("--classification-embeddings-path <file>", "as --cls").argParser(collect))
    .addOption(
      new Option("--user_activity_and_citations_embeddings_path <file>", "as --user-citation").argParser(collect),
    )
    .addOption(new Option("--recomm_embeddings_path <file>", "as --recomm").argParser(collect))
    .addOption(new Option("--val_or_test <split>", "as --split").choices(splits))
    .addOption(new Option("--n-jobs <n>", "as --threads").argParser(wholeNumber(1)))
    .option("--data-path <dir>", "as --data")
    .option("--cuda-device <n>", "accepted and ignored: scoring runs on the CPU, in seconds");
  return command
    .addHelpText(
      "after",
      examples([
        [
          "scidocs score --data data --cls cls.jsonl --user-citation user-citation.jsonl --recomm recomm.jsonl",
          "all twelve columns",
        ],
        [
          "scidocs score --data data --user-citation vectors.npy --tasks cite,co-cite",
          "two tasks from one binary file",
        ],
      ]),
    )
    .action((_: unknown, given: Command) => score(context, given.opts<ScoreFlags>()));
}

async function score(context: CliContext, given: ScoreFlags): Promise<void> {
  const flags = withReferenceFlags(context, given);
  if (flags.data === undefined) {
    throw new ScidocsError("USAGE", "which data? give --data DIR, the SciDocs folder (scidocs data pull fetches it)");
  }
  const dataset = await openDataset(flags.data);
  const files = { cls: flags.cls ?? [], "user-citation": flags.userCitation ?? [], recomm: flags.recomm ?? [] };
  const source = filesSource(files, { name: flags.name, threads: flags.threads });
  const control = { onProgress: context.onProgress, signal: context.signal };
  const plan = await planBenchmark(dataset, source, scoringRequest(flags), control);
  await checkFilesOutput(context, flags, plan, control);
  const { record } = await carryOutBenchmark(plan, control);
  await finishRun(context, record, flags);
}

/**
 * {@link checkOutput} for vectors from files: they are hashed beforehand where a record is in the way, which may be their own.
 * @throws ScidocsError as it
 */
export async function checkFilesOutput(
  context: CliContext,
  flags: Pick<OutputFlags, "record" | "force" | "exportRuns">,
  plan: BenchmarkPlan<readonly FilesReading[], FileVectors>,
  control: RunControl,
): Promise<void> {
  const inputs = plan.sourcePlan.flatMap(({ paths }) => paths);
  const inTheWay = flags.record !== undefined && !flags.force && existsSync(flags.record);
  const sha256 = inTheWay ? await filesIdentity(inputs, control) : null;
  const model = { ...plan.source.facts(null), sha256 };
  await checkOutput(context, flags, { model, dataset: plan.dataset, split: plan.suite.split }, inputs);
}

/** The flags with the reference's spellings put where ours are read. */
function withReferenceFlags(context: CliContext, flags: ScoreFlags): ScoreFlags {
  if (flags.cudaDevice !== undefined && flags.cudaDevice !== "-1") {
    context.stderr("--cuda-device: ignored; nothing in scoring uses a GPU\n");
  }
  const cls = flags.cls ?? flags.classificationEmbeddingsPath;
  const userCitation = flags.userCitation ?? flags.user_activity_and_citations_embeddings_path;
  const recomm = flags.recomm ?? flags.recomm_embeddings_path;
  const threads = flags.threads ?? flags.nJobs;
  const data = flags.data ?? flags.dataPath;
  return {
    ...flags,
    ...(cls && { cls }),
    ...(userCitation && { userCitation }),
    ...(recomm && { recomm }),
    ...(threads !== undefined && { threads }),
    ...(data !== undefined && { data }),
    split: flags.val_or_test ?? flags.split,
  };
}
