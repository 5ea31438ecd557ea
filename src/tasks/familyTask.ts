/** A task as its family sees it; a suite says more of it. */
export interface FamilyTask {
  /** Name on the command line and in records. */
  readonly id: string;
  /** Name in tables: "MeSH". */
  readonly label: string;
  /** Folder of its label files, relative to the dataset's. */
  readonly folder: string;
}
