import type { DatasetReading } from "../datasets/reading.ts";
import type { Paper, Split } from "../datasets/types.ts";
import type { RunControl } from "../progress.ts";
import type { VectorTable } from "../vectors/vectorTable.ts";
import type { FamilyReport } from "./familyReport.ts";
import type { FamilyTask } from "./familyTask.ts";
import type { ItemUnit, PairedRows } from "./pairedRows.ts";
import type { PaperCounts } from "./paperCounts.ts";
import type { ScoringOptions } from "./scoringOptions.ts";

/** What every family's result has. */
export interface FamilyResult {
  /** The family's name. */
  readonly kind: string;
  readonly papers: PaperCounts;
}

/** A label file of a task. */
export interface LabelFile {
  /** Relative to the dataset's folder, with `/`. */
  readonly path: string;
  /** What one entry of it is. */
  readonly unit: ItemUnit | "positions";
  /** Reads its text; `file` is for messages. @throws ScidocsError `BAD_INPUT` with file:line */
  parse(text: string, file: string): LabelFileContents;
}

/** What was read of a label file. */
export interface LabelFileContents {
  /** Entries, of the file's unit. */
  readonly count: number;
  /** Papers that it names, repetitions included. */
  readonly paperIds: readonly string[];
  /** Entries that repeat an earlier one word for word and count again, where that is known. */
  readonly repeatedRows?: number;
}

/** What a check of the data finds in a task's label files beside their papers. */
export interface TaskFindings {
  /** Papers of each class by split. */
  readonly classes: readonly {
    readonly task: string;
    readonly label: number;
    readonly name: string | null;
    readonly train: number;
    readonly val: number;
    readonly test: number;
  }[];
  readonly clicks: readonly {
    readonly split: "train" | Split;
    readonly clicks: number;
    /** Clicks by displayed position, from position 1 on. */
    readonly positions: readonly number[];
    /** Mean number of papers shown. */
    readonly meanShown: number;
  }[];
  /** What else a reader should know, one sentence each. */
  readonly notes: readonly string[];
}

/** What a task is scored from. */
export interface ScoreInput<Data> {
  readonly task: FamilyTask;
  readonly data: Data;
  readonly split: Split;
  readonly vectors: VectorTable;
  /** Metadata of the task's papers; empty where the family does not score from them. */
  readonly papers: ReadonlyMap<string, Paper>;
  /** Names of the classes in label order, where the task has classes. */
  readonly classNames: readonly string[];
  readonly options: ScoringOptions;
}

/** One column of the table that every task of a family has. Higher is better in all. */
export interface FamilyColumn<Result> {
  /** Behind the task's name in a column's id: `map` in `cite-map`. */
  readonly suffix: string;
  /** Short header under the task's label: "F1", "MAP", "nDCG", "P@1". */
  readonly metric: string;
  /** The value in [0, 1], unrounded. */
  value(result: Result): number | null;
  /** Standard deviation in [0, 1] over seeds, where the column has one. */
  spread?(result: Result): number | null;
  /** The value of each training seed, where the column is a mean over seeds. */
  perSeed?(result: Result): readonly number[];
}

/** One thing in which two records differ beyond their scores. */
export interface Discrepancy {
  /**
   * `refused`: the difference of scores would mean nothing; `warning`: it means less than it seems;
   * `note`: what the comparison is about, or what a reader may want to know.
   */
  readonly severity: "refused" | "warning" | "note";
  /** A sentence that names what differs and both values. */
  readonly message: string;
  /** What of the two models differs, where that can explain other vectors: "recipe", "pooling". */
  readonly modelField?: string;
}

