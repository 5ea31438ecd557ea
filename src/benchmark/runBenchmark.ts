import { checkNumbers } from "../checkNumbers.ts";
import { type Split, splits } from "../datasets/types.ts";
import type { PapersOfFile } from "../embed/plan.ts";
import { ScidocsError } from "../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import type { Dataset } from "../suites/dataset.ts";
import { readSuite, type SuiteReading, type TextsOfFile } from "../suites/suiteReading.ts";
import type { ScoringOptions } from "../tasks/scoringOptions.ts";
import { makeRecord } from "./makeRecord.ts";
import { type PaperGap, paperGaps } from "./paperGaps.ts";
import { scoreSuite } from "./scoreSuite.ts";
import { planSuite, type SuitePlan } from "./suitePlan.ts";
import type { SourceNeed, SourceVectors, VectorSource } from "./vectorSource.ts";

/** What to score: the tasks, the split, and how. */
export interface BenchmarkRequest extends ScoringOptions {
  /** Tasks by name; default: all that the data and the vectors allow. */
  readonly tasks?: readonly string[] | undefined;
  /** Default `test`. */
  readonly split?: Split | undefined;
}

const requestNames: OptionNames<BenchmarkRequest> = {
  tasks: true,
  split: true,
  classifier: true,
  solver: true,
  seeds: true,
  firstSeed: true,
  threads: true,
  exportRuns: true,
};

/** A run that has been planned and not begun: what will be scored, and what its source will do for it. */
export interface BenchmarkPlan<Plan, Made extends SourceVectors> {
  readonly dataset: Dataset;
  readonly source: VectorSource<Plan, Made>;
  readonly suite: SuitePlan;
  /** What planning has read of the data, for scoring. */
  readonly reading: SuiteReading;
  readonly sourcePlan: Plan;
  /** What the papers lack; empty where the source takes ids alone. */
  readonly gaps: readonly PaperGap[];
  readonly scoring: ScoringOptions;
  readonly planningMs: number;
}

/** The record of a run, with its vectors and what their source tells beside them. */
export interface BenchmarkRun<Made extends SourceVectors> {
  readonly record: RunRecord;
  readonly made: Made;
}

/** Refuses a name that is none of the choices: plain JavaScript would have another one taken for it. */
function requireChoice(name: string, given: string | undefined, choices: readonly string[]): void {
  if (given === undefined || choices.includes(given)) return;
  throw new ScidocsError(
    "USAGE",
    `planBenchmark: ${name} must be ${choices.join(" or ")}, not ${JSON.stringify(given)}`,
  );
}

/**
 * Plans a run: which tasks can be scored, which papers they need, what the source has to do for that. Nothing slow is done and nothing
 * is written.
 * @throws ScidocsError `NOT_FOUND` when no task can run, `BAD_INPUT` for broken data, `USAGE` for an option that there is not
 */
export async function planBenchmark<Plan, Made extends SourceVectors>(
  dataset: Dataset,
  source: VectorSource<Plan, Made>,
  request: BenchmarkRequest = {},
  control: RunControl = {},
): Promise<BenchmarkPlan<Plan, Made>> {
  refuseUnknownOptions("planBenchmark", request, requestNames);
  checkNumbers("planBenchmark", request, { seeds: "count", firstSeed: "numpySeed", threads: "count" });
  requireChoice("split", request.split, splits);
  requireChoice("classifier", request.classifier, ["svm", "logistic"]);
  requireChoice("solver", request.solver, ["auto", "reference"]);
  const startedMs = performance.now();
  const { tasks = null, split = "test", ...scoring } = request;
  const suite = planSuite(dataset, { tasks, split, texts: source.needs === "texts", groups: source.groups });
  const reading = readSuite(dataset, suite.tasks, split);
  const texts = source.needs === "texts" ? await reading.texts(control) : null;
  const gaps = texts === null ? [] : await paperGaps(reading, texts);
  const sourcePlan = await source.plan(await needOf(reading, texts), control);
  const planningMs = performance.now() - startedMs;
  return { dataset, source, suite, reading, sourcePlan, gaps, scoring, planningMs };
}

/**
 * Carries a planned run out: has the source make its vectors, scores the planned tasks, makes the record.
 * @throws ScidocsError `BAD_INPUT` for vectors that cannot be used or broken data, `UNAVAILABLE`, `INTERRUPTED` (what a store keeps stays)
 */
export async function carryOutBenchmark<Plan, Made extends SourceVectors>(
  plan: BenchmarkPlan<Plan, Made>,
  control: RunControl = {},
): Promise<BenchmarkRun<Made>> {
  const { source, suite, reading, sourcePlan, scoring } = plan;
  const startedMs = performance.now();
  const made = await source.vectors(sourcePlan, control);
  const elapsedMs = performance.now() - startedMs;
  const results = await scoreSuite(suite, reading, made.vectors, scoring, made.texts, control);
  const record = await makeRecord(
    {
      reading,
      model: source.facts(made),
      results,
      settings: source.settings(sourcePlan, made),
      notes: source.notes(sourcePlan, made),
      timings: [
        { stage: "read and plan", elapsedMs: plan.planningMs },
        ...(source.stage === null ? [] : [{ stage: source.stage, elapsedMs }]),
      ],
    },
    control,
  );
  return { record, made };
}

/**
 * The main job, from a dataset and a source of vectors to a run record: {@link planBenchmark}, then {@link carryOutBenchmark}.
 * @throws ScidocsError as these two
 */
export async function runBenchmark<Plan, Made extends SourceVectors>(
  dataset: Dataset,
  source: VectorSource<Plan, Made>,
  request: BenchmarkRequest = {},
  control: RunControl = {},
): Promise<BenchmarkRun<Made>> {
  return carryOutBenchmark(await planBenchmark(dataset, source, request, control), control);
}

/** The papers of the planned tasks, with their texts where the source reads them. */
async function needOf(reading: SuiteReading, texts: readonly TextsOfFile[] | null): Promise<SourceNeed> {
  const papers: readonly PapersOfFile[] =
    texts ??
    (await reading.needed()).map(({ name, ids }) => ({
      file: name,
      papers: Array.from(ids, (id) => ({ id, title: null, abstract: null })),
    }));
  const groups = new Map<string, { ids: Set<string>; purpose: string }>();
  for (const task of reading.tasks) {
    const known = groups.get(task.vectors);
    const ids = known?.ids ?? new Set<string>();
    for (const id of await reading.papersOf(task)) ids.add(id);
    groups.set(task.vectors, { ids, purpose: known === undefined ? task.id : `${known.purpose}, ${task.id}` });
  }
  return { papers, groups };
}

/**
 * A source's vectors of some papers, where there is no dataset and nothing to score.
 * @throws ScidocsError as the source
 */
export async function vectorsOfPapers<Plan, Made extends SourceVectors>(
  source: VectorSource<Plan, Made>,
  papers: readonly PapersOfFile[],
  control: RunControl = {},
): Promise<Made> {
  return source.vectors(await source.plan({ papers, groups: new Map() }, control), control);
}
