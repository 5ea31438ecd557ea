import { join } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { type FileHash, hashFiles } from "../../files/hashFiles.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import { mt19937 } from "../../stats/random/mt19937.ts";
import { openDataset } from "../../suites/dataset.ts";
import { breathe } from "../../threads/breathe.ts";
import { scidocsVersion } from "../../version.ts";
import { checkNumbers } from "../checkNumbers.ts";
import { copyPaperTexts } from "../triplets/copyPaperTexts.ts";
import { graphFile, graphPapersFile } from "../triplets/makeTriplets.ts";
import { type TripletSet, tripletSets } from "../triplets/tripletFiles.ts";
import { citationNeighbours, directCount, secondHandCount } from "./citationNeighbours.ts";
import { type CitationCounts, type Citations, readCitations } from "./citations.ts";
import { type JudgedPapers, judgedPapers } from "./judgedPapers.ts";

/** What a graph is made of and where it goes. */
export interface GraphRequest {
  /** Metadata with `references` and `cited_by`. */
  readonly papersFile: string;
  readonly outFolder: string;
  /** A SciDocs folder whose judged papers are left out; default: nothing is. */
  readonly excludeFolder?: string | undefined;
  /** Shares of the queries that go to the lists val and test, from 0 on and below 1 together; default 0.1 each. */
  readonly valShare?: number | undefined;
  readonly testShare?: number | undefined;
  /** The same seed gives the same lists; default 321. */
  readonly seed?: number | undefined;
}

/** What a graph's lists are made by where nothing else is said. */
export const defaultSplit = { valShare: 0.1, testShare: 0.1, seed: 321 } as const;

const optionNames: OptionNames<GraphRequest> = {
  papersFile: true,
  outFolder: true,
  excludeFolder: true,
  valShare: true,
  testShare: true,
  seed: true,
};

/** What was made: also the content of `graph.json` beside the graph. */
export interface GraphRecord {
  readonly format: "scidocs-graph-1";
  readonly scidocs: string;
  readonly settings: { readonly valShare: number; readonly testShare: number; readonly seed: number };
  readonly papersFile: FileHash;
  /** What was left out for the benchmark's sake; null where nothing was asked for. */
  readonly exclusion: {
    readonly dataset: string;
    readonly tasks: readonly string[];
    readonly absent: readonly string[];
    /** Papers that the tasks' val and test sets judge, in the metadata or not. */
    readonly judged: number;
  } | null;
  readonly counts: CitationCounts & {
    /** Papers of which neither they nor what they cite cites a usable paper. */
    readonly withoutNeighbours: number;
    readonly directNeighbours: number;
    readonly secondHandNeighbours: number;
  };
  readonly queries: Readonly<Record<TripletSet, number>>;
}

/**
 * Makes the training graph of a collection of papers: `data.json` with count 5 for a paper that the query cites and 1 for
 * one that only what it cites cites; the lists of queries `train.txt`, `val.txt`, `test.txt`, shuffled; the papers' texts;
 * and a record.
 * @returns the record, which lies in the folder as `graph.json`
 * @throws ScidocsError `USAGE`, `BAD_INPUT`, also when no paper cites another, `NOT_FOUND`, `INTERRUPTED`
 */
