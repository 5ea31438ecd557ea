/** How tasks are scored: every option here can change a number, but for `threads` and `exportRuns`. A family reads those that are its own. */
export interface ScoringOptions {
  /** Classifier of classification tasks; default `svm`, the paper's protocol. */
  readonly classifier?: "svm" | "logistic" | undefined;
  /** Which path of the SVM chooses C; default `auto`. */
  readonly solver?: "auto" | "reference" | undefined;
  /** How often the recommendation network is trained; default 5. */
  readonly seeds?: number | undefined;
  /** Seed of the first training; the others follow. */
  readonly firstSeed?: number | undefined;
  /** Worker threads; default: the machine's. No result depends on it. */
  readonly threads?: number | undefined;
  /** Folder for the ranking tasks' qrel and run files; default: none are written. */
  readonly exportRuns?: string | undefined;
}