/** How two results of one task are held against each other. */
export interface FamilyComparison<Result> {
  readonly unit: ItemUnit;
  /** What else a reader must know of its resamples, in a sentence. */
  readonly note?: string;
  /** How items that moved are told of; absent where single items are not worth naming. */
  readonly movers?: {
    /** "Queries". */
    readonly items: string;
    /** Of the first column, item by item: "average precision". */
    readonly measure: string;
    /** Whether an item has few values to jump between, so that it would crowd out those of other families. */
    readonly coarse: boolean;
  };
  /** How many items a result scored. */
  itemCount(result: Result): number;
  /** Of how many training seeds a result is the mean, which are drawn along; absent where nothing is trained from seeds. */
  seedCount?(result: Result): number;
  /**
   * Two results item by item; null where they share none.
   * @throws ScidocsError `BAD_INPUT` when they contradict each other about a shared item
   */
  pair(task: FamilyTask, a: Result, b: Result): PairedRows | null;
  /** The same items by a run that gets everything wrong: the difference to it is the score itself. */
  nothing(result: Result): Result;
  /** In what the two differ beyond their scores. */
  discrepancies(task: FamilyTask, a: Result, b: Result): readonly Discrepancy[];
}

/**
 * A kind of task, whole: what it reads, how it scores, what its columns are, how its results are compared. Methods are
 * written as methods, so that a family of one kind of data and result stands where any family is asked for: what a
 * family made is only ever handed back to that family.
 */
export interface TaskFamily<Data = unknown, Result extends FamilyResult = FamilyResult> {
  /** Name in records. */
  readonly kind: Result["kind"];
  readonly columns: readonly FamilyColumn<Result>[];
  /** The label files that scoring on a split takes its numbers from. */
  labelFiles(folder: string, split: Split): readonly LabelFile[];
  /** Those and the other label files that {@link read} opens: some data are read whole, whatever the split. */
  filesRead(folder: string, split: Split): readonly LabelFile[];
  /** Whether scoring takes features from the papers' metadata; else labels and vectors suffice. */
  readonly scoresFromMetadata: boolean;
  /** Whether its tasks are best scored side by side: each ends in one long chain of steps that leaves cores idle. */
  readonly sideBySide: boolean;
  /** Bytes that scoring takes beside the vectors, where that is much: tasks that would take too many together wait for each other. */
  workingBytes?(data: Data, vectors: VectorTable): number;
  /** Reads the label files that a split needs. @throws ScidocsError `BAD_INPUT` with file:line, `NOT_FOUND` */
  read(reading: DatasetReading, task: FamilyTask, split: Split): Promise<Data>;
  /** The papers that the split needs, in order of first mention; repetitions are allowed. */
  papers(data: Data, split: Split): Iterable<string>;
  /** Those of them that the split judges; what is learnt from, or chosen by, is not among them. */
  judged(data: Data, split: Split): Iterable<string>;
  /** @throws ScidocsError `BAD_INPUT` for data or vectors that cannot be scored, `USAGE` for an option, `INTERRUPTED` */
  score(input: ScoreInput<Data>, control: RunControl): Promise<Result>;
  /** Names of files for another program to check the scores with. */
  exportNames?(task: Pick<FamilyTask, "id">, split: Split): readonly string[];
  /** Those files. @throws ScidocsError `BAD_INPUT` */
  exports?(input: ScoreInput<Data>): readonly { readonly name: string; readonly text: string }[];
  /** The options behind a result, by the names of {@link settingNames}. */
  settings(result: Result): Readonly<Record<string, string | number>>;
  /** Settings that the family writes into a record. */
  readonly settingNames: readonly string[];
  /** What a reader must know beside a score, one sentence each. */
  notes(task: FamilyTask, result: Result, split: Split): readonly string[];
  readonly comparison: FamilyComparison<Result>;
  readonly report: FamilyReport<Data, Result>;
  /** @param contents what its own `parse` gave for a path; undefined for a missing or broken file */
  findings(
    task: FamilyTask,
    contents: (path: string) => LabelFileContents | undefined,
    classNames: readonly string[],
  ): TaskFindings;
}

/** A check that found nothing. */
export const noFindings: TaskFindings = { classes: [], clicks: [], notes: [] };
