import { availableParallelism } from "node:os";
import { ScidocsError, throwIfAborted } from "../errors.ts";
import { requireUnchanged } from "../files/fileStamps.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import type { RunControl } from "../progress.ts";
import { firstNonFinite } from "../tensorFiles/finite.ts";
import { breathe } from "../threads/breathe.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";
import { windowTexts } from "./batches.ts";
import type { EmbeddingPlan, PlannedText } from "./plan.ts";
import type { InferenceReply } from "./runners/inference.ts";
import type { OpenRunner, WindowRunner } from "./runners/runner.ts";
import { threadRunner } from "./runners/threadRunner.ts";
import { type OthersWork, runWindows } from "./runWindows.ts";
import { type EmbeddingStore, requireSpace } from "./store/store.ts";
import { TableRows } from "./tableRows.ts";

/** How to carry a plan out. */
export interface EmbedOptions {
  /** Threads of the inference; default the machine's. */
  readonly threads?: number | undefined;
  /** The store that the plan was made with. */
  readonly store?: EmbeddingStore | null | undefined;
  /** Who runs the model; default {@link threadRunner} with `threads`. The vectors do not depend on it. */
  readonly runner?: WindowRunner | undefined;
}

const embedOptionNames: OptionNames<EmbedOptions> = { threads: true, store: true, runner: true };

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
  /** What a record must say about who did the work, one sentence each; nothing where this process did it. */
  readonly notes: readonly string[];
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
  const storedBefore = done.size;
  const toEmbed = plan.texts.length - storedBefore;
  const embedded = new Set<string>();
  let tokens = 0;
  let paddedTokens = 0;
  let notes: readonly string[] = [];
  let modelNote: string | null = null;
  if (toEmbed > 0) {
    if (store !== null && plan.storeBytes !== null) await requireSpace(store.folder, plan.storeBytes);
    if (plan.newWindows.length > 0) {
      const keys = plan.newWindows.flatMap(({ texts }) => texts.map(({ key }) => key));
      store?.beginJob({ batchTokens: plan.batchTokens, windowTexts, keys });
    }
    // Papers are of unlike length, and the longest come first: the time left follows the work, not the papers.
    const work = plan.texts.reduce((sum, text) => sum + (done.has(text.key) ? 0 : workOf(text, plan)), 0);
    let workDone = 0;
    const markDone = (text: PlannedText): void => {
      if (done.has(text.key)) return;
      done.add(text.key);
      workDone += workOf(text, plan);
    };
    const onBatch = (texts: readonly PlannedText[], truncated: readonly boolean[], reply: InferenceReply): void => {
      checkFinite(texts, reply);
      // Each session tries the model, on a text of its own.
      modelNote ??= reply.note ?? null;
      // Sessions open one after the other: a model that is replaced meanwhile must leave nothing under the old one's fingerprint.
      requireUnchanged(plan.encoder.stamps);
      const entries = texts.map(({ key, paperIds }, index) => ({
        key,
        paperId: paperIds[0] ?? "",
        truncated: truncated[index] === true,
      }));
      store?.append(entries, reply.vectors, reply.dimensions);
      for (const [index, text] of texts.entries()) {
        // Of a batch that is done again, some texts may have been stored before.
        if (!done.has(text.key)) embedded.add(text.key);
        markDone(text);
        if (store !== null) continue;
        const vector = reply.vectors.subarray(index * reply.dimensions, (index + 1) * reply.dimensions);
        rows.place(text, vector, truncated[index] === true);
      }
      tell();
    };
    let runner: OpenRunner | null = null;
    const tell = (): void =>
      control.onProgress?.({
        stage: "embedding",
        done: done.size - storedBefore,
        total: toEmbed,
        unit: "papers",
        share: workDone / work,
        detail: runner?.detail() ?? undefined,
      });
    // Another process may be at the same texts: what it has stored meanwhile need not be embedded here.
    const isDone = (text: PlannedText): boolean => {
      if (!done.has(text.key) && store?.has(text.key) === true) markDone(text);
      return done.has(text.key);
    };
    const others: OthersWork = {
      isDone,
      isShared: () => store?.isShared() === true,
      lookAtThem: async () => {
        await store?.refresh(control);
        tell();
      },
    };
    tell();
    const threads = options.threads ?? availableParallelism();
    const opened = await (options.runner ?? threadRunner(threads)).open(plan, control);
    runner = opened;
    // Time counts from here.
    tell();
    try {
      ({ tokens, paddedTokens } = await runWindows(plan, opened, threads, others, onBatch, control));
      notes = [...(modelNote === null ? [] : [modelNote]), ...(await opened.notes())];
    } finally {
      await opened.close();
    }
  }
  // The table is filled when the sessions have been closed: the two together would be the peak of a large run.
  if (store !== null) await fillFrom(store, plan, rows, control);
  return {
    table: rows.table(),
    emptyPapers: plan.emptyPapers,
    truncatedPapers: rows.truncatedPapers,
    embeddedTexts: embedded.size,
    reusedTexts: done.size - embedded.size,
    tokens,
    paddedTokens,
    notes,
    elapsedMs: performance.now() - startedAt,
  };
}

/** Characters of a token, about, in English and in most tokenizers. */
const charactersOfToken = 4.5;

/** What embedding a text takes, in characters: what is cut off costs nothing. */
function workOf({ title, abstract }: PlannedText, { encoder }: EmbeddingPlan): number {
  return Math.min(title.length + abstract.length, charactersOfToken * encoder.maxLength) + charactersOfToken;
}

/** Reads all vectors of a plan from the store. */
async function fillFrom(
  store: EmbeddingStore,
  plan: EmbeddingPlan,
  rows: TableRows,
  control: RunControl,
): Promise<void> {
  for (const [index, text] of plan.texts.entries()) {
    // Reading is one call of the system a text: timers and signals come through in between.
    if (index % 4096 === 4095) await breathe(control);
    const stored = store.read(text.key);
    if (stored === null) throw new Error(`no vector of the text ${text.key} after embedding it`);
    rows.place(text, stored.vector, stored.truncated);
  }
}

function checkFinite(texts: readonly PlannedText[], { vectors, dimensions }: InferenceReply): void {
  const bad = firstNonFinite(vectors);
  if (bad === -1) return;
  const paperId = texts[Math.floor(bad / dimensions)]?.paperIds[0] ?? "?";
  throw new ScidocsError(
    "BAD_INPUT",
    `the model gives ${vectors[bad]} in the vector of paper ${paperId}; it may be broken, or overflow in its precision`,
  );
}
