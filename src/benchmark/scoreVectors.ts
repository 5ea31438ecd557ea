import { basename } from "node:path";
import type { Dataset } from "../datasets/dataset.ts";
import { neededPapers } from "../datasets/neededPapers.ts";
import type { Split, TaskId } from "../datasets/types.ts";
import { ScidocsError } from "../errors.ts";
import { combinedSha256, hashFiles } from "../files/hashFiles.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import { taskOf, type VectorGroup, vectorGroups } from "../suites/scidocs/scidocs.ts";
import { type ReadVectorsResult, readVectors } from "../vectors/readVectors.ts";
import { type ModelFacts, makeRecord } from "./makeRecord.ts";
import { type ScoringOptions, type SuiteVectors, scoreSuite } from "./scoreSuite.ts";
import { planSuite, type SuitePlan } from "./suitePlan.ts";

/** What to score: the tasks, the split, and how. */
export interface ScoreRequest extends ScoringOptions {
  /** Tasks by name; default: all that the data and the vectors allow. */
  readonly tasks?: readonly TaskId[] | undefined;
  /** Default `test`. */
  readonly split?: Split | undefined;
}

/** A model as a record names it when nothing is known but its name. */
export function unknownModel(name: string, source: ModelFacts["source"], dimensions: number | null): ModelFacts {
  return {
    name,
    source,
    files: [],
    sha256: null,
    fingerprint: null,
    dimensions,
    recipe: null,
    pooling: null,
    precision: null,
    provider: null,
    maxLength: null,
  };
}

/**
 * Scores vectors that are in memory and returns the run record.
 * @param model its name, or all that is known of it
 * @param vectors by group of tasks; one table may stand in several groups, and a group without one leaves its tasks out
 * @throws ScidocsError `NOT_FOUND` when no task can run, `BAD_INPUT` for broken data or vectors, `INTERRUPTED`
 */
export async function scoreVectors(
  dataset: Dataset,
  vectors: SuiteVectors,
  model: string | ModelFacts,
  request: ScoreRequest = {},
  control: RunControl = {},
): Promise<RunRecord> {
  const groups = new Set(vectorGroups.filter((group) => vectors[group] !== undefined));
  const plan = planSuite(dataset, {
    tasks: request.tasks ?? null,
    split: request.split ?? "test",
    texts: false,
    groups,
  });
  const results = await scoreSuite(dataset, plan, vectors, request, null, control);
  const dimensions = Object.values(vectors)[0]?.dimensions ?? null;
  const facts = typeof model === "string" ? unknownModel(model, "vectors", dimensions) : model;
  return makeRecord(
    { dataset, plan, model: facts, options: request, results, settings: {}, notes: [], timings: [], texts: false },
    control,
  );
}

/** Vector files by group; a group may have several files, read as one. */
export type VectorFiles = Readonly<Partial<Record<VectorGroup, readonly string[]>>>;

/** The record of scored vector files, and what their reading passed over. */
export interface ScoredFiles {
  readonly record: RunRecord;
  readonly vectors: SuiteVectors;
}

/**
 * Scores vector files. Only vectors of papers that the tasks need are kept; a file named in several groups is read once.
 * @param name the model's name in the record; default: the first file's
 * @throws ScidocsError as {@link scoreVectors}, and for files that cannot be read (file:line)
 */
export async function scoreVectorFiles(
  dataset: Dataset,
  files: VectorFiles,
  name: string | undefined,
  request: ScoreRequest = {},
  control: RunControl = {},
): Promise<ScoredFiles> {
  const groups = new Set(vectorGroups.filter((group) => (files[group]?.length ?? 0) > 0));
  if (groups.size === 0) {
    throw new ScidocsError("USAGE", "no vectors to score: give --cls, --user-citation or --recomm with a vector file");
  }
  const plan = planSuite(dataset, {
    tasks: request.tasks ?? null,
    split: request.split ?? "test",
    texts: false,
    groups,
  });
  const startedMs = performance.now();
  const used = [...new Set([...plannedGroups(plan)].flatMap((group) => files[group] ?? []))];
  // Hashed while they are parsed: the bytes come from the disk once, and the parsing is done by other threads.
  const [{ vectors, notes }, hashed] = await Promise.all([
    readGroups(dataset, plan, files, request.threads, control),
    hashFiles(used, control),
  ]);
  const timings = [{ stage: "read vectors", elapsedMs: performance.now() - startedMs }];
  const results = await scoreSuite(dataset, plan, vectors, request, null, control);
  const dimensions = Object.values(vectors)[0]?.dimensions ?? null;
  const model: ModelFacts = {
    ...unknownModel(name ?? defaultName(used), "vectors", dimensions),
    files: hashed,
    sha256: combinedSha256(hashed),
  };
  const parts = { dataset, plan, model, options: request, results, settings: {}, notes, timings, texts: false };
  return { record: await makeRecord(parts, control), vectors };
}

function plannedGroups(plan: SuitePlan): ReadonlySet<VectorGroup> {
  return new Set(plan.tasks.map((task) => taskOf(task).vectors));
}

/** A model's name from its vector files: the file's own, or the folder's where the files go by the names of the groups. */
function defaultName(files: readonly string[]): string {
  const [first] = files;
  if (first === undefined) return "vectors";
  const stem = basename(first).replace(/(\.(jsonl|gz|npy|safetensors|parquet))+$/, "");
  if (!vectorGroups.some((group) => group === stem)) return stem;
  return first.split(/[\\/]/).at(-2) ?? stem;
}

async function readGroups(
  dataset: Dataset,
  plan: SuitePlan,
  files: VectorFiles,
  threads: number | undefined,
  control: RunControl,
): Promise<{ vectors: SuiteVectors; notes: string[] }> {
  // Groups that name the same files share one reading of them.
  const readings = new Map<string, { paths: readonly string[]; groups: VectorGroup[] }>();
  for (const group of plannedGroups(plan)) {
    const paths = files[group] ?? [];
    const key = JSON.stringify(paths);
    const reading = readings.get(key) ?? { paths, groups: [] };
    reading.groups.push(group);
    readings.set(key, reading);
  }
  const vectors: Partial<Record<VectorGroup, ReadVectorsResult>> = {};
  const notes: string[] = [];
  for (const { paths, groups } of readings.values()) {
    const tasks = plan.tasks.filter((task) => groups.includes(taskOf(task).vectors));
    const needed = new Set<string>();
    for (const { ids } of await neededPapers(dataset, tasks, plan.split)) for (const id of ids) needed.add(id);
    const table = await readVectors(paths, { needed, threads }, control);
    if (table.replacedEntries > 0) {
      notes.push(
        `${table.replacedEntries} vectors in ${paths.map((path) => basename(path)).join(", ")} were replaced by a later one of the same paper.`,
      );
    }
    if (table.ids.length === 0) {
      throw new ScidocsError(
        "BAD_INPUT",
        `${paths.join(", ")}: no vector of the ${needed.size} papers that ${tasks.join(", ")} need: are these the vectors of this dataset?`,
      );
    }
    for (const group of groups) vectors[group] = table;
  }
  return { vectors, notes };
}
