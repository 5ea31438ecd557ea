import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, firstFew, ScidocsError } from "../errors.ts";
import { pathError } from "../files/pathError.ts";
import { readTextFile } from "../files/textFile.ts";
import { isPlain, printable } from "../printable.ts";
import {
  allLabelFiles,
  classNamesFile,
  datasetFiles,
  isClassificationTask,
  isRankingTask,
  labelFiles,
  publishedClassNames,
  syntheticFile,
  taskLayout,
} from "./layout.ts";
import { type ClassificationTaskId, type Split, type TaskId, taskIds } from "./types.ts";

/** A SciDocs folder: what it is called and which files it has. Nothing but file names has been read. */
export interface Dataset {
  /** The folder's name, or its parent's where the folder is called `data`. */
  readonly name: string;
  /** Absolute path of the folder that holds the files. */
  readonly folder: string;
  /** Files of the layout that are there, as paths relative to `folder` with `/`. */
  readonly files: ReadonlySet<string>;
  /** True for data made by `scidocs data synth`: scores on it are never comparable with published ones. */
  readonly synthetic: boolean;
  /** Names of the classes in label order; a label past the end has no name. */
  readonly classNames: Readonly<Record<ClassificationTaskId, readonly string[]>>;
}

/**
 * Opens a SciDocs folder, one nested one level down, or a folder with some of the files only; {@link whyNotScorable}
 * then tells what each absent task lacks.
 * @throws ScidocsError `NOT_FOUND` when there is no such folder or no file of the layout in it, `USAGE` when several folders below it qualify
 */
export async function openDataset(folder: string): Promise<Dataset> {
  const given = resolve(folder);
  if ((await kindOf(given)) !== "folder") {
    const hint =
      "give the folder of the SciDocs files; `scidocs data pull` fetches them, `scidocs data synth` makes some";
    throw new ScidocsError("NOT_FOUND", `${folder} is not a folder: ${hint}`);
  }
  const { root, files } = await findRoot(given);
  const folderName = basename(root);
  return {
    name: folderName === "data" ? basename(dirname(root)) || folderName : folderName,
    folder: root,
    files,
    synthetic: (await kindOf(join(root, syntheticFile))) === "file",
    classNames: await readClassNames(join(root, classNamesFile)),
  };
}

/** Why a task cannot be scored on a split from vectors, as a reader should see it; null when it can. */
export function whyNotScorable(dataset: Dataset, task: TaskId, split: Split): string | null {
  const { metadataFile } = taskLayout[task];
  // The recommendation features come from the metadata; the other tasks need nothing but labels and vectors.
  const needed = isRankingTask(task)
    ? labelFiles(task, split)
    : isClassificationTask(task)
      ? allLabelFiles(task)
      : [...allLabelFiles(task), metadataFile];
  return absent(dataset, needed);
}

/** Why the papers of a task and split cannot be embedded, their texts included; null when they can. */
export function whyNotEmbeddable(dataset: Dataset, task: TaskId, split: Split): string | null {
  return whyNotScorable(dataset, task, split) ?? absent(dataset, [taskLayout[task].metadataFile]);
}

/** The tasks that can be scored on a split, in the order of the table. */
export function scorableTasks(dataset: Dataset, split: Split): readonly TaskId[] {
  return taskIds.filter((task) => whyNotScorable(dataset, task, split) === null);
}

function absent(dataset: Dataset, needed: readonly string[]): string | null {
  const missing = needed.filter((file) => !dataset.files.has(file));
  if (missing.length === 0) return null;
  return `${printable(dataset.name)} has no ${firstFew(missing)}`;
}

async function findRoot(given: string): Promise<{ root: string; files: ReadonlySet<string> }> {
  const files = await filesOf(given);
  if (files.size > 0) return { root: given, files };
  const nested: { root: string; files: ReadonlySet<string> }[] = [];
  const entries = await readdir(given, { withFileTypes: true }).catch((error: unknown) => {
    throw pathError(given, error);
  });
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.isFile()) continue;
    const root = join(given, entry.name);
    const found = await filesOf(root);
    if (found.size > 0) nested.push({ root, files: found });
  }
  const [only] = nested;
  if (only === undefined) {
    throw new ScidocsError(
      "NOT_FOUND",
      `${given} holds no SciDocs files: expected some of ${firstFew(datasetFiles, 4)}, here or one folder down`,
    );
  }
  if (nested.length > 1) {
    const names = nested.map(({ root }) => printable(basename(root))).join(", ");
    throw new ScidocsError("USAGE", `${given} holds several SciDocs folders (${names}): name one of them`);
  }
  return only;
}

async function filesOf(root: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const file of datasetFiles) if ((await kindOf(join(root, file))) === "file") found.add(file);
  return found;
}

async function kindOf(path: string): Promise<"file" | "folder" | "other" | null> {
  try {
    const info = await stat(path);
    return info.isFile() ? "file" : info.isDirectory() ? "folder" : "other";
  } catch {
    // A path that may not be entered, is too long or leads in a circle is, for us, not there.
    return null;
  }
}

async function readClassNames(file: string): Promise<Dataset["classNames"]> {
  if ((await kindOf(file)) !== "file") return publishedClassNames;
  let value: unknown;
  try {
    value = JSON.parse(await readTextFile(file));
  } catch (error) {
    if (error instanceof ScidocsError) throw error;
    throw fileError(file, null, `not JSON (${error instanceof Error ? error.message : String(error)})`, error);
  }
  const namesOf = (task: ClassificationTaskId): readonly string[] => {
    const given = typeof value === "object" && value !== null ? Object.entries(value) : [];
    const names: unknown = given.find(([key]) => key === task)?.[1];
    if (names === undefined) return publishedClassNames[task];
    if (Array.isArray(names) && names.every((name) => typeof name === "string" && isPlain(name))) return names;
    throw fileError(file, null, `"${task}" is not a list of names in label order, plain text each`);
  };
  return { mag: namesOf("mag"), mesh: namesOf("mesh") };
}
