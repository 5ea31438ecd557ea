import type { Paper } from "../datasets/types.ts";
import type { Encoder } from "../encoders/encoder.ts";
import { ScidocsError } from "../errors.ts";
import type { Provider } from "../onnx/session.ts";
import { type OptionNames, refuseUnknownOptions } from "../options.ts";
import { printable } from "../printable.ts";
import type { RunControl } from "../progress.ts";
import { breathe } from "../threads/breathe.ts";
import { windowTexts } from "./batches.ts";
import { dealtTo, type Shard } from "./shard.ts";
import { type EmbeddingStore, storeBytesFor } from "./store/store.ts";
import { textKey } from "./textKey.ts";

/** The part of a paper that is embedded. */
export type PaperToEmbed = Pick<Paper, "id" | "title" | "abstract">;

/** Papers of one metadata file. */
export interface PapersOfFile {
  readonly file: string;
  readonly papers: readonly PaperToEmbed[];
}

/** One distinct text and the papers that bear it. */
export interface PlannedText {
  /** SHA-256 (hex) of the text: its key in the store. */
  readonly key: string;
  readonly title: string;
  readonly abstract: string;
  /** Whether its vector is stored already. */
  readonly stored: boolean;
  /** Papers with this text, the first one first. */
  readonly paperIds: readonly string[];
}

/** Texts of like length that are tokenised together and cut into batches among themselves. */
export interface PlannedWindow {
  readonly batchTokens: number;
  readonly texts: readonly PlannedText[];
}

/** What an embedding run will do, settled before it does anything. Plain data. */
export interface EmbeddingPlan {
  readonly encoder: Encoder;
  readonly files: readonly { readonly file: string; readonly papers: number }[];
  /** Ids of all papers, each once, in order of first appearance. */
  readonly paperIds: readonly string[];
  /** Papers that occur in several files with different texts; the first text is taken. */
  readonly conflictingPapers: number;
  /** Papers whose title and abstract are both empty; they are embedded as the recipe makes them. */
  readonly emptyPapers: ReadonlySet<string>;
  /** Every distinct text. */
  readonly texts: readonly PlannedText[];
  /** Distinct texts whose vectors are stored already. */
  readonly storedTexts: number;
  /** Distinct texts that will be embedded. */
  readonly textsToEmbed: number;
  readonly batchTokens: number;
  /** Work left from an earlier run that was stopped, in the batches of that run. */
  readonly resumedWindows: readonly PlannedWindow[];
  /** Work that no earlier run has begun. */
  readonly newWindows: readonly PlannedWindow[];
  /** Bytes that a store will grow by; null while the length of a vector is not known. */
  readonly storeBytes: number | null;
}

/** How to plan. */
export interface PlanOptions {
  /** Most tokens of one batch, padding included; default {@link defaultBatchTokens}. */
  readonly batchTokens?: number | undefined;
  /** Where vectors are kept; without one nothing is reused or kept. */
  readonly store?: EmbeddingStore | null | undefined;
  /** Ids in the order that the table's rows shall have; default: the order of first appearance in the files. */
  readonly order?: readonly string[] | undefined;
  /**
   * Only a part of the papers: whole windows of the plan of all of them, so that every text is in the batch that it would be in, and the
   * shards together give what one run gives.
   */
  readonly shard?: Shard | undefined;
}

const planOptionNames: OptionNames<PlanOptions> = { batchTokens: true, store: true, order: true, shard: true };

/**
 * Tokens of one batch where nothing else is said. A CPU does best while a batch stays near its caches, and a batch must end soon after
 * Ctrl-C: 512 tokens through BERT-base take half a second on one thread. A graphics card wants much at once.
 */
export const defaultBatchTokens: Readonly<Record<Provider, number>> = { cpu: 512, webgpu: 8192, cuda: 16384 };

/** More than any title and abstract: a book has half a million. */
const mostCharacters = 1_000_000;

function longText(paperId: string, characters: number): ScidocsError {
  return new ScidocsError(
    "BAD_INPUT",
    `paper ${printable(paperId)}: its title and abstract have ${characters} characters, and ${mostCharacters} are the most that is tokenized; cut them, or see whether the file is damaged`,
  );
}

/**
 * Plans an embedding run: each paper once, each distinct text once, what is stored left out, the rest sorted by length into windows.
 * The plan depends on the papers and the store, never on the order of the papers.
 */
