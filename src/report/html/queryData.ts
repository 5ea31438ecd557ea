/** What the page's list of queries is drawn from. It travels compressed inside the page; the page's script reads it. */
export interface QueryData {
  /** Letter of each record. */
  readonly letters: readonly string[];
  /** Titles, which candidates refer to by index. */
  readonly titles: readonly string[];
  readonly tasks: readonly QueryTask[];
}

/** The queries of one ranking task; all lists run over queries. */
export interface QueryTask {
  readonly label: string;
  readonly queryIds: readonly string[];
  readonly queryTitles: readonly (string | null)[];
  /** Per record: average precision x10,000 of each query; null where the record left it out. */
  readonly averagePrecision: readonly (readonly (number | null)[])[];
  /**
   * Per record: the ranking of each query as one string, best first; a character is {@link firstPosition} plus the
   * candidate's position in the qrel.
   */
  readonly order: readonly (readonly (string | null)[])[];
  /** Grade of each candidate by position, one digit each; `?` where no record ranked it. Grades above 9 are shown as 9. */
  readonly grades: readonly string[];
  /** Index into `titles` of each candidate by position, -1 for none; null where the titles were left out for size. */
  readonly candidates: readonly (readonly number[] | null)[];
}

/** Code of the character that stands for position 0: from here on characters need no escaping in JSON but for one. */
export const firstPosition = 35;
