import { randomBytes } from "node:crypto";
import { readdir, rename, rm, rmdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { syntheticFile } from "../../../datasets/dataset.ts";
import type { Paper } from "../../../datasets/types.ts";
import { ScidocsError, throwIfAborted } from "../../../errors.ts";
import { isThere } from "../../../files/isThere.ts";
import { makeFolder } from "../../../files/makeFolder.ts";
import { beginUnfinished, endUnfinished } from "../../../files/unfinished.ts";
import { writeWhole } from "../../../files/writeWhole.ts";
import { type OptionNames, refuseUnknownOptions } from "../../../options.ts";
import type { RunControl } from "../../../progress.ts";
import { breathe } from "../../../threads/breathe.ts";
import { taskOf } from "../../suite.ts";
import type { SplitSizes } from "../benchmarkSizes.ts";
import { scidocs } from "../scidocs.ts";
import { synthSizes } from "./synthSizes.ts";
import { examination, synthClicks, synthLabels, synthQueries, synthRankings } from "./synthTasks.ts";
import { type PaperPool, type SynthWorld, synthWorld } from "./synthWorld.ts";

/** What to make. */
export interface SynthOptions {
  /** Folder to make; it must not exist or be empty. */
  readonly folder: string;
  /** 1 for the benchmark's real sizes. */
  readonly scale: number;
  /** The same seed gives the same bytes. */
  readonly seed: number;
}

const optionNames: OptionNames<SynthOptions> = { folder: true, scale: true, seed: true };

/** Characters written at once. */
const chunkCharacters = 2 ** 20;

/**
 * Writes a synthetic dataset in the layout of SciDocs: every file of it, and `synthetic.json`, by which everything that
 * reads it knows. A new folder appears under its name only when it is whole; one that is there and empty is filled when all has been made.
 * @throws ScidocsError `USAGE` for a scale or seed that cannot be taken or a folder that has files, `INTERRUPTED`
 */
export async function synthesize(options: SynthOptions, control: RunControl = {}): Promise<void> {
  refuseUnknownOptions("synthesize", options, optionNames);
  const { scale, seed } = options;
  if (!(scale > 0 && scale <= 10))
    throw new ScidocsError("USAGE", `the scale must be above 0 and at most 10, not ${scale}`);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 31) {
    throw new ScidocsError("USAGE", `the seed must be a whole number from 0 to 2147483647, not ${seed}`);
  }
  const folder = resolve(options.folder);
  await refuseFiles(folder);
  // In a folder that is there, which may be a link or a disk of its own, it takes its place piece by piece.
  const isThereAlready = isThere(folder);
  const partial = isThereAlready ? join(folder, partialName()) : `${folder}${partialName()}`;
  beginUnfinished(partial);
  try {
    makeFolder(partial);
    await writeDataset(partial, await synthWorld(synthSizes(scale), seed, control.signal), scale, control);
    if (isThereAlready) await moveOut(partial, folder);
    else await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {});
    if (error instanceof ScidocsError || !(error instanceof Error && "code" in error)) throw error;
    throw new ScidocsError("USAGE", `${options.folder} cannot be written (${error.message})`, { cause: error });
  } finally {
    endUnfinished(partial);
  }
}

const partialName = (): string => `.${randomBytes(4).toString("hex")}.part`;

/** Moves what is in a folder one up; what says that the dataset is an invented one goes first. */
async function moveOut(partial: string, folder: string): Promise<void> {
  const names = (await readdir(partial)).sort((a, b) => Number(b === syntheticFile) - Number(a === syntheticFile));
  for (const name of names) await rename(join(partial, name), join(folder, name));
  await rmdir(partial);
}

async function refuseFiles(folder: string): Promise<void> {
  if (!isThere(folder)) return;
  try {
    if ((await readdir(folder)).length === 0) return;
  } catch (error) {
    throw new ScidocsError("USAGE", `${folder} cannot be used as a folder`, { cause: error });
  }
  throw new ScidocsError("USAGE", `${folder} has files already: name a new or empty folder`);
}

