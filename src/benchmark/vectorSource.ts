import type { PapersOfFile } from "../embed/plan.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";
import type { SuiteVectors, TextFacts } from "./scoreSuite.ts";

/** The model's side of a record. */
export type ModelFacts = RunRecord["model"];

/** The papers that a source is asked for. */
export interface SourceNeed {
  /** By metadata file; title and abstract are null where the source takes ids alone. */
  readonly papers: readonly PapersOfFile[];
  /** The groups of vectors that are wanted: the papers of each, and what they are for, as a reader should see it. */
  readonly groups: ReadonlyMap<string, { readonly ids: ReadonlySet<string>; readonly purpose: string }>;
}

/** Vectors that a source has made or read. A source adds what else its caller should know. */
export interface SourceVectors {
  readonly vectors: SuiteVectors;
  /** What was seen of the papers' texts; null where they were not read. */
  readonly texts: TextFacts | null;
}

/**
 * Where vectors come from: an encoder, an API, files, a table in memory, a baseline. The benchmark plans one, has it make its vectors
 * and asks it what the record has to say; it knows no other difference between them.
 * @typeParam Plan what the source settles before it does anything; plain data
 * @typeParam Made its vectors, with what it learnt on the way
 */
export interface VectorSource<Plan, Made extends SourceVectors> {
  /** Whether it reads the papers' texts, or takes ids alone. */
  readonly needs: "texts" | "ids";
  /** The groups of vectors it has; null for all. */
  readonly groups: ReadonlySet<string> | null;
  /** What its work is called among a record's timings; null for work that is no work. */
  readonly stage: string | null;
  /** Settles what has to be done, without side effects. */
  readonly plan: (need: SourceNeed, control: RunControl) => Promise<Plan>;
  /** Does it. */
  readonly vectors: (plan: Plan, control: RunControl) => Promise<Made>;
  /** The model as a record names it; `made` is null before there are vectors. */
  readonly facts: (made: Made | null) => ModelFacts;
  /** Every setting that can change a vector, for the record. */
  readonly settings: (plan: Plan, made: Made) => RunRecord["settings"];
  /** What a reader of the scores must know, for the record. */
  readonly notes: (plan: Plan, made: Made) => readonly string[];
}

/** A model as a record names it when nothing is known but its name. */
export function unknownModel(name: string, source: ModelFacts["source"], dimensions: number | null): ModelFacts {
  return {
    name,
    source,
    files: [],
    sha256: null,
    fingerprint: null,
    dimensions,
    recipe: null,
    pooling: null,
    precision: null,
    provider: null,
    maxLength: null,
  };
}

/** The length of a source's vectors. */
export function dimensionsOf(vectors: SuiteVectors): number | null {
  return Object.values<VectorTable | undefined>(vectors).find((table) => table !== undefined)?.dimensions ?? null;
}
