import type { Dataset } from "../datasets/dataset.ts";
import { neededPapers } from "../datasets/neededPapers.ts";
import { readPaperTexts } from "../datasets/papers.ts";
import {
  type ApiEmbedding,
  type ApiPlan,
  type ApiTools,
  embedWithApi,
  planApiEmbedding,
} from "../embed/apis/apiEmbedding.ts";
import type { ApiModel, ApiPaper } from "../embed/apis/apiModel.ts";
import type { VectorStore } from "../embed/store/store.ts";
import { firstFew } from "../errors.ts";
import { printable } from "../printable.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import { type ModelFacts, makeRecord } from "./makeRecord.ts";
import { forAllGroups, scoreSuite } from "./scoreSuite.ts";
import { type ScoreRequest, unknownModel } from "./scoreVectors.ts";
import { planSuite, type SuitePlan } from "./suitePlan.ts";

/** A run with vectors from an API, planned and not begun. */
export interface ApiBenchmarkPlan {
  readonly suite: SuitePlan;
  readonly api: ApiPlan;
  readonly planningMs: number;
}

/** The record's side of an API model. */
export function apiModelFacts(model: ApiModel, dimensions: number | null, name?: string): ModelFacts {
  return {
    ...unknownModel(name ?? model.name, "api", dimensions),
    fingerprint: model.identity.fingerprint,
    provider: `${model.url.origin}${model.url.pathname}`,
  };
}

/**
 * Plans a run with an API's vectors: which tasks can be scored, which papers they need, what of that is stored.
 * @throws ScidocsError `NOT_FOUND` when no task can run, `BAD_INPUT` for broken data
 */
export async function planApiBenchmark(
  dataset: Dataset,
  model: ApiModel,
  store: VectorStore | null,
  request: ScoreRequest = {},
  control: RunControl = {},
): Promise<ApiBenchmarkPlan> {
  const startedMs = performance.now();
  const split = request.split ?? "test";
  const texts = model.needs === "texts";
  const suite = planSuite(dataset, { tasks: request.tasks ?? null, split, texts, groups: null });
  const papers: ApiPaper[] = [];
  for (const { file, ids } of await neededPapers(dataset, suite.tasks, split)) {
    if (texts) papers.push(...(await readPaperTexts(file, ids, control)).papers.values());
    else for (const id of ids) papers.push({ id, title: null, abstract: null });
  }
  return { suite, api: planApiEmbedding(papers, model, store), planningMs: performance.now() - startedMs };
}

/**
 * Asks for the planned vectors, scores the planned tasks, makes the record. That the vectors come from an API, and what that means, stands in
 * the record's notes.
 * @throws ScidocsError `UNAVAILABLE` when the API fails (what was stored stays), `BAD_INPUT`, `INTERRUPTED`
 */
export async function runApiBenchmark(
  dataset: Dataset,
  plan: ApiBenchmarkPlan,
  tools: ApiTools,
  request: ScoreRequest & { readonly name?: string | undefined } = {},
  control: RunControl = {},
): Promise<{ readonly record: RunRecord; readonly embedding: ApiEmbedding }> {
  const { model } = plan.api;
  const embedding = await embedWithApi(plan.api, tools, control);
  const { table, missingIds } = embedding;
  const results = await scoreSuite(dataset, plan.suite, forAllGroups(table), request, null, control);
  const record = await makeRecord(
    {
      dataset,
      plan: plan.suite,
      model: apiModelFacts(model, table.dimensions, request.name),
      options: request,
      results,
      settings: { ...model.identity.settings, apiVersion: embedding.versions[0] ?? null },
      notes: [model.note, ...missingNote(model, missingIds)],
      timings: [
        { stage: "read and plan", elapsedMs: plan.planningMs },
        { stage: "embed", elapsedMs: embedding.elapsedMs },
      ],
      texts: model.needs === "texts",
    },
    control,
  );
  return { record, embedding };
}

function missingNote(model: ApiModel, missingIds: readonly string[]): string[] {
  if (missingIds.length === 0) return [];
  const ids = firstFew(missingIds.map((id) => printable(id)));
  return [`${model.name} has no vector of ${missingIds.length} papers (${ids}); the tasks count them as missing.`];
}
