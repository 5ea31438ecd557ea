import type { Dataset } from "../datasets/dataset.ts";
import { type EmbeddingResult, embedPapers } from "../embed/embedPapers.ts";
import type { EmbeddingPlan, PlanOptions } from "../embed/plan.ts";
import { type Encoder, modelOfRecord } from "../encoders/encoder.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";
import { planDatasetEmbedding } from "./embedDataset.ts";
import { makeRecord } from "./makeRecord.ts";
import { forAllGroups, scoreSuite } from "./scoreSuite.ts";
import type { ScoreRequest } from "./scoreVectors.ts";
import { planSuite, type SuitePlan } from "./suitePlan.ts";

/** How to run the benchmark: what to score, and how to embed. */
export interface BenchmarkRequest extends ScoreRequest, PlanOptions {}

/** A run that has been planned and not begun: what will be embedded, what will be scored. */
export interface BenchmarkPlan {
  readonly suite: SuitePlan;
  readonly embedding: EmbeddingPlan;
  readonly planningMs: number;
}

/**
 * Plans a run: which tasks can be scored, which papers they need, what of that is stored already.
 * @throws ScidocsError `NOT_FOUND` when no task can run, `BAD_INPUT` for broken data
 */
export async function planBenchmark(
  dataset: Dataset,
  encoder: Encoder,
  request: BenchmarkRequest = {},
  control: RunControl = {},
): Promise<BenchmarkPlan> {
  const startedMs = performance.now();
  const split = request.split ?? "test";
  const suite = planSuite(dataset, { tasks: request.tasks ?? null, split, texts: true, groups: null });
  const embedding = await planDatasetEmbedding(dataset, suite.tasks, split, encoder, request, control);
  return { suite, embedding, planningMs: performance.now() - startedMs };
}

/** The record of a run with its vectors. */
export interface BenchmarkRun {
  readonly record: RunRecord;
  readonly vectors: VectorTable;
  readonly embedding: EmbeddingResult;
}

/**
 * The main job: embeds the planned papers, scores the planned tasks, makes the record.
 * @throws ScidocsError `BAD_INPUT` for a model whose vectors cannot be used, `INTERRUPTED` (what was stored stays)
 */
export async function runBenchmark(
  dataset: Dataset,
  encoder: Encoder,
  plan: BenchmarkPlan,
  request: BenchmarkRequest = {},
  control: RunControl = {},
): Promise<BenchmarkRun> {
  const embedding = await embedPapers(plan.embedding, { threads: request.threads, store: request.store }, control);
  const vectors = embedding.table;
  const results = await scoreSuite(
    dataset,
    plan.suite,
    forAllGroups(vectors),
    request,
    { emptyIds: embedding.emptyPapers, truncatedIds: embedding.truncatedPapers },
    control,
  );
  const { model: _model, tokenizer: _tokenizer, ...settings } = encoder.settings;
  const record = await makeRecord(
    {
      dataset,
      plan: plan.suite,
      model: modelOfRecord(encoder, vectors.dimensions),
      options: request,
      results,
      settings: { ...settings, batchTokens: plan.embedding.batchTokens },
      notes: embeddingNotes(plan.embedding),
      timings: [
        { stage: "read and plan", elapsedMs: plan.planningMs },
        { stage: "embed", elapsedMs: embedding.elapsedMs },
      ],
      texts: true,
    },
    control,
  );
  return { record, vectors, embedding };
}

function embeddingNotes(plan: EmbeddingPlan): string[] {
  if (plan.conflictingPapers === 0) return [];
  return [
    `${plan.conflictingPapers} papers have different texts in different metadata files; the first text was embedded.`,
  ];
}
