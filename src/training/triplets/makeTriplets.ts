import { basename, join } from "node:path";
import { checkNumbers } from "../../checkNumbers.ts";
import { ScidocsError } from "../../errors.ts";
import { requireUnchanged, stampFiles } from "../../files/fileStamps.ts";
import { type FileHash, hashFiles } from "../../files/hashFiles.ts";
import { requireOutputs } from "../../files/overlap.ts";
import { removeEarlier } from "../../files/removeEarlier.ts";
import { readTextFile } from "../../files/textFile.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import { mt19937 } from "../../stats/random/mt19937.ts";
import { scidocsVersion } from "../../version.ts";
import { copyPaperTexts } from "./copyPaperTexts.ts";
import { type DrawnTriplets, drawTriplets, type TripletCounts } from "./drawTriplets.ts";
import { readNeighbourGraph } from "./neighbourGraph.ts";
import { type PaperIndex, readPaperIndex } from "./paperIndex.ts";
import { defaultSampler, mostSamplesPerQuery, type SamplerSettings } from "./sampler.ts";
import { countNotes, graphRecordFile, toldQueries } from "./toldCounts.ts";
import { type TripletFiles, type TripletSet, tripletFiles, tripletLine, tripletSets } from "./tripletFiles.ts";

/** The graph that `scidocs graph` writes, and the reference's name for it. */
export const graphFile = "data.json";

/** Title and abstract of the graph's papers, beside the graph. */
export const graphPapersFile = "metadata.json";

/** What triplets are made of and where they go. */
export interface TripletRequest extends Partial<SamplerSettings> {
  /** Folder of `data.json` and the lists of query ids: `train.txt`, `val.txt` and `test.txt`, one id a line. */
  readonly dataFolder: string;
  /** Titles and abstracts; default: `metadata.json` in that folder. */
  readonly metadataFile?: string | undefined;
  readonly outFolder: string;
  /** Added to the files' names; default: nothing. */
  readonly comment?: string | undefined;
}

const optionNames: OptionNames<TripletRequest> = {
  dataFolder: true,
  metadataFile: true,
  outFolder: true,
  comment: true,
  ratioHardNegatives: true,
  samplesPerQuery: true,
  marginFraction: true,
  seed: true,
};

/** What was made: also the content of the record beside the triplets. */
export interface TripletRecord {
  readonly format: "scidocs-triplets-1";
  readonly scidocs: string;
  readonly settings: SamplerSettings;
  readonly inputs: readonly FileHash[];
  /** Papers in the metadata. */
  readonly papers: number;
  /** Edges that the graph has from the lists' queries. */
  readonly edges: number;
  /** Entries again of a paper in the metadata, and of a query in the graph: the last one counts. */
  readonly repeated: { readonly papers: number; readonly queries: number };
  readonly sets: Readonly<Record<TripletSet, TripletCounts>>;
  /** Lines of each list that name a query again; and queries of val and test that train has too: what is judged was then learnt. */
  readonly lists: Readonly<Record<TripletSet, { readonly repeated: number; readonly alsoInTrain: number }>>;
}

/**
 * Query ids of a list, one a line, without the blanks around them; blank lines stay, as in the reference, and are
 * queries that no graph has.
 */
async function readQueryIds(file: string): Promise<string[]> {
  const lines = (await readTextFile(file)).split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line.trim());
}

/**
 * Draws the triplets of a graph's three lists and writes them. One generator goes through train, then val, then test, so
 * that the triplets are those of the reference with one job.
 * @returns the record of what became of every query and triplet, where the files are, and what a user should hear. Look at `record.sets.train.kept`: there may be
 *   no triplet at all
 * @throws ScidocsError `USAGE`, `NOT_FOUND`, `BAD_INPUT`, `INTERRUPTED`; nothing is left half written
 */
