import { availableParallelism } from "node:os";
import { ScidocsError, throwIfAborted } from "../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import type { RunControl } from "../progress.ts";
import { breathe } from "../threads/breathe.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";
import { cutBatches, fairOrder, windowTexts } from "./batches.ts";
import type { EmbeddingPlan, PlannedText } from "./plan.ts";
import { Models, openTokenizers, requestOf, startsOf } from "./runners/encoderThreads.ts";
import type { InferenceReply } from "./runners/inference.ts";
import type { TokenizedWindow } from "./runners/tokenizeWorker.ts";
import { requireSpace, type VectorStore } from "./store/store.ts";
import { TableRows } from "./tableRows.ts";

/** How to carry a plan out. */
export interface EmbedOptions {
  /** Threads of the inference; default the machine's. */
  readonly threads?: number | undefined;
  /** The store that the plan was made with. */
  readonly store?: VectorStore | null | undefined;
}

const embedOptionNames: OptionNames<EmbedOptions> = { threads: true, store: true };

/** Vectors of all papers of a plan, and what happened on the way. */
export interface EmbeddingResult {
  readonly table: VectorTable;
  /** Papers whose title and abstract are both empty. */
  readonly emptyPapers: ReadonlySet<string>;
  /** Papers whose text was cut to the maximum length. */
  readonly truncatedPapers: ReadonlySet<string>;
  /** Distinct texts embedded now, and taken from the store. */
  readonly embeddedTexts: number;
  readonly reusedTexts: number;
  /** Tokens that went through the model now, without and with padding. */
  readonly tokens: number;
  readonly paddedTokens: number;
  readonly elapsedMs: number;
}

/**
 * Carries an embedding plan out. Threads of their own run the model, others tokenize ahead of them; each batch is stored as it comes.
 * @returns a table in shared memory, one row a paper in order of first appearance
 * @throws ScidocsError `INTERRUPTED` when stopped (what was stored stays), `BAD_INPUT` when the model gives a vector that is not finite
 */
export async function embedPapers(
  plan: EmbeddingPlan,
  options: EmbedOptions = {},
  control: RunControl = {},
): Promise<EmbeddingResult> {
  refuseUnknownOptions("embedPapers", options, embedOptionNames);
  throwIfAborted(control.signal);
  const startedAt = performance.now();
  const store = options.store ?? null;
  const rows = new TableRows(plan);
  const done = new Set(plan.texts.filter(({ key }) => store?.has(key) === true).map(({ key }) => key));
  const reusedTexts = done.size;
  const toEmbed = plan.texts.length - reusedTexts;
  let tokens = 0;
  let paddedTokens = 0;
  if (toEmbed > 0) {
    if (store !== null && plan.storeBytes !== null) await requireSpace(store.file, plan.storeBytes);
    if (plan.newWindows.length > 0) {
      const keys = plan.newWindows.flatMap(({ texts }) => texts.map(({ key }) => key));
      store?.beginJob({ batchTokens: plan.batchTokens, windowTexts, keys });
    }
    const onBatch = (texts: readonly PlannedText[], truncated: readonly boolean[], reply: InferenceReply): void => {
      checkFinite(texts, reply);
      const entries = texts.map(({ key, paperIds }, index) => ({
        key,
        paperId: paperIds[0] ?? "",
        truncated: truncated[index] === true,
      }));
      store?.append(entries, reply.vectors, reply.dimensions);
      for (const [index, text] of texts.entries()) {
        done.add(text.key);
        if (store !== null) continue;
        const vector = reply.vectors.subarray(index * reply.dimensions, (index + 1) * reply.dimensions);
        rows.place(text, vector, truncated[index] === true);
      }
      control.onProgress?.({ stage: "embedding", done: done.size - reusedTexts, total: toEmbed, unit: "papers" });
    };
    control.onProgress?.({ stage: "embedding", done: 0, total: toEmbed, unit: "papers" });
    const threads = options.threads ?? availableParallelism();
    ({ tokens, paddedTokens } = await runWindows(plan, threads, ({ key }) => done.has(key), onBatch, control));
  }
  // The table is filled when the sessions have been closed: the two together would be the peak of a large run.
  if (store !== null) await fillFrom(store, plan, rows, control);
  return {
    table: rows.table(),
    emptyPapers: plan.emptyPapers,
    truncatedPapers: rows.truncatedPapers,
    embeddedTexts: done.size - reusedTexts,
    reusedTexts,
    tokens,
    paddedTokens,
    elapsedMs: performance.now() - startedAt,
  };
}