export async function planEmbedding(
  papersByFile: readonly PapersOfFile[],
  encoder: Encoder,
  options: PlanOptions = {},
  control: RunControl = {},
): Promise<EmbeddingPlan> {
  refuseUnknownOptions("planEmbedding", options, planOptionNames);
  const store = options.store ?? null;
  const batchTokens = options.batchTokens ?? defaultBatchTokens[encoder.provider];
  const texts = new Map<string, PlannedText & { paperIds: string[] }>();
  const keyOf = new Map<string, string>();
  const emptyPapers = new Set<string>();
  let conflictingPapers = 0;
  let seen = 0;
  for (const { papers } of papersByFile) {
    for (const paper of papers) {
      if (++seen % 4096 === 0) await breathe(control);
      const title = paper.title ?? "";
      const abstract = paper.abstract ?? "";
      if (title.length + abstract.length > mostCharacters) throw longText(paper.id, title.length + abstract.length);
      const key = textKey(title, abstract);
      const earlier = keyOf.get(paper.id);
      if (earlier !== undefined) {
        if (earlier !== key) conflictingPapers++;
        continue;
      }
      keyOf.set(paper.id, key);
      if (title.trim() === "" && abstract.trim() === "") emptyPapers.add(paper.id);
      const known = texts.get(key);
      if (known === undefined) {
        texts.set(key, { key, title, abstract, stored: store?.has(key) === true, paperIds: [paper.id] });
      } else known.paperIds.push(paper.id);
    }
  }
  if (options.shard !== undefined) {
    const windows = windowsOf([...texts.values()].sort(byLength), batchTokens);
    const dealt = new Set(dealtTo(options.shard, windows).flatMap((window) => window.texts.map(({ key }) => key)));
    for (const key of [...texts.keys()]) if (!dealt.has(key)) texts.delete(key);
    for (const [id, key] of [...keyOf]) if (!dealt.has(key)) keyOf.delete(id);
    for (const id of [...emptyPapers]) if (!keyOf.has(id)) emptyPapers.delete(id);
  }
  const missing = new Map([...texts].filter(([, text]) => !text.stored));
  const textsToEmbed = missing.size;
  const resumedWindows = resumeWindows(texts, missing, store, batchTokens);
  await breathe(control);
  const newWindows = windowsOf([...missing.values()].sort(byLength), batchTokens);
  return {
    encoder,
    files: papersByFile.map(({ file, papers }) => ({ file, papers: papers.length })),
    paperIds: options.order?.filter((id) => keyOf.has(id)) ?? [...keyOf.keys()],
    conflictingPapers,
    emptyPapers,
    texts: [...texts.values()],
    storedTexts: texts.size - textsToEmbed,
    textsToEmbed,
    batchTokens,
    resumedWindows,
    newWindows,
    storeBytes: encoder.dimensions === null ? null : storeBytesFor(textsToEmbed, encoder.dimensions),
  };
}

/** Longest first by characters, which is near enough to tokens and costs nothing; then by key, so that nothing else decides. */
function byLength(a: PlannedText, b: PlannedText): number {
  const difference = b.title.length + b.abstract.length - (a.title.length + a.abstract.length);
  return difference !== 0 ? difference : a.key < b.key ? -1 : 1;
}

function windowsOf(texts: readonly PlannedText[], batchTokens: number): PlannedWindow[] {
  const windows: PlannedWindow[] = [];
  for (let start = 0; start < texts.length; start += windowTexts) {
    windows.push({ batchTokens, texts: texts.slice(start, start + windowTexts) });
  }
  return windows;
}

/**
 * Windows that an earlier run planned and did not finish. They are done exactly as that run would have: whole windows, so that
 * every batch has the members it would have had. A window some of whose texts are not at hand is not taken up; what is wanted of it
 * is planned anew. Takes what it covers out of `missing`.
 */
function resumeWindows(
  texts: ReadonlyMap<string, PlannedText>,
  missing: Map<string, PlannedText>,
  store: EmbeddingStore | null,
  batchTokens: number,
): PlannedWindow[] {
  const resumed: PlannedWindow[] = [];
  for (const job of store?.jobs ?? []) {
    if (job.batchTokens !== batchTokens) continue;
    for (let start = 0; start < job.keys.length; start += job.windowTexts) {
      const keys = job.keys.slice(start, start + job.windowTexts);
      if (!keys.some((key) => missing.has(key))) continue;
      const window = keys.map((key) => texts.get(key)).filter((text) => text !== undefined);
      if (window.length < keys.length) continue;
      for (const key of keys) missing.delete(key);
      resumed.push({ batchTokens, texts: window });
    }
  }
  return resumed;
}