export async function makeTriplets(
  request: TripletRequest,
  control: RunControl = {},
): Promise<{ record: TripletRecord; files: TripletFiles; notes: readonly string[] }> {
  refuseUnknownOptions("makeTriplets", request, optionNames);
  checkNumbers("makeTriplets", request, {
    ratioHardNegatives: "share",
    samplesPerQuery: "count",
    marginFraction: "share",
    seed: "numpySeed",
  });
  if ((request.samplesPerQuery ?? 0) > mostSamplesPerQuery) {
    throw new ScidocsError(
      "USAGE",
      `makeTriplets: samplesPerQuery must be ${mostSamplesPerQuery} at most, not ${request.samplesPerQuery}`,
    );
  }
  const { dataFolder, outFolder, comment = "" } = request;
  const { metadataFile = join(dataFolder, graphPapersFile) } = request;
  const settings: SamplerSettings = {
    ratioHardNegatives: request.ratioHardNegatives ?? defaultSampler.ratioHardNegatives,
    samplesPerQuery: request.samplesPerQuery ?? defaultSampler.samplesPerQuery,
    marginFraction: request.marginFraction ?? defaultSampler.marginFraction,
    seed: request.seed ?? defaultSampler.seed,
  };
  if (/[/\\\0]/.test(comment))
    throw new ScidocsError("USAGE", "a comment is part of a file's name: leave / and \\ out");
  const stem = basename(graphFile, ".json");
  const files = tripletFiles(outFolder, comment === "" ? stem : `${stem}-${comment}`);
  const dataFile = join(dataFolder, graphFile);
  const listFile = (set: TripletSet): string => join(dataFolder, `${set}.txt`);

  const inputs = [dataFile, ...tripletSets.map(listFile), metadataFile];
  const outputs = [...Object.values(files.sets), files.papers, files.metrics, files.record];
  await requireOutputs(outputs, [...inputs, join(dataFolder, graphRecordFile)]);
  const stamps = stampFiles(inputs);
  const queries: Record<TripletSet, string[]> = { train: [], val: [], test: [] };
  for (const set of tripletSets) queries[set] = await readQueryIds(listFile(set));
  const told = await toldQueries(dataFolder);
  const notes = tripletSets.flatMap((set) =>
    told === null ? [] : countNotes(listFile(set), graphRecordFile, "queries", queries[set].length, told[set]),
  );
  const index = await readPaperIndex(metadataFile, control);
  const asked = new Set(tripletSets.flatMap((set) => queries[set]));
  const graph = await readNeighbourGraph(dataFile, asked, index, control);

  // What an earlier call left says that all is there; from here on it is not, until the new one is written.
  await removeEarlier(files.record);
  const random = mt19937(settings.seed);
  const named = new Set<number>();
  const counts: Partial<Record<TripletSet, TripletCounts>> = {};
  for (const set of tripletSets) {
    const drawn = await drawTriplets(queries[set], graph, index, settings, random, `triplets: ${set}`, control);
    for (const paper of drawn.papers) named.add(paper);
    await writeWhole(files.sets[set], lines(drawn, index));
    counts[set] = drawn.counts;
  }
  const sets = counts as Record<TripletSet, TripletCounts>;
  const isNamed = Uint8Array.from({ length: index.entries }, () => 0);
  for (const paper of named) isNamed[index.entryOf(paper)] = 1;
  await copyPaperTexts([metadataFile], files.papers, (entry) => isNamed[entry] === 1, control);
  const kept = { train: sets.train.kept, val: sets.val.kept, test: sets.test.kept };
  await writeWhole(files.metrics, JSON.stringify(kept, null, 2));
  const hashed = await hashFiles(inputs, control);
  requireUnchanged(stamps);
  const record: TripletRecord = {
    format: "scidocs-triplets-1",
    scidocs: scidocsVersion(),
    settings,
    inputs: hashed,
    papers: index.paperCount,
    edges: graph.edges,
    repeated: { papers: index.entries - index.paperCount, queries: graph.repeated },
    sets,
    lists: { train: listed(queries, "train"), val: listed(queries, "val"), test: listed(queries, "test") },
  };
  // Last, since it is what says that the others are there.
  await writeWhole(files.record, `${JSON.stringify(record, null, 2)}\n`);
  return { record, files, notes };
}

/** What a list has twice, and what it has of train's. */
function listed(
  queries: Readonly<Record<TripletSet, readonly string[]>>,
  set: TripletSet,
): { repeated: number; alsoInTrain: number } {
  const own = new Set(queries[set]);
  const train = set === "train" ? new Set<string>() : new Set(queries.train);
  const alsoInTrain = [...own].filter((query) => train.has(query)).length;
  return { repeated: queries[set].length - own.size, alsoInTrain };
}

/** Lines of a file in pieces of a size that is quick to write. */
function* lines({ papers, hard }: DrawnTriplets, { ids }: PaperIndex): Generator<string> {
  let text = "";
  for (const [triplet, isHard] of hard.entries()) {
    const [query, positive, negative] = [0, 1, 2].map((role) => ids[papers[3 * triplet + role]!]!);
    text += tripletLine(query!, positive!, negative!, isHard);
    if (text.length > 2 ** 18) {
      yield text;
      text = "";
    }
  }
  yield text;
}
