/** Which part of the data is scored. Nothing is ever trained on it. */
export const splits = ["val", "test"] as const;
export type Split = (typeof splits)[number];

/** What an encoder reads of a paper. A missing title or abstract is null. */
export interface PaperText {
  readonly id: string;
  readonly title: string | null;
  readonly abstract: string | null;
  /** Null where absent or not a number. */
  readonly year: number | null;
}

/** One paper of a metadata file, whole. Missing lists are read as empty. */
export interface Paper extends PaperText {
  readonly authors: readonly string[];
  readonly citedBy: readonly string[];
  readonly references: readonly string[];
}

/** Labelled papers of one split, in file order. */
export interface LabelledPapers {
  readonly paperIds: readonly string[];
  /** Integer class label of each paper. */
  readonly labels: Int32Array;
}

/** A classification task's three files. */
export interface ClassificationData {
  readonly train: LabelledPapers;
  readonly val: LabelledPapers;
  readonly test: LabelledPapers;
}

/** The judged candidates of one query, in file order. */
export interface JudgedQuery {
  readonly queryId: string;
  readonly candidateIds: readonly string[];
  /** Relevance grade of each candidate; above 0 is relevant. */
  readonly relevance: Int32Array;
}

/** One `.qrel` file: queries in order of first appearance. */
export interface Qrel {
  readonly queries: readonly JudgedQuery[];
}

/** One row of a click log: who was shown what, in displayed order, and what was clicked. */
export interface Click {
  readonly queryId: string;
  readonly clickedId: string;
  /** Displayed papers in order, the clicked one among them. */
  readonly shownIds: readonly string[];
}

/** The recommendation task's files. */
export interface RecommendationData {
  readonly train: readonly Click[];
  readonly val: readonly Click[];
  readonly test: readonly Click[];
  /** Propensity of each displayed position, from position 1 on, as the file gives them (not normalised). */
  readonly propensities: Float64Array;
  /** Papers with metadata by id; only those that the clicks name. */
  readonly papers: ReadonlyMap<string, Paper>;
}
