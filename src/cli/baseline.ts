import { Argument, Command } from "commander";
import { runBenchmark } from "../benchmark/runBenchmark.ts";
import { type Baseline, baselineSource, baselines } from "../benchmark/sources/baseline.ts";
import { ScidocsError } from "../errors.ts";
import { openDataset } from "../suites/dataset.ts";
import type { CliContext } from "./context.ts";
import { checkOutput, finishRun, type OutputFlags } from "./finishRun.ts";
import { wholeNumber } from "./flagParsers.ts";
import { examples } from "./help.ts";
import { addOutputFlags } from "./outputFlags.ts";
import { addScoringFlags, type ScoringFlags, scoringRequest } from "./scoringFlags.ts";
import { givenFlags, refuseWithoutEffect } from "./withoutEffect.ts";

interface BaselineFlags extends ScoringFlags, OutputFlags {
  readonly vectorSeed: number;
}

/** `scidocs baseline`: what vectors score that know nothing of papers, or only their words. */
export function baselineCommand(context: CliContext): Command {
  const command = new Command("baseline")
    .description("score random, zero or TF-IDF vectors: what a model's score has to be held against")
    .addArgument(new Argument("<kind>", "which vectors").choices(baselines))
    .option("--vector-seed <n>", "seed of the vectors (random, tfidf)", wholeNumber(0), 0);
  addOutputFlags(addScoringFlags(command, "<tasks>"));
  return command
    .addHelpText(
      "after",
      examples([
        [
          "scidocs baseline random --data data -o results/random.json",
          "25 random numbers a paper, as in the paper's table",
        ],
        [
          "scidocs baseline tfidf --data data && scidocs compare results/tfidf-data-test.json mine.json",
          "does the model beat words?",
        ],
      ]),
    )
    .action((kind: Baseline, flags: BaselineFlags, command: Command) => {
      if (kind === "zero") refuseWithoutEffect(givenFlags(command), ["vectorSeed"], "vectors of zeros have no seed");
      return score(context, kind, flags);
    });
}

async function score(context: CliContext, kind: Baseline, flags: BaselineFlags): Promise<void> {
  if (flags.data === undefined) {
    throw new ScidocsError("USAGE", "which data? give --data DIR, the SciDocs folder (scidocs data pull fetches it)");
  }
  const dataset = await openDataset(flags.data);
  const source = baselineSource(kind, { vectorSeed: flags.vectorSeed });
  await checkOutput(context, flags, { model: source.facts(null), dataset, split: flags.split });
  const control = { onProgress: context.onProgress, signal: context.signal };
  const { record } = await runBenchmark(dataset, source, scoringRequest(flags), control);
  await finishRun(context, record, flags);
}
