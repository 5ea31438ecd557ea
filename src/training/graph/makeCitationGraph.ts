import { join } from "node:path";
import { checkNumbers } from "../../checkNumbers.ts";
import { ScidocsError } from "../../errors.ts";
import { requireUnchanged, stampFiles } from "../../files/fileStamps.ts";
import { refuseForeignFiles } from "../../files/foreignFiles.ts";
import { type FileHash, hashFiles } from "../../files/hashFiles.ts";
import { requireOutputs } from "../../files/overlap.ts";
import { removeEarlier } from "../../files/removeEarlier.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import { mt19937 } from "../../stats/random/mt19937.ts";
import { filesOfDataset, openDataset } from "../../suites/dataset.ts";
import { breathe } from "../../threads/breathe.ts";
import { scidocsVersion } from "../../version.ts";
import { copyPaperTexts } from "../triplets/copyPaperTexts.ts";
import { graphFile, graphPapersFile } from "../triplets/makeTriplets.ts";
import { graphRecordFile } from "../triplets/toldCounts.ts";
import { type TripletSet, tripletSets } from "../triplets/tripletFiles.ts";
import {
  type CitationNeighbours,
  citationNeighbours,
  directCount,
  type SecondHandLimit,
  secondHandCount,
} from "./citationNeighbours.ts";
import { type CitationCounts, type Citations, readCitations } from "./citations.ts";
import { type JudgedPapers, judgedPapers } from "./judgedPapers.ts";
import { lookedAtOnce, requireFewNeighbours } from "./requireFewNeighbours.ts";

/** What a graph is made of and where it goes. */
export interface GraphRequest {
  /** Metadata with `references` and `cited_by`. */
  readonly papersFiles: readonly string[];
  readonly outFolder: string;
  /** A SciDocs folder whose judged papers are left out; default: nothing is. */
  readonly excludeFolder?: string | undefined;
  /** Shares of the queries that go to the lists val and test, from 0 on and below 1 together; default 0.1 each. */
  readonly valShare?: number | undefined;
  readonly testShare?: number | undefined;
  /**
   * Most second-hand neighbours of a query, drawn at random where there are more; default: all are kept. What a survey cites is second hand
   * to all that cite the survey, so that a few thousand papers can have millions of such neighbours.
   */
  readonly mostSecondHand?: number | undefined;
  /** The same seed gives the same lists and draws; default 321. */
  readonly seed?: number | undefined;
}

/** What a graph's lists are made by where nothing else is said. */
export const defaultSplit = { valShare: 0.1, testShare: 0.1, seed: 321 } as const;

const optionNames: OptionNames<GraphRequest> = {
  papersFiles: true,
  outFolder: true,
  excludeFolder: true,
  valShare: true,
  testShare: true,
  mostSecondHand: true,
  seed: true,
};

