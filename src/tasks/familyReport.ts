import type { FamilyTask } from "./familyTask.ts";

/** A task with one record's result of it; null where it did not run. */
export interface ReportedTask<Result> {
  readonly task: FamilyTask;
  readonly result: Result | null;
}

/** The queries of one result for the page's list of queries; all lists run over queries. */
export interface QueryRows {
  readonly query: readonly string[];
  readonly averagePrecision: readonly number[];
  /** Ranked candidates, best first, as positions in the query's judgements. */
  readonly order: readonly (readonly number[])[];
  /** Grades of the ranked candidates, in the same order. */
  readonly relevance: readonly (readonly number[])[];
}

/** One point of a curve. */
export interface CurvePoint {
  readonly x: number;
  /** How many items it is the mean of. */
  readonly count: number;
  /** x100. */
  readonly y: number;
}

/** A section with a curve for each record and its values in a table. */
export interface CurveSection {
  readonly form: "curves";
  /** Anchor in the page, and its name in the page's navigation. */
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly xName: string;
  readonly yName: string;
  /** Heads of the table's first two columns. */
  readonly xHead: string;
  readonly countHead: string;
  /** What a screen reader says of the picture. */
  readonly spoken: string;
  /** Per record; empty where it has none. */
  readonly curves: readonly (readonly CurvePoint[])[];
}

/** How often each class was taken for each. */
export interface ConfusionMatrix {
  /** What stands in a line above it: "macro F1 81.20". */
  readonly summary: string;
  readonly names: readonly string[];
  /** `counts[t][p]`: papers of class t that were taken for class p. */
  readonly counts: readonly ArrayLike<number>[];
  /** Per class, x100, with its head. */
  readonly values: readonly number[];
  readonly valueHead: string;
}

/** A section with a matrix for each task and record. */
export interface MatrixSection {
  readonly form: "matrices";
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly groups: readonly {
    readonly label: string;
    /** Per record; null where it has none. */
    readonly matrices: readonly (ConfusionMatrix | null)[];
  }[];
}

/** A section with a table for each pair of records: the items on which they differ most. */
export interface ItemSection {
  readonly form: "items";
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly groups: readonly {
    readonly label: string;
    /** Positions of the two records that are held against each other. */
    readonly records: readonly [number, number];
    /** One sentence above the table: how many there are, and how many of them are shown. */
    readonly summary: string;
    readonly heads: readonly string[];
    /** Text in the first columns, numbers (already as text) in the last `numbers` of them. */
    readonly rows: readonly (readonly string[])[];
    readonly numbers: number;
  }[];
}

/** A section of the page as a value: the report draws each form in its own way, whatever family it comes from. */
export type ReportSection = CurveSection | MatrixSection | ItemSection;

/** What tables and the page say of a family's results. */
export interface FamilyReport<Data, Result> {
  /** What makes a row's scores of another kind than the model's name says: "logistic probe". */
  mark?(result: Result): string | null;
  /** What stands beneath a table of one record, one sentence each. */
  notes?(tasks: readonly ReportedTask<Result>[]): readonly string[];
  /** In what the result departs from the published protocol, to explain another score. */
  departure?(result: Result): string | null;
  /** Why a record may be off a published row in no column but the family's. */
  readonly onlyOff?: string;
  /** What the mean leaves out: "3 of 1000 queries"; empty where a family leaves nothing out. */
  leftOut?(result: Result): string;
  /** Items for a dot each where two records are held against each other, and what one is and is measured by. */
  readonly dots?: {
    readonly item: string;
    readonly items: string;
    readonly measure: string;
    of(result: Result): { readonly ids: readonly string[]; readonly values: readonly number[] };
  };
  /** The rows of the list of queries, and the judged candidates behind them. */
  readonly queries?: {
    rows(result: Result): QueryRows;
    judged(data: Data): readonly JudgedCandidates[];
  };
  /** Sections of its own. @param results per record, per task of the family */
  sections?(tasks: readonly FamilyTask[], results: readonly (readonly (Result | null)[])[]): readonly ReportSection[];
}

/** The judged candidates of one query. */
export interface JudgedCandidates {
  readonly queryId: string;
  readonly candidateIds: readonly string[];
  /** Grade of each candidate. */
  readonly relevance: ArrayLike<number>;
}
