import { ScidocsError, throwIfAborted } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import type { Task } from "../suites/suite.ts";
import type { SuiteReading } from "../suites/suiteReading.ts";
import { recorded, type ScoredTask, type TaskResult } from "../tasks/families.ts";
import type { ScoringOptions } from "../tasks/scoringOptions.ts";
import type { ScoreInput } from "../tasks/taskFamily.ts";
import { tableFault } from "../vectors/tableFault.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";
import { exportRuns } from "./exportRuns.ts";
import type { SuitePlan } from "./suitePlan.ts";

/** Vectors by group of tasks. The table under `*` serves every group that has none of its own. */
export type SuiteVectors = Readonly<Record<string, VectorTable | undefined>>;

/** One table in the place of all groups. */
export function forAllGroups(table: VectorTable): SuiteVectors {
  return { "*": table };
}

/** The groups that have a table; null when all have. */
export function groupsOf(vectors: SuiteVectors): ReadonlySet<string> | null {
  if (vectors["*"] !== undefined) return null;
  return new Set(Object.keys(vectors).filter((group) => vectors[group] !== undefined));
}

/** What is known of the papers' texts; absent where vectors came from elsewhere. */
export interface TextFacts {
  readonly emptyIds: ReadonlySet<string>;
  readonly truncatedIds: ReadonlySet<string>;
}

/** Results of the suite: one entry a task, run or skipped. */
export interface SuiteResults {
  readonly tasks: Readonly<Record<string, TaskResult>>;
  readonly timings: RunRecord["timings"];
  /** What a reader of the scores must know. */
  readonly notes: readonly string[];
}

/**
 * Runs the planned tasks on the vectors.
 * @param reading of the plan's tasks and split
 * @throws ScidocsError `BAD_INPUT` for broken files or vectors that cannot be scored, `INTERRUPTED`
 */
export async function scoreSuite(
  plan: SuitePlan,
  reading: SuiteReading,
  vectors: SuiteVectors,
  options: ScoringOptions,
  texts: TextFacts | null,
  control: RunControl = {},
): Promise<SuiteResults> {
  for (const [group, table] of Object.entries(vectors)) {
    const fault = table === undefined ? null : tableFault(table);
    if (fault !== null) throw new ScidocsError("BAD_INPUT", `the vectors${group === "*" ? "" : ` ${group}`}: ${fault}`);
  }
  const scored = new Map<Task, { result: ScoredTask; elapsedMs: number }>();
  const score = async (task: Task, taskControl: RunControl): Promise<void> => {
    throwIfAborted(taskControl.signal);
    const startedMs = performance.now();
    const plain = await scoreTask(reading, task, tableOf(task), options, taskControl);
    const result = texts === null ? plain : withTextCounts(plain, await reading.papersOf(task), texts);
    scored.set(task, { result, elapsedMs: performance.now() - startedMs });
  };
  const tableOf = (task: Task): VectorTable => {
    const table = vectors[task.vectors] ?? vectors["*"];
    if (table === undefined) throw new RangeError(`the plan runs ${task.id} without vectors`);
    return table;
  };
  for (const tasks of await groupsWithin(plan.tasks, reading, tableOf)) await sideBySide(tasks, score, control);
  for (const task of plan.tasks) if (!task.family.sideBySide) await score(task, control);

  const results: [string, TaskResult][] = [...plan.skipped].map(([task, reason]) => [
    task.id,
    { kind: "skipped", reason },
  ]);
  const timings: { stage: string; elapsedMs: number }[] = [];
  const notes: string[] = [];
  for (const task of plan.tasks) {
    const { result, elapsedMs } = scored.get(task)!;
    results.push([task.id, result]);
    timings.push({ stage: task.id, elapsedMs });
    notes.push(...task.family.notes(task, result, plan.split));
  }
  return { tasks: Object.fromEntries(results), timings, notes };
}

/** Bytes that tasks side by side may take together beside their vectors. */
const sideBySideBytes = 2 ** 30;

/** The tasks that run side by side, in groups that fit into memory together; a task that fits with none is a group of its own. */
async function groupsWithin(
  tasks: readonly Task[],
  reading: SuiteReading,
  tableOf: (task: Task) => VectorTable,
): Promise<Task[][]> {
  const groups: Task[][] = [];
  let bytes = 0;
  for (const task of tasks.filter(({ family }) => family.sideBySide)) {
    const own = task.family.workingBytes?.(await reading.data(task), tableOf(task)) ?? 0;
    const last = groups.at(-1);
    if (last !== undefined && bytes + own <= sideBySideBytes) {
      last.push(task);
      bytes += own;
    } else {
      groups.push([task]);
      bytes = own;
    }
  }
  return groups;
}

/** Runs all at once; when one fails, the others are stopped before the failure is passed on. */
async function sideBySide(
  tasks: readonly Task[],
  run: (task: Task, control: RunControl) => Promise<void>,
  control: RunControl,
): Promise<void> {
  const stopping = new AbortController();
  const signals = control.signal === undefined ? [stopping.signal] : [control.signal, stopping.signal];
  const signal = AbortSignal.any(signals);
  const runs = tasks.map((task) => run(task, { ...control, signal }));
  try {
    await Promise.all(runs);
  } catch (error) {
    stopping.abort();
    await Promise.allSettled(runs);
    throw error;
  }
}

async function scoreTask(
  reading: SuiteReading,
  task: Task,
  vectors: VectorTable,
  options: ScoringOptions,
  control: RunControl,
): Promise<ScoredTask> {
  const input: ScoreInput<unknown> = {
    task,
    data: await reading.data(task),
    split: reading.split,
    vectors,
    papers: await reading.metadata(task, control),
    classNames: reading.dataset.classNames[task.id] ?? [],
    options,
  };
  // Before the scoring: a folder that takes nothing must not cost what comes after it.
  if (options.exportRuns !== undefined) await exportRuns(options.exportRuns, task, input);
  return recorded(await task.family.score(input, control));
}

/** The result with the counts that only a look at the texts can give. */
function withTextCounts(result: ScoredTask, papers: ReadonlySet<string>, texts: TextFacts): ScoredTask {
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
