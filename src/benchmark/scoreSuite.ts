import { availableParallelism } from "node:os";
import { readClassification } from "../datasets/classification.ts";
import { readRecommendation } from "../datasets/clicks.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { papersOfTask } from "../datasets/neededPapers.ts";
import { readQrel } from "../datasets/qrel.ts";
import type { ClassificationTaskId, RankingTaskId, TaskId } from "../datasets/types.ts";
import { throwIfAborted } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord, TaskResult } from "../results/schema.ts";
import { taskOf, type VectorGroup } from "../suites/scidocs/scidocs.ts";
import { classificationNotes, scoreClassification } from "../tasks/classification/classification.ts";
import { scoreRanking } from "../tasks/ranking/ranking.ts";
import {
  defaultFirstSeed,
  defaultSeeds,
  scoreRecommendation,
  validationNote,
} from "../tasks/recommendation/recommendation.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";
import { exportRuns } from "./exportRuns.ts";
import type { SuitePlan } from "./suitePlan.ts";

/** Vectors of each group of tasks; one table may serve all three. */
export type SuiteVectors = Readonly<Partial<Record<VectorGroup, VectorTable>>>;

/** One table in the place of all three groups. */
export function forAllGroups(table: VectorTable): SuiteVectors {
  return { cls: table, "user-citation": table, recomm: table };
}

/** How the tasks are scored: every option here can change a number, but for `threads` and `exportRuns`. */
export interface ScoringOptions {
  /** Classifier of MAG and MeSH; default `svm`, the paper's protocol. */
  readonly classifier?: "svm" | "logistic" | undefined;
  /** Which path of the SVM chooses C; default `auto`. */
  readonly solver?: "auto" | "reference" | undefined;
  /** How often the recommendation network is trained; default 5. */
  readonly seeds?: number | undefined;
  /** Seed of the first training; the others follow. */
  readonly firstSeed?: number | undefined;
  /** Worker threads; default: the machine's. No result depends on it. */
  readonly threads?: number | undefined;
  /** Folder for the ranking tasks' qrel and run files; default: none are written. */
  readonly exportRuns?: string | undefined;
}

/** What is known of the papers' texts; absent where vectors came from elsewhere. */
export interface TextFacts {
  readonly emptyIds: ReadonlySet<string>;
  readonly truncatedIds: ReadonlySet<string>;
}

/** Results of the suite: one entry a task, run or skipped. */
export interface SuiteResults {
  readonly tasks: Record<TaskId, TaskResult>;
  readonly timings: RunRecord["timings"];
  /** What a reader of the scores must know. */
  readonly notes: readonly string[];
}

/**
 * Runs the planned tasks on the vectors.
 * @throws ScidocsError `BAD_INPUT` for broken files or vectors that cannot be scored, `INTERRUPTED`
 */
export async function scoreSuite(
  dataset: Dataset,
  plan: SuitePlan,
  vectors: SuiteVectors,
  options: ScoringOptions,
  texts: TextFacts | null,
  control: RunControl = {},
): Promise<SuiteResults> {
  const scored = new Map<TaskId, { result: TaskResult; elapsedMs: number }>();
  const score = async (task: TaskId, taskControl: RunControl): Promise<void> => {
    throwIfAborted(taskControl.signal);
    const table = vectors[taskOf(task).vectors];
    if (table === undefined) throw new RangeError(`the plan runs ${task} without vectors`);
    const startedMs = performance.now();
    const plain = await scoreTask(dataset, task, plan.split, table, options, taskControl);
    const result = texts === null ? plain : withTextCounts(plain, await papersOfTask(dataset, task, plan.split), texts);
    scored.set(task, { result, elapsedMs: performance.now() - startedMs });
  };
  // Each classification task ends in one long chain of steps; side by side, one's chain leaves the other the remaining cores.
  const isClassification = (task: TaskId): boolean => taskOf(task).family === "classification";
  await sideBySide(plan.tasks.filter(isClassification), score, control);
  for (const task of plan.tasks) if (!isClassification(task)) await score(task, control);

  const results: [TaskId, TaskResult][] = [...plan.skipped].map(([task, reason]) => [
    task,
    { kind: "skipped", reason },
  ]);
  const timings: { stage: string; elapsedMs: number }[] = [];
  for (const task of plan.tasks) {
    const { result, elapsedMs } = scored.get(task)!;
    results.push([task, result]);
    timings.push({ stage: task, elapsedMs });
  }
  const notes = results.flatMap(([task, result]) =>
    result.kind === "classification" ? classificationNotes(taskOf(task).label, result) : [],
  );
  if (plan.split === "val" && plan.tasks.includes("recomm")) notes.push(validationNote);
  return { tasks: Object.fromEntries(results) as Record<TaskId, TaskResult>, timings, notes };
}

/** Runs all at once; when one fails, the others are stopped before the failure is passed on. */
async function sideBySide(
  ids: readonly TaskId[],
  run: (task: TaskId, control: RunControl) => Promise<void>,
  control: RunControl,
): Promise<void> {
  const stopping = new AbortController();
  const signals = control.signal === undefined ? [stopping.signal] : [control.signal, stopping.signal];
  const signal = AbortSignal.any(signals);
  const runs = ids.map((task) => run(task, { ...control, signal }));
  try {
    await Promise.all(runs);
  } catch (error) {
    stopping.abort();
    await Promise.allSettled(runs);
    throw error;
  }
}

async function scoreTask(
  dataset: Dataset,
  task: TaskId,
  split: SuitePlan["split"],
  vectors: VectorTable,
  options: ScoringOptions,
  control: RunControl,
): Promise<TaskResult> {
  const { label, family } = taskOf(task);
  switch (family) {
    case "classification": {
      const id = task as ClassificationTaskId;
      const data = await readClassification(dataset, id);
      return scoreClassification(
        {
          label,
          train: data.train,
          evaluated: data[split],
          vectors,
          classNames: dataset.classNames[id],
          // Each by its name: a key too many in the options must not take the place of the data.
          classifier: options.classifier,
          solver: options.solver,
          threads: options.threads,
        },
        control,
      );
    }
    case "ranking": {
      const id = task as RankingTaskId;
      const qrel = await readQrel(dataset, id, split);
      const result = scoreRanking({ qrel, vectors });
      if (options.exportRuns !== undefined) await exportRuns(options.exportRuns, { task: id, split, qrel, vectors });
      return result;
    }
    case "recommendation":
      return scoreRecommendation(
        {
          data: await readRecommendation(dataset, control),
          split,
          vectors,
          seeds: options.seeds ?? defaultSeeds,
          firstSeed: options.firstSeed ?? defaultFirstSeed,
          threads: options.threads ?? availableParallelism(),
        },
        control,
      );
  }
}

/** The result with the counts that only a look at the texts can give. */
function withTextCounts(result: TaskResult, papers: ReadonlySet<string>, texts: TextFacts): TaskResult {
  if (result.kind === "skipped") return result;
  const among = (ids: ReadonlySet<string>): number => {
    let count = 0;
    for (const id of papers) if (ids.has(id)) count += 1;
    return count;
  };
  return {
    ...result,
    papers: { ...result.papers, emptyText: among(texts.emptyIds), truncated: among(texts.truncatedIds) },
  };
}
