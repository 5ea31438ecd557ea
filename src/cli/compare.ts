import { Command, InvalidArgumentError, Option } from "commander";
import { readTitles } from "../datasets/titles.ts";
import { printableJson } from "../printable.ts";
import { comparisonText } from "../report/comparisonText.ts";
import { driftText } from "../report/driftText.ts";
import { compareRecords, type RecordComparison } from "../results/compare/comparison.ts";
import { moverIds, withTitles } from "../results/compare/movers.ts";
import { readRecord } from "../results/record.ts";
import type { RunRecord } from "../results/schema.ts";
import { openDataset } from "../suites/dataset.ts";
import { compareVectors, type DriftFlags, isRecord } from "./compareVectors.ts";
import type { CliContext } from "./context.ts";
import { numpySeed, threadCount, wholeNumber } from "./flagParsers.ts";
import { examples } from "./help.ts";
import { givenFlags, refuseWithoutEffect } from "./withoutEffect.ts";

interface CompareFlags extends DriftFlags {
  readonly movers: number;
  readonly resamples?: number;
  readonly seed: number;
  readonly confidence: number;
  readonly force: boolean;
}

function confidenceLevel(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("expected a number between 0 and 1, such as 0.95.");
  return value;
}

async function withDatasetTitles(
  comparison: RecordComparison,
  folder: string | undefined,
  context: CliContext,
): Promise<RecordComparison> {
  if (folder === undefined) return comparison;
  const titles = await readTitles(await openDataset(folder), moverIds(comparison.movers), { signal: context.signal });
  return { ...comparison, movers: withTitles(comparison.movers, (id) => titles.get(id) ?? null) };
}

/** `scidocs compare`: what differs between two runs, and whether chance explains it. */
export function compareCommand(context: CliContext): Command {
  return new Command("compare")
    .description("tell whether two runs differ by more than chance; or how far two models' vectors are apart")
    .argument("<a>", "run record (what -o writes), vector file, or model (as run --model takes it)")
    .argument("<b>", "the same to compare with it; differences are B minus A")
    .option(
      "--data <folder>",
      "the SciDocs folder: for the titles of queries; vectors and models are also scored on it, and the scores compared",
    )
    .option("--papers <file...>", "for models and vectors: metadata files with the papers to embed, and their titles")
    .option("--threads <count>", "for models and vectors (default: all cores)", threadCount)
    .option("--movers <count>", "queries to name that moved most, each way", wholeNumber(0), 10)
    .option(
      "--resamples <count>",
      "resamples of queries, papers and clicks (default: 10000, more where --confidence needs them)",
      wholeNumber(100),
    )
    .option("--seed <number>", "seed of the resampling; the same seed gives the same numbers", numpySeed, 42)
    .option("--confidence <level>", "of the intervals; 1 minus it is the level of significance", confidenceLevel, 0.95)
    .option("--force", "compare what can be paired even where the records are not comparable", false)
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      examples([
        ["scidocs compare old.json new.json", "differences with intervals and p-values"],
        [
          "scidocs compare old.json new.json --data data/scidocs",
          "the same, with the titles of the queries that moved",
        ],
        ["scidocs compare old.json new.json --format json | jq '.columns[].pValue'", "for a program to read"],
        ["scidocs compare specter/ original/model.tar.gz --papers papers.json", "two checkpoints, paper by paper"],
        [
          "scidocs compare specter/ original/model.tar.gz --data data/scidocs",
          "and whether the drift shows in the scores",
        ],
      ]),
    )
    .action((a: string, b: string, flags: CompareFlags, command: Command) => {
      const given = givenFlags(command);
      if (isRecord(a) && isRecord(b)) {
        refuseWithoutEffect(given, ["papers", "threads"], "for models and vectors; these are records");
        return compareTwoRecords(a, b, flags, context);
      }
      if (flags.data === undefined) {
        const ofScores = ["movers", "resamples", "seed", "confidence", "force"];
        refuseWithoutEffect(given, ofScores, "for the scores; give --data, so that the vectors are scored");
      }
      return compareTwoModels(a, b, flags, context);
    });
}

async function compareTwoRecords(
  pathA: string,
  pathB: string,
  flags: CompareFlags,
  context: CliContext,
): Promise<void> {
  const [a, b] = await Promise.all([readRecord(pathA), readRecord(pathB)]);
  const scores = await scoreDifferences(a, b, flags, context);
  if (flags.format === "json") context.stdout(`${printableJson(scores)}\n`);
  else context.stdout(scoresText(scores, flags, context));
}

async function compareTwoModels(a: string, b: string, flags: CompareFlags, context: CliContext): Promise<void> {
  const { drift, titles, records } = await compareVectors(a, b, flags, context);
  const scores = records === null ? null : await scoreDifferences(records.a, records.b, flags, context);
  if (flags.format === "json") {
    context.stdout(`${printableJson({ a, b, vectors: drift, scores })}\n`);
    return;
  }
  context.stdout(driftText(drift, { a, b }, titles));
  if (scores !== null) context.stdout(`\n${scoresText(scores, flags, context)}`);
}

async function scoreDifferences(
  a: RunRecord,
  b: RunRecord,
  flags: CompareFlags,
  context: CliContext,
): Promise<RecordComparison> {
  const { resamples, seed, confidence, force, movers } = flags;
  const control = { onProgress: context.onProgress, signal: context.signal };
  const comparison = await compareRecords(a, b, { resamples, seed, confidence, force, movers }, control);
  return withDatasetTitles(comparison, flags.data, context);
}

function scoresText(comparison: RecordComparison, flags: CompareFlags, context: CliContext): string {
  return comparisonText(comparison, { columns: context.columns, color: context.color, movers: flags.movers });
}
