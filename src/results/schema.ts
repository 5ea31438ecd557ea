import { z } from "zod";
import { splits } from "../datasets/types.ts";
import { taskResult } from "../tasks/taskResult.ts";
import { schemaVersion } from "./schemaVersion.ts";

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const hashedFile = z.object({ path: z.string(), bytes: count, sha256 });

/** The record of one run: everything needed to read, compare, gate and reproduce its numbers. */
export const runRecordSchema = z.object({
  schemaVersion: z.literal(schemaVersion),
  /** The benchmark that was run: the names of tasks and columns are its. */
  suite: z.string(),
  createdAt: z.iso.datetime(),
  model: z.object({
    name: z.string(),
    /** Where the vectors came from. */
    source: z.enum(["onnx", "huggingface", "allennlp", "vectors", "api", "baseline"]),
    files: z.array(hashedFile),
    /** SHA-256 over the files' hashes; the identity of the model's bytes. */
    sha256: sha256.nullable(),
    /** Identity of the vectors: model, tokenizer, recipe, pooling, length, precision and provider. */
    fingerprint: sha256.nullable(),
    dimensions: z.int().positive().nullable(),
    recipe: z.string().nullable(),
    pooling: z.string().nullable(),
    precision: z.string().nullable(),
    provider: z.string().nullable(),
    maxLength: z.int().positive().nullable(),
    /** What the model's folder declares about its use, in words; null where it declares nothing. */
    declared: z.string().nullish(),
    /** The `training.json` in the model's folder; absent where there is none. */
    training: z.object({ sha256, preset: z.string(), update: count }).optional(),
  }),
  dataset: z.object({
    name: z.string(),
    files: z.array(hashedFile),
    /** SHA-256 over the files' hashes. */
    sha256,
    /** True for data made by `scidocs data synth`: its numbers are never comparable with published ones. */
    synthetic: z.boolean(),
  }),
  split: z.enum(splits),
  /** Every option that can change a number, by its flag's name. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** Column id to the UNROUNDED value x100, null where the task did not run. */
  scores: z.record(z.string(), z.number().nullable()),
  /** Standard deviation x100 of the columns that have one. */
  spread: z.record(z.string(), z.number()),
  /** By the suite's names of its tasks. */
  tasks: z.record(z.string(), taskResult),
  /** What a reader must know beside the numbers, one sentence each. */
  notes: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  timings: z.array(z.object({ stage: z.string(), elapsedMs: z.number().nonnegative() })),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

export type { TaskResult } from "../tasks/taskResult.ts";
