import { join } from "node:path";
import { readClassification } from "./classification.ts";
import { idsOfClick, readClicks } from "./clicks.ts";
import type { Dataset } from "./dataset.ts";
import { isClassificationTask, isRankingTask, metadataFiles, taskLayout } from "./layout.ts";
import { readQrel } from "./qrel.ts";
import type { Split, TaskId } from "./types.ts";

/** The papers of one metadata file that some tasks need. */
export interface NeededPapers {
  /** Absolute path of the metadata file. */
  readonly file: string;
  /** Its name in the layout, such as `paper_metadata_recomm.json`. */
  readonly name: string;
  /** The tasks that need them. */
  readonly tasks: readonly TaskId[];
  /** Ids in order of first mention by the label files. */
  readonly ids: ReadonlySet<string>;
}

/**
 * Which papers of each metadata file the tasks need on a split (the reference embeds all): train and the evaluated split
 * for classes, the split's queries and candidates for rankings, the papers of train, val and the split for recommendation.
 * @throws ScidocsError `BAD_INPUT` for a broken label file, `NOT_FOUND` for an absent one
 */
export async function neededPapers(dataset: Dataset, tasks: readonly TaskId[], split: Split): Promise<NeededPapers[]> {
  const needed: NeededPapers[] = [];
  for (const name of metadataFiles) {
    const users = tasks.filter((task) => taskLayout[task].metadataFile === name);
    if (users.length === 0) continue;
    const ids = new Set<string>();
    for (const task of users) for (const id of await papersOfTask(dataset, task, split)) ids.add(id);
    needed.push({ file: join(dataset.folder, name), name, tasks: users, ids });
  }
  return needed;
}

/**
 * The papers that one task needs on a split, in order of first mention.
 * @throws ScidocsError as {@link neededPapers}
 */
export async function papersOfTask(dataset: Dataset, task: TaskId, split: Split): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const add = (more: Iterable<string>): void => {
    for (const id of more) ids.add(id);
  };
  if (isClassificationTask(task)) {
    const data = await readClassification(dataset, task);
    add(data.train.paperIds);
    add(data[split].paperIds);
  } else if (isRankingTask(task)) {
    for (const query of (await readQrel(dataset, task, split)).queries) {
      ids.add(query.queryId);
      add(query.candidateIds);
    }
  } else {
    for (const part of new Set(["train", "val", split] as const)) {
      for (const click of await readClicks(dataset, part)) add(idsOfClick(click));
    }
  }
  return ids;
}
