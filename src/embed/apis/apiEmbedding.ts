import { firstFew, ScidocsError, throwIfAborted } from "../../errors.ts";
import { parseJson } from "../../files/jsonFile.ts";
import { type Network, readText } from "../../network/network.ts";
import {
  isTransientStatus,
  type RetryPolicy,
  retryAfterMs,
  TransientFailure,
  withRetries,
} from "../../network/retry.ts";
import { printable } from "../../printable.ts";
import type { RunControl } from "../../progress.ts";
import { type VectorTable, vectorTable } from "../../vectors/vectorTable.ts";
import type { VectorStore } from "../store/store.ts";
import { idKey, textKey } from "../textKey.ts";
import { type ApiModel, type ApiPaper, type ApiVector, otherShape } from "./apiModel.ts";
import { requireSameModel } from "./sameModel.ts";
import { reasonOf, withoutSecrets } from "./secrets.ts";

/** What asking an API for vectors will do; a plain value. */
export interface ApiPlan {
  readonly model: ApiModel;
  readonly papers: readonly ApiPaper[];
  /** What names each paper's vector in a store, by paper id. */
  readonly keys: ReadonlyMap<string, string>;
  /** Papers to ask for, by key; papers with one text are asked for once. */
  readonly toAsk: ReadonlyMap<string, ApiPaper>;
  /** Papers whose vectors are stored. */
  readonly storedPapers: number;
  readonly requests: number;
}

/** What {@link embedWithApi} works with. */
export interface ApiTools {
  readonly network: Network;
  readonly retry: RetryPolicy;
  /** Where vectors are kept as they come, opened with the model's identity; null to keep none. */
  readonly store: VectorStore | null;
}

/** Vectors from an API and what it took. */
export interface ApiEmbedding {
  /** One row a paper that has a vector, in the papers' order. */
  readonly table: VectorTable;
  /** Papers that the API has no vector of. */
  readonly missingIds: readonly string[];
  /** Papers that the API has merged into others, and what into: it has one vector of both. */
  readonly mergedIds: readonly (readonly [id: string, into: string])[];
  /** Requests that failed and were repeated. */
  readonly retries: number;
  /** Versions that the API named, sorted. */
  readonly versions: readonly string[];
  readonly elapsedMs: number;
}

/** What names a paper's vector in a store: its text, or its id where that is all that is sent. */
function keyOf(model: ApiModel, paper: ApiPaper): string {
  return model.needs === "ids" ? idKey(paper.id) : textKey(paper.title ?? "", paper.abstract ?? "");
}

/** Settles what has to be asked for: each paper once, each text once, what the store has not at all. */
export function planApiEmbedding(papers: readonly ApiPaper[], model: ApiModel, store: VectorStore | null): ApiPlan {
  const unique = [...new Map(papers.map((paper) => [paper.id, paper])).values()];
  const keys = new Map(unique.map((paper) => [paper.id, keyOf(model, paper)]));
  const toAsk = new Map<string, ApiPaper>();
  let storedPapers = 0;
  for (const paper of unique) {
    const key = keys.get(paper.id) ?? "";
    if (store?.has(key)) storedPapers++;
    else if (!toAsk.has(key)) toAsk.set(key, paper);
  }
  // One more asks for some that are stored, see `requireSameModel`.
  const requests = Math.ceil(toAsk.size / model.batchSize) + (toAsk.size > 0 && storedPapers > 0 ? 1 : 0);
  return { model, papers: unique, keys, toAsk, storedPapers, requests };
}

/**
 * Asks an API for the planned papers' vectors, in batches, politely, and keeps each answer in the store as it comes.
 * @throws ScidocsError `UNAVAILABLE` when the API fails or refuses, `INTERRUPTED`; what was stored stays, and the next call goes on
 */
export async function embedWithApi(plan: ApiPlan, tools: ApiTools, control: RunControl = {}): Promise<ApiEmbedding> {
  const startedMs = performance.now();
  const { model, papers, keys } = plan;
  const vectors = new Map<string, Float32Array>();
  for (const key of new Set(keys.values())) {
    const stored = tools.store?.read(key) ?? null;
    if (stored !== null) vectors.set(key, stored.vector);
  }
  await requireSameModel(plan, vectors, control, async (some, signal) => {
    const answers = await ask(some, model, tools, signal, () => {});
    if (model.intervalMs > 0) await tools.retry.sleep(model.intervalMs, signal);
    return answers;
  });
  const asked = await askAll([...plan.toAsk], model, vectors, tools, control);
  return {
    table: tableOf(papers, keys, vectors, model),
    missingIds: [...keys].filter(([, key]) => !vectors.has(key)).map(([id]) => id),
    ...asked,
    elapsedMs: performance.now() - startedMs,
  };
}

