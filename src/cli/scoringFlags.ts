import { type Command, Option } from "commander";
import type { BenchmarkRequest } from "../benchmark/runBenchmark.ts";
import { type Split, splits } from "../datasets/types.ts";
import { defaultSuite } from "../suites/suites.ts";
import { nameList, numpySeed, percentage, threadCount, wholeNumber } from "./flagParsers.ts";
import { adding } from "./repeatedFlags.ts";

const taskIds = defaultSuite.tasks.map(({ id }) => id);

/** The flags that `run` and `score` share, as commander gives them. */
export interface ScoringFlags {
  readonly data?: string;
  readonly tasks?: readonly string[];
  readonly split: Split;
  readonly classifier: "svm" | "logistic";
  readonly solver: "auto" | "reference";
  readonly seeds: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly minCoverage?: number;
  readonly exportRuns?: string;
}

const namedTasks = nameList("task", taskIds);

/** Tasks by name; `all` stays as it is, for it means as many as the data has, and not that one which is missing is an error. */
const taskList = adding((text: string, before: readonly string[] = []): string[] => {
  if (text.toLowerCase() === "all" || before.includes("all")) return ["all"];
  return namedTasks(text, before);
});

/**
 * Adds the flags that say what is scored and how.
 * @param list how the list of tasks is written: with blanks it would take in what stands behind it, such as a command's own argument
 */
export function addScoringFlags(command: Command, list: "<tasks...>" | "<tasks>" = "<tasks...>"): Command {
  const description = `tasks to score: ${taskIds.join(", ")}, or all (default: all that the data has)`;
  return command
    .option("--data <dir>", "SciDocs folder, whole or with some of the tasks")
    .addOption(new Option(`-t, --tasks ${list}`, description).argParser(taskList))
    .addOption(new Option("--split <split>", "which split to score").choices(splits).default("test"))
    .addOption(
      new Option("--classifier <name>", "svm is the paper's protocol; logistic is a quick probe with other numbers")
        .choices(["svm", "logistic"])
        .default("svm"),
    )
    .addOption(
      new Option(
        "--solver <name>",
        "how the SVM's C is chosen: auto gives the reference's result in a fraction of its time",
      )
        .choices(["auto", "reference"])
        .default("auto"),
    )
    .addOption(
      new Option("--seeds <n>", "how often the recommendation network is trained").argParser(wholeNumber(1)).default(5),
    )
    .addOption(new Option("--seed <n>", "seed of the first training, the others follow").argParser(numpySeed))
    .addOption(
      new Option("--threads <n>", "worker threads; no result depends on it (default: all cores)").argParser(
        threadCount,
      ),
    )
    .option("--export-runs <dir>", "write the ranking tasks' qrel and run files there, for trec_eval to check")
    .addOption(
      new Option("--min-coverage <percent>", "exit with 3 when a task has vectors for fewer of its papers").argParser(
        percentage,
      ),
    );
}

/** What the flags mean for the benchmark. */
export function scoringRequest(flags: ScoringFlags): BenchmarkRequest {
  return {
    tasks: flags.tasks?.includes("all") ? undefined : flags.tasks,
    split: flags.split,
    classifier: flags.classifier,
    solver: flags.solver,
    seeds: flags.seeds,
    firstSeed: flags.seed,
    threads: flags.threads,
    exportRuns: flags.exportRuns,
  };
}
