import { z } from "zod";
import { splits } from "../../datasets/types.ts";

const count = z.int().nonnegative();

const fileCheck = z.object({
  /** Path relative to the dataset's folder. */
  path: z.string(),
  state: z.enum(["ok", "missing", "broken"]),
  /** What is wrong with a broken file. */
  problem: z.string().nullable(),
  bytes: count.nullable(),
  /** How many `unit`s it holds; null where it could not be read. */
  count: count.nullable(),
  unit: z.enum(["papers", "queries", "clicks", "positions"]),
  /** The published benchmark's number, null where none is known. */
  expected: count.nullable(),
});
export type FileCheck = z.infer<typeof fileCheck>;

const taskCheck = z.object({
  task: z.string(),
  split: z.enum(splits),
  /** Distinct papers that the task and split need. */
  papers: count,
  /** Of those, how many the metadata file does not have; null where it could not be read. */
  withoutMetadata: count.nullable(),
  /** The first few of those. */
  withoutMetadataIds: z.array(z.string()),
  /** Papers with neither title nor abstract. */
  emptyText: count.nullable(),
  /** Papers with a title and no abstract. */
  withoutAbstract: count.nullable(),
});
export type TaskCheck = z.infer<typeof taskCheck>;

const classCheck = z.object({
  task: z.string(),
  label: z.int(),
  name: z.string().nullable(),
  train: count,
  val: count,
  test: count,
});

const clickCheck = z.object({
  split: z.enum(["train", "val", "test"]),
  clicks: count,
  /** Clicks by displayed position, from position 1 on. */
  positions: z.array(count),
  /** Mean number of papers shown. */
  meanShown: z.number(),
});

/** Everything that `scidocs data check` finds; also the form of its `--json`. */
export const datasetCheckSchema = z.object({
  name: z.string(),
  folder: z.string(),
  synthetic: z.boolean(),
  /** Whether every file is there and readable and has the published benchmark's numbers where they are known (synthetic data: its own). */
  complete: z.boolean(),
  files: z.array(fileCheck),
  tasks: z.array(taskCheck),
  classes: z.array(classCheck),
  clicks: z.array(clickCheck),
  /** What else a reader should know, one sentence each. */
  notes: z.array(z.string()),
});
export type DatasetCheck = z.infer<typeof datasetCheckSchema>;
