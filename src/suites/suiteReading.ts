import { join } from "node:path";
import { paperOf, paperTextOf } from "../datasets/papers.ts";
import { type DatasetReading, openReading } from "../datasets/reading.ts";
import type { Paper, PaperText, Split } from "../datasets/types.ts";
import { combinedSha256, type FileHash } from "../files/hashFiles.ts";
import type { RunControl } from "../progress.ts";
import type { Dataset } from "./dataset.ts";
import { labelFiles, type Task, taskOf } from "./suite.ts";

/** The papers of one metadata file that some tasks need. */
export interface NeededPapers {
  /** Absolute path of the metadata file. */
  readonly file: string;
  /** Its path in the dataset. */
  readonly name: string;
  /** Names of the tasks that need them. */
  readonly tasks: readonly string[];
  /** Ids in order of first mention by the label files. */
  readonly ids: ReadonlySet<string>;
}

/** Texts of needed papers that one metadata file has. */
export interface TextsOfFile {
  /** The file's path in the dataset. */
  readonly file: string;
  readonly papers: readonly PaperText[];
}

/** The data of some tasks and a split: every file is read once, when it is first needed, and hashed on the way. */
export interface SuiteReading {
  readonly dataset: Dataset;
  readonly split: Split;
  /** In table order. */
  readonly tasks: readonly Task[];
  /**
   * What a task's family read of its label files; for the family alone to look into.
   * @throws ScidocsError `BAD_INPUT` with file:line, `NOT_FOUND`
   */
  readonly data: (task: Task) => Promise<unknown>;
  /** The papers that a task needs, in order of first mention. Errors as of {@link data}. */
  readonly papersOf: (task: Task) => Promise<ReadonlySet<string>>;
  /** The papers that all tasks, or some, need of each metadata file. Errors as of {@link data}. */
  readonly needed: (tasks?: readonly Task[]) => Promise<NeededPapers[]>;
  /**
   * Title and abstract of the needed papers, file by file; papers that the metadata do not have are left out. They are
   * handed over and not kept: asking again reads again.
   * @throws ScidocsError as {@link data}, and `INTERRUPTED`
   */
  readonly texts: (control?: RunControl) => Promise<TextsOfFile[]>;
  /** Metadata of a task's papers for a family that scores from them; of another's, nothing. Errors as of {@link texts}. */
  readonly metadata: (task: Task, control?: RunControl) => Promise<ReadonlyMap<string, Paper>>;
  /**
   * The files that the numbers came from, hashed, in the order of the layout: the identity of the data behind a record.
   * The metadata are among them where texts were asked for, and those of families that score from them always.
   */
  readonly hashes: (control?: RunControl) => Promise<{ files: FileHash[]; sha256: string }>;
}

