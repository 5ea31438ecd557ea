import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { runBenchmark, vectorsOfPapers } from "../benchmark/runBenchmark.ts";
import { forAllGroups } from "../benchmark/scoreSuite.ts";
import { encoderSource } from "../benchmark/sources/encoder.ts";
import { tableSource } from "../benchmark/sources/table.ts";
import { readPaperTexts, repeatedNotes } from "../datasets/papers.ts";
import { readTitles } from "../datasets/titles.ts";
import type { PapersOfFile } from "../embed/plan.ts";
import { openVectorStore } from "../embed/store/store.ts";
import { resolveEncoder } from "../encoders/resolveEncoder.ts";
import { ScidocsError } from "../errors.ts";
import { cacheFolder } from "../files/cacheFolder.ts";
import { isThere } from "../files/isThere.ts";
import type { RunControl } from "../progress.ts";
import { type VectorDrift, vectorDrift } from "../results/drift/vectorDrift.ts";
import type { RunRecord } from "../results/schema.ts";
import { type Dataset, openDataset } from "../suites/dataset.ts";
import { vectorFormats } from "../vectors/formats.ts";
import { readingNotes } from "../vectors/readingNotes.ts";
import { readVectors } from "../vectors/readVectors.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";
import type { CliContext } from "./context.ts";

/** The flags that comparing vectors looks at. */
export interface DriftFlags {
  readonly data?: string;
  readonly papers?: readonly string[];
  readonly format: "text" | "json";
  readonly threads?: number;
}

/** Whether an argument of `compare` is a run record: a file that is called so. Models are folders, archives or `.onnx` files. */
export function isRecord(argument: string): boolean {
  return argument.endsWith(".json") && !(isThere(argument) && statSync(argument).isDirectory());
}

const isVectorFile = (argument: string): boolean =>
  vectorFormats.some(({ extensions }) => extensions.some((extension) => argument.toLowerCase().endsWith(extension)));

/** The vectors of one side, and their scores where a dataset was given. */
interface Side {
  readonly vectors: VectorTable;
  readonly record: RunRecord | null;
}

/** Two models or vector files side by side, before printing. */
export interface ComparedVectors {
  readonly drift: VectorDrift;
  /** Titles of the papers that the drift names. */
  readonly titles: ReadonlyMap<string, string>;
  /** The records of both, scored on `--data`; null without it. */
  readonly records: { readonly a: RunRecord; readonly b: RunRecord } | null;
}

/**
 * Compares the vectors of two models or vector files, and scores both where a dataset is given.
 * @throws ScidocsError `USAGE` when a record is set against vectors, or a model has no papers to embed
 */
export async function compareVectors(
  a: string,
  b: string,
  flags: DriftFlags,
  context: CliContext,
): Promise<ComparedVectors> {
  const control: RunControl = { onProgress: context.onProgress, signal: context.signal };
  const lone = [a, b].find(isRecord);
  if (lone !== undefined) {
    throw new ScidocsError(
      "USAGE",
      `${lone} is a run record and the other side is not; compare two records, or two models`,
    );
  }
  const dataset = flags.data === undefined ? null : await openDataset(flags.data);
  const papers = await readFiles(flags.papers ?? [], context, control);
  if (dataset === null && papers.length === 0 && !(isVectorFile(a) && isVectorFile(b))) {
    throw new ScidocsError("USAGE", "which papers? name their files with --papers, or a SciDocs folder with --data");
  }
  const sideOf = (argument: string): Promise<Side> =>
    isVectorFile(argument)
      ? fileSide(argument, dataset, flags, context, control)
      : modelSide(argument, dataset, papers, flags, context, control);
  // One after the other: each takes all threads and the memory of a model.
  const sideA = await sideOf(a);
  const sideB = await sideOf(b);
  const drift = await vectorDrift(
    sideA.vectors,
    sideB.vectors,
    { threads: flags.threads ?? availableParallelism() },
    control,
  );
  return {
    drift,
    titles: await titlesOf(drift, papers, dataset, control),
    records: sideA.record === null || sideB.record === null ? null : { a: sideA.record, b: sideB.record },
  };
}

async function fileSide(
  path: string,
  dataset: Dataset | null,
  { threads }: DriftFlags,
  context: CliContext,
  control: RunControl,
): Promise<Side> {
  const vectors = await readVectors([path], { threads }, control);
  for (const note of readingNotes(vectors, [path])) context.stderr(`${note}\n`);
  const empty = vectors.emptyIds.size;
  if (empty > 0) context.stderr(`${basename(path)}: ${empty} empty vectors are not compared.\n`);
  if (dataset === null) return { vectors, record: null };
  const source = tableSource(forAllGroups(vectors), basename(path));
  const { record } = await runBenchmark(dataset, source, { threads }, control);
  return { vectors, record };
}

async function modelSide(
  argument: string,
  dataset: Dataset | null,
  papers: readonly PapersOfFile[],
  { threads }: DriftFlags,
  context: CliContext,
  control: RunControl,
): Promise<Side> {
  const cacheDir = cacheFolder(context.env);
  const encoder = await resolveEncoder(argument, { cacheDir }, control);
  for (const note of encoder.notes) context.stderr(`${note}\n`);
  const store = await openVectorStore(cacheDir, encoder);
  try {
    const source = encoderSource(encoder, { threads, store });
    if (dataset === null) {
      const { embedding } = await vectorsOfPapers(source, papers, control);
      return { vectors: embedding.table, record: null };
    }
    const { record, made } = await runBenchmark(dataset, source, { threads }, control);
    return { vectors: made.embedding.table, record };
  } finally {
    await store.close();
  }
}

async function readFiles(files: readonly string[], context: CliContext, control: RunControl): Promise<PapersOfFile[]> {
  const read: PapersOfFile[] = [];
  for (const file of files) {
    const { papers, repeated } = await readPaperTexts(file, null, control);
    for (const note of repeatedNotes(file, repeated)) context.stderr(`${note}\n`);
    read.push({ file: basename(file), papers: [...papers.values()] });
  }
  return read;
}

async function titlesOf(
  drift: VectorDrift,
  papers: readonly PapersOfFile[],
  dataset: Dataset | null,
  control: RunControl,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set((drift.byPaper?.worst ?? []).map(({ id }) => id));
  const titles = dataset === null ? new Map<string, string>() : await readTitles(dataset, ids, control);
  for (const file of papers) {
    for (const { id, title } of file.papers) if (ids.has(id) && title !== null) titles.set(id, title);
  }
  return titles;
}