async function writeDataset(folder: string, world: SynthWorld, scale: number, control: RunControl): Promise<void> {
  const recomm = taskOf(scidocs, "recomm");
  const note = "Made by scidocs data synth: invented papers. Scores on them are not comparable with published ones.";
  const marker = { synthetic: true, seed: world.seed, scale, note };
  await writeWhole(join(folder, syntheticFile), `${JSON.stringify(marker, null, 2)}\n`);

  for (const task of ["mag", "mesh"] as const) {
    const rows = synthLabels(world, task).map(({ paper, label }) => `${world.idOf(paper)},${label}\n`);
    await writeSplits(join(folder, taskOf(scidocs, task).folder), "pid,class_label\n", rows, world.sizes[task]);
  }
  for (const task of synthRankings) {
    throwIfAborted(control.signal);
    const lines = synthQueries(world, task).map(({ queryId, candidateIds, relevance }) =>
      candidateIds.map((candidate, index) => `${queryId} 0 ${candidate} ${relevance[index]}\n`).join(""),
    );
    const path = join(folder, taskOf(scidocs, task).folder);
    await writeWhole(join(path, "val.qrel"), lines.slice(0, world.sizes.queries).join(""));
    await writeWhole(join(path, "test.qrel"), lines.slice(world.sizes.queries).join(""));
    await breathe(control);
  }
  const clicks = synthClicks(world).map(
    ({ queryId, clickedId, shownIds }) => `${queryId},${clickedId},"${shownIds.join(",")}"\n`,
  );
  const header = "pid,clicked_pid,similar_papers_avail_at_time\n";
  await writeSplits(join(folder, recomm.folder), header, clicks, world.sizes.clicks);
  await writeWhole(
    join(folder, recomm.folder, "propensity_scores.json"),
    `${JSON.stringify({ scores: examination })}\n`,
  );

  const pools = [world.cls, world.ranking, world.recomm] as const;
  const total = pools.reduce((sum, pool) => sum + pool.papers.length, 0);
  let done = 0;
  const counted = (papers: number): void => {
    done += papers;
    control.onProgress?.({ stage: "synthesizing", done, total, unit: "papers" });
  };
  const files = scidocs.layout.metadataFiles;
  for (const [index, pool] of pools.entries()) {
    await writeWhole(join(folder, files[index]!), metadataText(world, pool, counted, control));
  }
}

async function writeSplits(folder: string, header: string, rows: readonly string[], sizes: SplitSizes): Promise<void> {
  let start = 0;
  for (const split of ["train", "val", "test"] as const) {
    await writeWhole(join(folder, `${split}.csv`), header + rows.slice(start, start + sizes[split]).join(""));
    start += sizes[split];
  }
}

/** One JSON object on one line, as the real files are, in chunks. */
async function* metadataText(
  world: SynthWorld,
  pool: PaperPool,
  onPapers: (count: number) => void,
  control: RunControl,
): AsyncGenerator<string> {
  let text = "{";
  let separator = "";
  let unreported = 0;
  for (const paper of pool.papers) {
    unreported += 1;
    if (pool.withheld.has(paper)) continue;
    const entry = world.paperOf(paper);
    text += `${separator}${JSON.stringify(entry.id)}: ${entryText(entry)}`;
    separator = ", ";
    if (text.length < chunkCharacters) continue;
    throwIfAborted(control.signal);
    yield text;
    text = "";
    onPapers(unreported);
    unreported = 0;
  }
  onPapers(unreported);
  yield `${text}}\n`;
}

function entryText(paper: Paper): string {
  return JSON.stringify({
    abstract: paper.abstract,
    authors: paper.authors,
    cited_by: paper.citedBy,
    paper_id: paper.id,
    references: paper.references,
    title: paper.title,
    year: paper.year,
  });
}
