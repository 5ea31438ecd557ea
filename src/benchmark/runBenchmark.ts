import type { Dataset } from "../datasets/dataset.ts";
import { neededPapers } from "../datasets/neededPapers.ts";
import { readPaperTexts } from "../datasets/papers.ts";
import type { Split, TaskId } from "../datasets/types.ts";
import type { PapersOfFile } from "../embed/plan.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import { taskOf, type VectorGroup } from "../suites/scidocs/scidocs.ts";
import { makeRecord } from "./makeRecord.ts";
import { type ScoringOptions, scoreSuite } from "./scoreSuite.ts";
import { planSuite, type SuitePlan } from "./suitePlan.ts";
import type { SourceNeed, SourceVectors, VectorSource } from "./vectorSource.ts";

/** What to score: the tasks, the split, and how. */
export interface BenchmarkRequest extends ScoringOptions {
  /** Tasks by name; default: all that the data and the vectors allow. */
  readonly tasks?: readonly TaskId[] | undefined;
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
  readonly sourcePlan: Plan;
  readonly scoring: ScoringOptions;
  readonly planningMs: number;
}

/** The record of a run, with its vectors and what their source tells beside them. */
export interface BenchmarkRun<Made extends SourceVectors> {
  readonly record: RunRecord;
  readonly made: Made;
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
  const startedMs = performance.now();
  const { tasks = null, split = "test", ...scoring } = request;
  const suite = planSuite(dataset, { tasks, split, texts: source.needs === "texts", groups: source.groups });
  const sourcePlan = await source.plan(await needOf(dataset, suite, source.needs, control), control);
  return { dataset, source, suite, sourcePlan, scoring, planningMs: performance.now() - startedMs };
}

/**
 * Carries a planned run out: has the source make its vectors, scores the planned tasks, makes the record.
 * @throws ScidocsError `BAD_INPUT` for vectors that cannot be used or broken data, `UNAVAILABLE`, `INTERRUPTED` (what a store keeps stays)
 */
export async function carryOutBenchmark<Plan, Made extends SourceVectors>(
  plan: BenchmarkPlan<Plan, Made>,
  control: RunControl = {},
): Promise<BenchmarkRun<Made>> {
  const { dataset, source, suite, sourcePlan, scoring } = plan;
  const startedMs = performance.now();
  const made = await source.vectors(sourcePlan, control);
  const elapsedMs = performance.now() - startedMs;
  const results = await scoreSuite(dataset, suite, made.vectors, scoring, made.texts, control);
  const record = await makeRecord(
    {
      dataset,
      plan: suite,
      model: source.facts(made),
      options: scoring,
      results,
      settings: source.settings(sourcePlan, made),
      notes: source.notes(sourcePlan, made),
      timings: [
        { stage: "read and plan", elapsedMs: plan.planningMs },
        ...(source.stage === null ? [] : [{ stage: source.stage, elapsedMs }]),
      ],
      texts: source.needs === "texts",
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
async function needOf(
  dataset: Dataset,
  suite: SuitePlan,
  needs: "texts" | "ids",
  control: RunControl,
): Promise<SourceNeed> {
  const papers: PapersOfFile[] = [];
  const groups = new Map<VectorGroup, { ids: Set<string>; purpose: string }>();
  for (const { file, name, tasks, ids } of await neededPapers(dataset, suite.tasks, suite.split)) {
    papers.push({
      file: name,
      papers:
        needs === "texts"
          ? [...(await readPaperTexts(file, ids, control)).papers.values()]
          : Array.from(ids, (id) => ({ id, title: null, abstract: null })),
    });
    for (const group of new Set(tasks.map((task) => taskOf(task).vectors))) {
      const known = groups.get(group);
      groups.set(group, {
        ids: new Set([...(known?.ids ?? []), ...ids]),
        purpose: [...(known === undefined ? [] : [known.purpose]), ...tasks].join(", "),
      });
    }
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
