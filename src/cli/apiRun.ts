import { carryOutBenchmark, planBenchmark } from "../benchmark/runBenchmark.ts";
import { apiSource } from "../benchmark/sources/api.ts";
import {
  type ApiEmbedding,
  type ApiPlan,
  type ApiTools,
  embedWithApi,
  planApiEmbedding,
} from "../embed/apis/apiEmbedding.ts";
import type { ApiModel, ApiPaper } from "../embed/apis/apiModel.ts";
import { apiModelNames, resolveApiModel } from "../embed/apis/apiModels.ts";
import type { VectorStore } from "../embed/store/store.ts";
import { firstFew, ScidocsError } from "../errors.ts";
import { refuseOverlap } from "../files/overlap.ts";
import { openNetwork } from "../network/network.ts";
import type { OptionNames } from "../options.ts";
import { printable } from "../printable.ts";
import type { RunRecord } from "../results/schema.ts";
import type { Dataset } from "../suites/dataset.ts";
import { filesWritten } from "../vectors/formats.ts";
import { writeVectors } from "../vectors/writeVectors.ts";
import type { CliContext } from "./context.ts";
import { type EncoderFlags, fileForStore, filesOfStore, type ModelFlags, openStore } from "./encoderFlags.ts";
import { checkOutput, type OutputFlags } from "./finishRun.ts";
import { retryPolicy } from "./networkFlags.ts";
import { type ScoringFlags, scoringRequest } from "./scoringFlags.ts";
import { tellGaps } from "./tellGaps.ts";
import { refuseWithoutEffect } from "./withoutEffect.ts";

/** The flags of a command whose model may be an API. */
export interface ApiFlags extends EncoderFlags {
  readonly offline?: boolean;
  readonly dryRun: boolean;
}

/** The flags that say how a model of one's own is run, none of which an API takes; the compiler sees to it that none is forgotten. */
const ownModelFlags: OptionNames<ModelFlags & Pick<EncoderFlags, "batchTokens" | "batchSize">> = {
  as: true,
  recipe: true,
  text: true,
  prefix: true,
  pooling: true,
  prompt: true,
  normalize: true,
  dimensions: true,
  maxLength: true,
  output: true,
  precision: true,
  adapter: true,
  vocab: true,
  mixWeights: true,
  provider: true,
  device: true,
  batchTokens: true,
  batchSize: true,
};

/**
 * Refuses an API's address where none of the models is asked by an API.
 * @param models what `--model` takes
 * @throws ScidocsError `USAGE`
 */
export function requireApi(
  models: readonly string[],
  { apiUrl, insecure }: Pick<ApiFlags, "apiUrl" | "insecure">,
): void {
  if (apiUrl === undefined || models.some((model) => resolveApiModel(model, { apiUrl, insecure }) !== null)) return;
  throw new ScidocsError(
    "USAGE",
    `--api-url: ${models.map((model) => printable(model)).join(", ")} is run here; only ${apiModelNames.join(", ")} are asked at an address`,
  );
}

/** Opens network and store, hands them over, and closes them whatever happens. */
async function withTools<T>(
  context: CliContext,
  flags: ApiFlags,
  model: ApiModel,
  work: (tools: ApiTools) => Promise<T>,
): Promise<T> {
  const why = `${model.name} is run by its API, which takes no such setting`;
  refuseWithoutEffect({ ...flags }, Object.keys(ownModelFlags), why);
  const network = openNetwork({ offline: flags.offline === true, env: context.env });
  let store: VectorStore | null = null;
  try {
    store = await openStore(flags, model.identity, context, { mustExist: flags.dryRun });
    return await work({ network, retry: retryPolicy(context, flags), store });
  } finally {
    await store?.close();
    await network.close();
  }
}

/** `scidocs run` with an API's model. */
export async function runWithApi(
  context: CliContext,
  dataset: Dataset,
  model: ApiModel,
  flags: ApiFlags & ScoringFlags & OutputFlags & { readonly name?: string },
  finish: (record: RunRecord) => Promise<void>,
): Promise<void> {
  const control = { onProgress: context.onProgress, signal: context.signal };
  await withTools(context, flags, model, async (tools) => {
    const source = apiSource(model, { ...tools, name: flags.name });
    const place = { model: source.facts(null), dataset, split: flags.split };
    const read = filesOfStore(flags, model.identity, context);
    await checkOutput(context, flags, place, read, fileForStore(flags, model.identity, context));
    const plan = await planBenchmark(dataset, source, scoringRequest(flags), control);
    tellGaps(context, plan);
    if (flags.dryRun) {
      context.stdout(planText(plan.sourcePlan));
      return;
    }
    context.stderr(`${model.note}\n`);
    const { record, made } = await carryOutBenchmark(plan, control);
    context.stderr(summary(plan.sourcePlan, made.embedding));
    await finish(record);
  });
}

/** `scidocs embed` with an API's model. */
export async function embedByApi(
  context: CliContext,
  papers: readonly ApiPaper[],
  model: ApiModel,
  path: string | undefined,
  flags: ApiFlags,
): Promise<void> {
  const control = { onProgress: context.onProgress, signal: context.signal };
  await withTools(context, flags, model, async (tools) => {
    if (path !== undefined) {
      const outputs = [...filesWritten(path), ...fileForStore(flags, model.identity, context)];
      await refuseOverlap(outputs, filesOfStore(flags, model.identity, context));
    }
    const plan = planApiEmbedding(papers, model, tools.store);
    if (path === undefined || flags.dryRun) {
      context.stdout(planText(plan));
      return;
    }
    context.stderr(`${model.note}\n`);
    const embedding = await embedWithApi(plan, tools, control);
    const titles = new Map(papers.flatMap(({ id, title }) => (title === null ? [] : [[id, title] as const])));
    await writeVectors(path, embedding.table, { titles }, control);
    context.stderr(`${summary(plan, embedding)}${path}\n`);
  });
}

function planText({ model, papers, storedPapers, toAsk, requests }: ApiPlan): string {
  return (
    `${papers.length} papers: ${storedPapers} taken from the store, ${toAsk.size} to ask for\n` +
    `${requests} requests of at most ${model.batchSize} papers to ${model.url.origin}${model.url.pathname}, ${model.concurrency} at a time` +
    `${model.intervalMs > 0 ? `, ${model.intervalMs / 1000} s apart` : ""}\n${model.note}\n`
  );
}

function summary(plan: ApiPlan, { missingIds, mergedIds, retries, versions }: ApiEmbedding): string {
  const parts = [
    `${plan.papers.length} papers: ${plan.toAsk.size} asked for, ${plan.storedPapers} taken from the store, ${missingIds.length} unknown to ${plan.model.name}`,
  ];
  if (missingIds.length > 0) parts.push(`unknown: ${firstFew(missingIds.map((id) => printable(id)))}`);
  if (mergedIds.length > 0) {
    parts.push(
      `merged there into another paper, whose vector stands for both: ${firstFew(mergedIds.map((pair) => pair.join(" into ")))}`,
    );
  }
  if (retries > 0) parts.push(`${retries} requests were repeated`);
  if (versions.length > 0) parts.push(`version: ${versions.map((version) => printable(version)).join(", ")}`);
  return `${parts.join("\n")}\n`;
}