export async function makeCitationGraph(request: GraphRequest, control: RunControl = {}): Promise<GraphRecord> {
  refuseUnknownOptions("makeCitationGraph", request, optionNames);
  checkNumbers("makeCitationGraph", request, { valShare: "share", testShare: "share", seed: "seed" });
  const { papersFile, outFolder, excludeFolder } = request;
  const { valShare = defaultSplit.valShare, testShare = defaultSplit.testShare, seed = defaultSplit.seed } = request;
  if (valShare + testShare >= 1) {
    throw new ScidocsError(
      "USAGE",
      "the shares of val and test leave no query for train.txt: their sum must be below 1",
    );
  }
  const dataset = excludeFolder === undefined ? null : await openDataset(excludeFolder);
  const judged: JudgedPapers | null = dataset === null ? null : await judgedPapers(dataset);
  const citations = await readCitations(papersFile, judged?.ids ?? new Set(), control);
  const found = { withoutNeighbours: 0, directNeighbours: 0, secondHandNeighbours: 0 };
  const queries: string[] = [];
  const lines = graphLines(citations, control, ({ id, direct, secondHand }) => {
    if (direct + secondHand === 0) found.withoutNeighbours += 1;
    else queries.push(id);
    found.directNeighbours += direct;
    found.secondHandNeighbours += secondHand;
  });
  await writeWhole(join(outFolder, graphFile), checked(lines, papersFile, citations.counts, queries));
  const lists = splitQueries(queries, valShare, testShare, seed);
  for (const set of tripletSets) {
    await writeWhole(join(outFolder, `${set}.txt`), lists[set].map((id) => `${id}\n`).join(""));
  }
  const kept = new Set(citations.entry);
  await copyPaperTexts(papersFile, join(outFolder, graphPapersFile), (entry) => kept.has(entry), control);
  const [hashed] = await hashFiles([papersFile], control);
  const record: GraphRecord = {
    format: "scidocs-graph-1",
    scidocs: scidocsVersion(),
    settings: { valShare, testShare, seed },
    papersFile: hashed!,
    exclusion:
      dataset === null || judged === null
        ? null
        : { dataset: dataset.name, tasks: judged.tasks, absent: judged.absent, judged: judged.ids.size },
    counts: { ...citations.counts, ...found },
    queries: { train: lists.train.length, val: lists.val.length, test: lists.test.length },
  };
  await writeWhole(join(outFolder, "graph.json"), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** The pieces of a graph, and an error instead of its end when it has no query: then no file is left. */
async function* checked(
  lines: AsyncIterable<string>,
  papersFile: string,
  counts: CitationCounts,
  queries: readonly string[],
): AsyncGenerator<string> {
  yield* lines;
  if (queries.length === 0) throw new ScidocsError("BAD_INPUT", noQueries(papersFile, counts));
}

function noQueries(file: string, { papers, excluded, citations }: CitationCounts): string {
  if (papers === 0) return `${file}: has no papers`;
  if (excluded === papers) return `${file}: every one of its ${papers} papers is excluded`;
  if (citations > 0) return `${file}: none of its ${citations} citations is between two of its papers that have titles`;
  return `${file}: no paper tells of a citation; expected lists of ids in "references" or "cited_by"`;
}

/** The pieces of `data.json`, a line a query, in order of first mention. */
async function* graphLines(
  citations: Citations,
  control: RunControl,
  onPaper: (paper: { id: string; direct: number; secondHand: number }) => void,
): AsyncGenerator<string> {
  const { ids, entry } = citations;
  const neighboursOf = citationNeighbours(citations);
  let text = "{";
  let written = 0;
  for (const [paper, id] of ids.entries()) {
    if (entry[paper]! < 0) continue;
    const { direct, secondHand } = neighboursOf(paper);
    onPaper({ id, direct: direct.length, secondHand: secondHand.length });
    if (direct.length + secondHand.length === 0) continue;
    const cell = (count: number) => (neighbour: number) => `${JSON.stringify(ids[neighbour])}: {"count": ${count}}`;
    const cells = [...direct.map(cell(directCount)), ...secondHand.map(cell(secondHandCount))];
    text += `${written === 0 ? "\n" : ",\n"}${JSON.stringify(id)}: {${cells.join(", ")}}`;
    written += 1;
    if (text.length < 2 ** 18) continue;
    yield text;
    text = "";
    control.onProgress?.({ stage: "graph", done: paper, total: ids.length, unit: "papers" });
    await breathe(control);
  }
  yield `${text}\n}\n`;
  control.onProgress?.({ stage: "graph", done: ids.length, total: ids.length, unit: "papers" });
}

/**
 * Shuffles queries and cuts them into the three lists. Val and test get their shares rounded down, so that train has
 * whatever there is of few.
 */
export function splitQueries(
  queries: readonly string[],
  valShare: number,
  testShare: number,
  seed: number,
): Record<TripletSet, string[]> {
  const { interval } = mt19937(seed);
  const shuffled = [...queries];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = interval(last);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  const val = Math.floor(valShare * shuffled.length);
  const test = Math.floor(testShare * shuffled.length);
  return {
    val: shuffled.slice(0, val),
    test: shuffled.slice(val, val + test),
    train: shuffled.slice(val + test),
  };
}