/** What was made: also the content of `graph.json` beside the graph. */
export interface GraphRecord {
  readonly format: "scidocs-graph-2";
  readonly scidocs: string;
  readonly settings: {
    readonly valShare: number;
    readonly testShare: number;
    /** Null: all are kept. */
    readonly mostSecondHand: number | null;
    readonly seed: number;
  };
  readonly papersFiles: readonly FileHash[];
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
    /** Second-hand neighbours beyond the most of a query. */
    readonly secondHandLeftOut: number;
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
  checkNumbers("makeCitationGraph", request, {
    valShare: "share",
    testShare: "share",
    mostSecondHand: "count",
    seed: "numpySeed",
  });
  const { papersFiles, outFolder, excludeFolder, mostSecondHand = null } = request;
  const { valShare = defaultSplit.valShare, testShare = defaultSplit.testShare, seed = defaultSplit.seed } = request;
  if (valShare + testShare >= 1) {
    throw new ScidocsError(
      "USAGE",
      "the shares of val and test leave no query for train.txt: their sum must be below 1",
    );
  }
  const names = [graphFile, ...tripletSets.map((set) => `${set}.txt`), graphPapersFile, graphRecordFile];
  const outputs = names.map((name) => join(outFolder, name));
  const dataset = excludeFolder === undefined ? null : await openDataset(excludeFolder);
  await requireOutputs(outputs, [...papersFiles, ...(dataset === null ? [] : filesOfDataset(dataset))]);
  await refuseForeignFiles(outputs, {
    record: join(outFolder, graphRecordFile),
    first: join(outFolder, graphFile),
    begins: /^\{\n"[^\n]*": \{"[^\n]*": \{"count": \d/,
  });
  const judged: JudgedPapers | null = dataset === null ? null : await judgedPapers(dataset);
  const stamps = stampFiles(papersFiles);
  const citations = await readCitations(papersFiles, judged?.ids ?? new Set(), control);
  const found = { withoutNeighbours: 0, directNeighbours: 0, secondHandNeighbours: 0, secondHandLeftOut: 0 };
  const queries: string[] = [];
  await requireFewNeighbours(citations, mostSecondHand ?? Number.POSITIVE_INFINITY, control);
  const limit = mostSecondHand === null ? null : { most: mostSecondHand, random: mt19937(seed) };
  const lines = graphLines(citations, limit, control, (id, { direct, secondHand, leftOut }) => {
    if (direct.length + secondHand.length === 0) found.withoutNeighbours += 1;
    else queries.push(id);
    found.directNeighbours += direct.length;
    found.secondHandNeighbours += secondHand.length;
    found.secondHandLeftOut += leftOut;
  });
  // Half a graph beside the other half of an earlier one would be taken for a whole one: without texts no triplets are drawn.
  const removeOld = async (): Promise<void> => {
    for (const name of [graphPapersFile, graphRecordFile]) await removeEarlier(join(outFolder, name));
  };
  await writeWhole(join(outFolder, graphFile), checked(lines, papersFiles, citations.counts, queries, removeOld));
  const lists = splitQueries(queries, valShare, testShare, seed);
  for (const set of tripletSets) {
    await writeWhole(join(outFolder, `${set}.txt`), lists[set].map((id) => `${id}\n`).join(""));
  }
  const kept = new Set(citations.entry);
  await copyPaperTexts(papersFiles, join(outFolder, graphPapersFile), (entry) => kept.has(entry), control);
  const hashed = await hashFiles(papersFiles, control);
  requireUnchanged(stamps);
  const record: GraphRecord = {
    format: "scidocs-graph-2",
    scidocs: scidocsVersion(),
    settings: { valShare, testShare, mostSecondHand, seed },
    papersFiles: hashed,
    exclusion:
      dataset === null || judged === null
        ? null
        : { dataset: dataset.name, tasks: judged.tasks, absent: judged.absent, judged: judged.ids.size },
    counts: { ...citations.counts, ...found },
    queries: { train: lists.train.length, val: lists.val.length, test: lists.test.length },
  };
  await writeWhole(join(outFolder, graphRecordFile), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** The pieces of a graph, and an error instead of its end when it has no query: then no file is left. */
async function* checked(
  lines: AsyncIterable<string>,
  papersFiles: readonly string[],
  counts: CitationCounts,
  queries: readonly string[],
  whenWhole: () => Promise<void>,
): AsyncGenerator<string> {
  yield* lines;
  if (queries.length === 0) throw new ScidocsError("BAD_INPUT", noQueries(papersFiles.join(", "), counts));
  await whenWhole();
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
  limit: SecondHandLimit | null,
  control: RunControl,
  onPaper: (id: string, neighbours: CitationNeighbours) => void,
): AsyncGenerator<string> {
  const { ids, entry } = citations;
  const neighboursOf = citationNeighbours(citations, limit);
  let text = "{";
  let written = 0;
  let looked = 0;
  for (const [paper, id] of ids.entries()) {
    if (entry[paper]! < 0) continue;
    const neighbours = neighboursOf(paper);
    const { direct, secondHand } = neighbours;
    onPaper(id, neighbours);
    if (direct.length + secondHand.length > 0) {
      const cell = (count: number) => (neighbour: number) => `${JSON.stringify(ids[neighbour])}: {"count": ${count}}`;
      const cells = [...direct.map(cell(directCount)), ...secondHand.map(cell(secondHandCount))];
      text += `${written === 0 ? "\n" : ",\n"}${JSON.stringify(id)}: {${cells.join(", ")}}`;
      written += 1;
    }
    looked += neighbours.looked;
    if (text.length < 2 ** 18 && looked < lookedAtOnce) continue;
    yield text;
    [text, looked] = ["", 0];
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
