import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileError, firstFew, ScidocsError, throwIfAborted } from "../../errors.ts";
import { parseJson } from "../../files/jsonFile.ts";
import { pathError } from "../../files/pathError.ts";
import type { RunControl } from "../../progress.ts";
import { linesOf } from "../../vectors/byteSource.ts";

/** Bytes of a line with three ids. */
const longestTripletLine = 2 ** 20;

/** The three lists of queries, in the order in which the reference draws their triplets. */
export const tripletSets = ["train", "val", "test"] as const;
export type TripletSet = (typeof tripletSets)[number];

/** The files of `scidocs triplets`, all in one folder. */
export interface TripletFiles {
  /** What the files' names begin with: the name of the graph's file, and the comment where one was given. */
  readonly name: string;
  /** Triplets of each list, one a line. */
  readonly sets: Readonly<Record<TripletSet, string>>;
  /** Title and abstract of every paper that the triplets name, in the layout of a metadata file. */
  readonly papers: string;
  /** How many triplets each list has, as the reference writes it. */
  readonly metrics: string;
  /** Settings, hashes of what was read, and what became of every query. */
  readonly record: string;
}

/** The files of a name in a folder, whether they are there or not. */
export function tripletFiles(folder: string, name: string): TripletFiles {
  const path = (ending: string): string => join(folder, `${name}-${ending}`);
  return {
    name,
    sets: { train: path("train.jsonl"), val: path("val.jsonl"), test: path("test.jsonl") },
    papers: path("papers.json"),
    metrics: path("metrics.json"),
    record: path("triplets.json"),
  };
}

/**
 * Finds the files that `scidocs triplets` wrote into a folder.
 * @throws ScidocsError `NOT_FOUND` when there are none, `USAGE` when there are several sets of them
 */
export async function findTriplets(folder: string): Promise<TripletFiles> {
  const entries = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") {
      throw new ScidocsError(
        "USAGE",
        `${folder} is a file: give the folder that \`scidocs triplets\` made, or --train-path and --papers`,
        { cause: error },
      );
    }
    throw pathError(folder, error);
  });
  const ending = "-triplets.json";
  const names = entries.filter((entry) => entry.endsWith(ending)).map((entry) => entry.slice(0, -ending.length));
  const [name] = names;
  if (name === undefined) {
    throw new ScidocsError(
      "NOT_FOUND",
      `${folder} has no triplets: \`scidocs triplets --outdir ${folder}\` makes some`,
    );
  }
  if (names.length > 1) {
    throw new ScidocsError(
      "USAGE",
      `${folder} has the triplets of ${firstFew(names)}: keep each in a folder of its own`,
    );
  }
  return tripletFiles(folder, name);
}

/** Triplets in columns; papers are numbered in order of first mention. */
export interface Triplets {
  readonly length: number;
  readonly paperIds: readonly string[];
  /** The number of each triplet's paper in `paperIds`. */
  readonly query: Int32Array;
  readonly positive: Int32Array;
  readonly negative: Int32Array;
  /** 1 where the negative is a hard one. */
  readonly hard: Uint8Array;
}

/** One triplet as a line of a file, line end included. */
export function tripletLine(query: string, positive: string, negative: string, hard: boolean): string {
  return `${JSON.stringify({ query, positive, negative, kind: hard ? "hard" : "easy" })}\n`;
}

/**
 * Reads a file of triplets.
 * @throws ScidocsError `BAD_INPUT` with file and line, `NOT_FOUND`, `INTERRUPTED`
 */
export async function readTriplets(file: string, control: RunControl = {}): Promise<Triplets> {
  const paperIds: string[] = [];
  const numbers = new Map<string, number>();
  const columns: { query: number[]; positive: number[]; negative: number[]; hard: number[] } = {
    query: [],
    positive: [],
    negative: [],
    hard: [],
  };
  const numberOf = (id: string): number => {
    let number = numbers.get(id);
    if (number === undefined) {
      number = paperIds.push(id) - 1;
      numbers.set(id, number);
    }
    return number;
  };
  let line = 0;
  try {
    for await (const ended of linesOf(file, longestTripletLine)) {
      const text = ended.endsWith("\r") ? ended.slice(0, -1) : ended;
      line += 1;
      if (line % 4096 === 0) throwIfAborted(control.signal);
      if (text === "") continue;
      const { query, positive, negative, kind } = tripletOf(file, line, text);
      columns.query.push(numberOf(query));
      columns.positive.push(numberOf(positive));
      columns.negative.push(numberOf(negative));
      columns.hard.push(kind === "hard" ? 1 : 0);
    }
  } catch (error) {
    throw pathError(file, error);
  }
  return {
    length: columns.hard.length,
    paperIds,
    query: Int32Array.from(columns.query),
    positive: Int32Array.from(columns.positive),
    negative: Int32Array.from(columns.negative),
    hard: Uint8Array.from(columns.hard),
  };
}

interface TripletLine {
  readonly query: string;
  readonly positive: string;
  readonly negative: string;
  readonly kind: "hard" | "easy";
}

function tripletOf(file: string, line: number, text: string): TripletLine {
  const value = parseJson(text, file, line);
  const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const { query, positive, negative, kind } = fields;
  if (
    typeof query === "string" &&
    typeof positive === "string" &&
    typeof negative === "string" &&
    (kind === "hard" || kind === "easy")
  ) {
    return { query, positive, negative, kind };
  }
  throw fileError(
    file,
    line,
    `expected {"query": id, "positive": id, "negative": id, "kind": "hard" or "easy"} in ${basename(file)}`,
  );
}