/** Asks for everything that is not there, a few batches at a time, and puts what comes into `vectors` and the store. */
async function askAll(
  entries: readonly (readonly [key: string, paper: ApiPaper])[],
  model: ApiModel,
  vectors: Map<string, Float32Array>,
  tools: ApiTools,
  control: RunControl,
): Promise<Pick<ApiEmbedding, "retries" | "versions" | "mergedIds">> {
  const versions = new Set<string>();
  const mergedIds: [string, string][] = [];
  let retries = 0;
  let done = 0;
  let next = 0;
  let dimensions = vectors.values().next().value?.length ?? null;
  const stop = new AbortController();
  const signal = control.signal === undefined ? stop.signal : AbortSignal.any([control.signal, stop.signal]);
  const pace = pacer(model.intervalMs, tools.retry, signal);

  const work = async (): Promise<void> => {
    while (next < entries.length) {
      const batch = entries.slice(next, next + model.batchSize);
      next += batch.length;
      await pace();
      const answers = await ask(
        batch.map(([, paper]) => paper),
        model,
        tools,
        signal,
        () => retries++,
      );
      const kept = batch.flatMap(([key, paper], index) => {
        const { vector, version, mergedInto } = answers[index] ?? { vector: null, version: null };
        if (version !== null) versions.add(withoutSecrets(version, model.secrets));
        if (mergedInto !== undefined) mergedIds.push([paper.id, withoutSecrets(mergedInto, model.secrets)]);
        return vector === null ? [] : [{ key, paperId: paper.id, truncated: false, vector }];
      });
      for (const { vector } of kept) {
        dimensions ??= vector.length;
        if (vector.length !== dimensions) {
          throw otherShape(model.name, `vectors of ${vector.length} and of ${dimensions} numbers`);
        }
      }
      if (versions.size > 1) {
        throw new ScidocsError(
          "UNAVAILABLE",
          `${model.name}: the API gives vectors of several versions (${firstFew([...versions].map((one) => printable(one)))}), which cannot stand in one table`,
        );
      }
      keep(kept, dimensions ?? 0, tools.store);
      for (const { key, vector } of kept) vectors.set(key, vector);
      done += batch.length;
      control.onProgress?.({ stage: `asking ${model.name}`, done, total: entries.length, unit: "papers" });
    }
  };

  let failure: unknown = null;
  await Promise.all(
    Array.from({ length: model.concurrency }, () =>
      work().catch((error: unknown) => {
        failure ??= error;
        stop.abort();
      }),
    ),
  );
  throwIfAborted(control.signal);
  if (failure !== null) throw failure;
  return { retries, versions: [...versions].sort(), mergedIds };
}

function keep(
  entries: readonly { key: string; paperId: string; truncated: boolean; vector: Float32Array }[],
  dimensions: number,
  store: VectorStore | null,
): void {
  if (store === null || entries.length === 0) return;
  const block = new Float32Array(entries.length * dimensions);
  for (const [row, { vector }] of entries.entries()) block.set(vector, row * dimensions);
  store.append(entries, block, dimensions);
}

/** Lets one caller through every `intervalMs`. */
function pacer(intervalMs: number, retry: RetryPolicy, signal: AbortSignal): () => Promise<void> {
  let isFirst = true;
  return async () => {
    if (!isFirst && intervalMs > 0) await retry.sleep(intervalMs, signal);
    isFirst = false;
  };
}

/** One batch; an answer that is too large for the API is asked for in halves. */
async function ask(
  papers: readonly ApiPaper[],
  model: ApiModel,
  tools: ApiTools,
  signal: AbortSignal,
  onRetry: () => void,
): Promise<ApiVector[]> {
  const outcome = await withRetries(
    model.name,
    tools.retry,
    signal,
    (given) => post(papers, model, tools, given.signal),
    onRetry,
  );
  if (outcome !== "too large") return model.read(outcome.answer, papers);
  const half = Math.ceil(papers.length / 2);
  return [
    ...(await ask(papers.slice(0, half), model, tools, signal, onRetry)),
    ...(await ask(papers.slice(half), model, tools, signal, onRetry)),
  ];
}

async function post(
  papers: readonly ApiPaper[],
  model: ApiModel,
  tools: ApiTools,
  signal: AbortSignal,
): Promise<{ readonly answer: unknown } | "too large"> {
  const response = await tools.network.send(
    {
      method: "POST",
      url: model.url,
      headers: { "content-type": "application/json", accept: "application/json", ...model.headers },
      body: JSON.stringify(model.bodyOf(papers)),
    },
    signal,
  );
  const { status } = response;
  if (isTransientStatus(status)) {
    const asked = retryAfterMs(response.header("retry-after"), Date.now());
    await response.discard();
    throw new TransientFailure(`the API answers ${status}`, asked);
  }
  const text = await readText(response, model.name, 2 ** 20 + papers.length * longestAnswer);
  if (status === 200) {
    try {
      return { answer: parseJson(text, model.name) };
    } catch {
      throw otherShape(model.name, "it is not JSON, or has far more parts than papers have vectors");
    }
  }
  const reason = reasonOf(text, model.secrets);
  if (model.needs === "ids" && status === 400) {
    if (/no valid paper ids/i.test(reason)) return { answer: papers.map(() => null) };
    if (papers.length > 1 && /exceed|too large|maximum size/i.test(reason)) return "too large";
  }
  const hint =
    status === 401 || status === 403
      ? "; is S2_API_KEY right?"
      : status === 422
        ? "; it takes lists of at most 16 papers with paper_id, title and abstract"
        : "";
  throw new ScidocsError("UNAVAILABLE", `${model.name}: the API refuses with ${status}: ${reason}${hint}`);
}

/** Characters that the answer about one paper may have; 4,096 numbers in full take 90,000. */
const longestAnswer = 2 ** 17;

function tableOf(
  papers: readonly ApiPaper[],
  keys: ReadonlyMap<string, string>,
  vectors: ReadonlyMap<string, Float32Array>,
  model: ApiModel,
): VectorTable {
  const rows = new Map<string, Float32Array>();
  for (const { id } of papers) {
    const vector = vectors.get(keys.get(id) ?? "");
    if (vector !== undefined) rows.set(id, vector);
  }
  const [first] = rows.values();
  if (first === undefined) {
    throw new ScidocsError("UNAVAILABLE", `${model.name}: the API has no vector of any of the ${keys.size} papers`);
  }
  const data = new Float32Array(new SharedArrayBuffer(4 * rows.size * first.length));
  let offset = 0;
  for (const vector of rows.values()) {
    data.set(vector, offset);
    offset += first.length;
  }
  return vectorTable([...rows.keys()], first.length, data);
}