/** @param tasks in table order */
export function readSuite(dataset: Dataset, tasks: readonly Task[], split: Split): SuiteReading {
  const files: DatasetReading = openReading(dataset.folder);
  const dataOf = new Map<Task, Promise<unknown>>();
  const papersOf = new Map<Task, Promise<ReadonlySet<string>>>();
  const metadataOf = new Map<Task, Promise<ReadonlyMap<string, Paper>>>();
  let textsRead = false;

  const data = (task: Task): Promise<unknown> => remembered(dataOf, task, () => task.family.read(files, task, split));
  const papers = (task: Task): Promise<ReadonlySet<string>> =>
    remembered(papersOf, task, async () => new Set(task.family.papers(await data(task), split)));

  const needed = async (wanted: readonly Task[] = tasks): Promise<NeededPapers[]> => {
    const list: NeededPapers[] = [];
    for (const name of dataset.metadataFiles) {
      const users = wanted.filter(({ metadataFile }) => metadataFile === name);
      if (users.length === 0) continue;
      const ids = new Set<string>();
      for (const task of users) for (const id of await papers(task)) ids.add(id);
      list.push({ file: join(dataset.folder, name), name, tasks: users.map(({ id }) => id), ids });
    }
    return list;
  };

  /** Goes through a metadata file for its texts, and in the same pass for the tasks that score from it. */
  const readFile = async (name: string, ids: ReadonlySet<string>, control: RunControl): Promise<PaperText[]> => {
    const texts = new Map<string, PaperText>();
    const sharing = idSharing();
    const scoring: { task: Task; needed: ReadonlySet<string>; found: Map<string, Paper> }[] = [];
    for (const task of tasks) {
      if (task.metadataFile !== name || !task.family.scoresFromMetadata || metadataOf.has(task)) continue;
      scoring.push({ task, needed: await papers(task), found: new Map() });
    }
    const wanted = new Set([...ids, ...scoring.flatMap((one) => [...one.needed])]);
    const pass = files.papers(
      name,
      wanted,
      (file, entry) => {
        const takers = scoring.filter((one) => one.needed.has(entry.key));
        const paper = takers.length === 0 ? null : sharing(paperOf(file, entry));
        for (const { found } of takers) if (paper !== null) found.set(entry.key, paper);
        if (ids.has(entry.key)) texts.set(entry.key, paper ?? paperTextOf(file, entry));
      },
      control,
    );
    for (const { task, found } of scoring) {
      const read = pass.then(() => found);
      read.catch(() => metadataOf.delete(task));
      metadataOf.set(task, read);
    }
    await pass;
    return [...texts.values()];
  };

  return {
    dataset,
    split,
    tasks,
    data,
    papersOf: papers,
    needed,
    texts: async (control = {}) => {
      textsRead = true;
      const list: TextsOfFile[] = [];
      for (const { name, ids } of await needed()) {
        list.push({ file: name, papers: await readFile(name, ids, control) });
      }
      return list;
    },
    metadata: async (task, control = {}) => {
      if (!task.family.scoresFromMetadata) return new Map();
      if (!metadataOf.has(task)) await readFile(task.metadataFile, new Set(), control);
      return (await metadataOf.get(task)) ?? new Map();
    },
    hashes: async (control = {}) => {
      const paths = new Set<string>(tasks.flatMap((task) => labelFiles(task, split)));
      for (const task of tasks) if (textsRead || task.family.scoresFromMetadata) paths.add(task.metadataFile);
      const hashed: FileHash[] = [];
      for (const path of paths) hashed.push(await files.hash(path, control));
      return { files: hashed, sha256: combinedSha256(hashed) };
    },
  };
}

/**
 * Which papers of each metadata file some tasks need on a split (the reference embeds all): train and the evaluated split
 * for classes, the split's queries and candidates for rankings, the papers of train, val and the split for recommendation.
 * @param tasks by name
 * @throws ScidocsError `BAD_INPUT` for a broken label file, `NOT_FOUND` for an absent one
 */
export async function neededPapers(dataset: Dataset, tasks: readonly string[], split: Split): Promise<NeededPapers[]> {
  const { suite } = dataset;
  return readSuite(
    dataset,
    tasks.map((id) => taskOf(suite, id)),
    split,
  ).needed();
}

/**
 * Gives papers one text for one id. They are kept from planning to scoring, and of a large file most bytes are the ids of citations, each
 * of which stands in many lists.
 */
function idSharing(): (paper: Paper) => Paper {
  const known = new Map<string, string>();
  const shared = (id: string): string => {
    const first = known.get(id);
    if (first === undefined) known.set(id, id);
    return first ?? id;
  };
  return (paper) => ({
    ...paper,
    authors: paper.authors.map(shared),
    citedBy: paper.citedBy.map(shared),
    references: paper.references.map(shared),
  });
}

function remembered<T>(known: Map<Task, Promise<T>>, task: Task, read: () => Promise<T>): Promise<T> {
  const promise = known.get(task) ?? read();
  known.set(task, promise);
  return promise;
}