/** Reads all vectors of a plan from the store. */
async function fillFrom(store: VectorStore, plan: EmbeddingPlan, rows: TableRows, control: RunControl): Promise<void> {
  for (const [index, text] of plan.texts.entries()) {
    // Reading is one call of the system a text: timers and signals come through in between.
    if (index % 4096 === 4095) await breathe(control);
    const stored = store.read(text.key);
    if (stored !== null) rows.place(text, stored.vector, stored.truncated);
  }
}

/** Called with each finished batch. */
type OnBatch = (texts: readonly PlannedText[], truncated: readonly boolean[], reply: InferenceReply) => void;

/** Tokenizes windows ahead of the model and feeds its sessions their batches. */
async function runWindows(
  plan: EmbeddingPlan,
  threads: number,
  isDone: (text: PlannedText) => boolean,
  onBatch: OnBatch,
  control: RunControl,
): Promise<{ tokens: number; paddedTokens: number }> {
  const windows = [plan.resumedWindows, plan.newWindows].flatMap((part) =>
    fairOrder(part.length)
      .map((index) => part[index])
      .filter((window) => window !== undefined),
  );
  const tokenizers = openTokenizers(plan.encoder, Math.min(4, threads, windows.length), control.signal);
  const models = await Models.open(plan.encoder, threads, control.signal);
  let tokens = 0;
  let paddedTokens = 0;
  try {
    const ahead: Promise<TokenizedWindow>[] = [];
    const running = new Set<Promise<void>>();
    for (const [index, window] of windows.entries()) {
      while (ahead.length <= tokenizers.count && index + ahead.length < windows.length) {
        ahead.push(quiet(tokenizers.encode(windows[index + ahead.length]?.texts ?? [])));
      }
      const tokenized = await (ahead.shift() ?? tokenizers.encode(window.texts));
      const starts = startsOf(tokenized.lengths);
      for (const batch of cutBatches(tokenized.lengths, window.batchTokens)) {
        const texts = batch.members.map((member) => window.texts[member]).filter((text) => text !== undefined);
        // A batch is done whole or not at all: the last bits of a vector depend on its batch.
        if (texts.every(isDone)) continue;
        const request = requestOf(batch, tokenized, starts);
        const truncated = batch.members.map((member) => tokenized.truncated[member] === 1);
        tokens += request.ids.length;
        paddedTokens += batch.members.length * batch.width;
        const finished: Promise<void> = quiet(
          models.call(request).then((reply) => {
            onBatch(texts, truncated, reply);
            running.delete(finished);
          }),
        );
        running.add(finished);
        // One batch waits behind the one under way, so that no session is ever idle.
        if (running.size >= 2 * models.count) await Promise.race(running);
      }
    }
    await Promise.all(running);
    return { tokens, paddedTokens };
  } finally {
    await Promise.all([tokenizers.close(), models.close()]);
  }
}

/** Marks a promise's rejection as seen; whoever awaits it later still gets it. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function checkFinite(texts: readonly PlannedText[], { vectors, dimensions }: InferenceReply): void {
  const bad = vectors.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return;
  const paperId = texts[Math.floor(bad / dimensions)]?.paperIds[0] ?? "?";
  throw new ScidocsError(
    "BAD_INPUT",
    `the model gives ${vectors[bad]} in the vector of paper ${paperId}; it may be broken, or overflow in its precision`,
  );
}
