import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, firstFew, ScidocsError } from "../errors.ts";
import { isOptionalThere, statsIfThere } from "../files/isThere.ts";
import { readJsonFile } from "../files/jsonFile.ts";
import { pathError } from "../files/pathError.ts";
import { isPlain, printable } from "../printable.ts";

/** Optional: `{"TASK": ["name of label 0", …]}`, for data whose classes are not the published ones. */
export const classNamesFile = "class-names.json";

/** Written by what makes up data; its presence marks the data as synthetic. */
export const syntheticFile = "synthetic.json";

/** Left in its folder by a pull, whose files it remembers. */
export const pullJournalFile = ".scidocs-pull.json";

/** What a suite's folder has in it. */
export interface DatasetLayout {
  /** The suite's name for readers. */
  readonly label: string;
  /** The metadata files in the order in which a paper's text is looked for, relative to the folder. */
  readonly metadataFiles: readonly string[];
  /** Every file, optional ones apart, in the order in which a reader should see them. */
  readonly files: readonly string[];
  /** The published names of the classes in label order, by task. */
  readonly classNames: ClassNames;
  /** Bytes of published files by path, as far as they are known. */
  readonly knownBytes: Readonly<Record<string, number>>;
  /** Where to get the data, for the message that it is not there. */
  readonly hint: string;
}

type ClassNames = Readonly<Record<string, readonly string[]>>;

/** A dataset's folder: what it is called and which files it has. Nothing but file names has been read. */
export interface DataFolder {
  /** The folder's name; where it is called `data`, what is in it, or else its parent's name. */
  readonly name: string;
  /** Absolute path of the folder that holds the files. */
  readonly folder: string;
  /** Files of the layout that are there, as paths relative to `folder` with `/`. */
  readonly files: ReadonlySet<string>;
  /** Metadata files of the layout, whether they are there or not. */
  readonly metadataFiles: readonly string[];
  /** True for made-up data: scores on it are never comparable with published ones. */
  readonly synthetic: boolean;
  /** Names of the classes in label order, by task; a label past the end has no name. */
  readonly classNames: ClassNames;
}

/**
 * Opens a folder of some layout, one nested one level down, or a folder with some of the files only.
 * @throws ScidocsError `NOT_FOUND` when there is no such folder or no file of the layout in it, `USAGE` when several folders below it qualify
 */
export async function openFolder(folder: string, layout: DatasetLayout): Promise<DataFolder> {
  const given = resolve(folder);
  if ((await kindOf(given)) !== "folder") {
    const hint = `give the folder of the ${layout.label} files; ${layout.hint}`;
    throw new ScidocsError("NOT_FOUND", `${folder} is not a folder: ${hint}`);
  }
  const { root, files } = await findRoot(given, layout);
  return {
    name: await nameOf(root, layout),
    folder: root,
    files,
    metadataFiles: layout.metadataFiles,
    synthetic: isOptionalThere(join(root, syntheticFile)),
    classNames: await readClassNames(join(root, classNamesFile), layout.classNames),
  };
}

/** A folder's own name; one that is called `data` goes by what is in it, or by the folder that holds it. */
async function nameOf(root: string, layout: DatasetLayout): Promise<string> {
  const name = basename(root);
  if (name !== "data") return name;
  const isPulled = (await kindOf(join(root, pullJournalFile))) === "file";
  if (isPulled || (await hasKnownSizes(root, layout))) return layout.label.toLowerCase();
  return basename(dirname(root)) || name;
}

/** Whether files of the published data, byte for byte in size, are among those of a folder, and none is of another size. */
async function hasKnownSizes(root: string, { knownBytes }: DatasetLayout): Promise<boolean> {
  let same = 0;
  for (const [path, bytes] of Object.entries(knownBytes)) {
    const info = await statsIfThere(join(root, path));
    if (info === null) continue;
    if (info.size !== bytes) return false;
    same += 1;
  }
  return same > 0;
}

async function findRoot(given: string, layout: DatasetLayout): Promise<{ root: string; files: ReadonlySet<string> }> {
  const files = await filesOf(given, layout);
  if (files.size > 0) return { root: given, files };
  const nested: { root: string; files: ReadonlySet<string> }[] = [];
  const entries = await readdir(given, { withFileTypes: true }).catch((error: unknown) => {
    throw pathError(given, error);
  });
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.isFile()) continue;
    const root = join(given, entry.name);
    // Others' folders, which may not be entered, are none of ours.
    const found = await filesOf(root, layout).catch(() => new Set<string>());
    if (found.size > 0) nested.push({ root, files: found });
  }
  const [only] = nested;
  if (only === undefined) {
    throw new ScidocsError(
      "NOT_FOUND",
      `${given} holds no ${layout.label} files: expected some of ${firstFew(layout.files, 4)}, here or one folder down`,
    );
  }
  if (nested.length > 1) {
    const names = nested.map(({ root }) => printable(basename(root))).join(", ");
    throw new ScidocsError("USAGE", `${given} holds several ${layout.label} folders (${names}): name one of them`);
  }
  return only;
}

async function filesOf(root: string, layout: DatasetLayout): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const file of layout.files) if ((await kindOf(join(root, file))) === "file") found.add(file);
  return found;
}

async function kindOf(path: string): Promise<"file" | "folder" | "other" | null> {
  const info = await statsIfThere(path);
  if (info === null) return null;
  return info.isFile() ? "file" : info.isDirectory() ? "folder" : "other";
}

async function readClassNames(file: string, published: ClassNames): Promise<ClassNames> {
  if (!isOptionalThere(file)) return published;
  const value = await readJsonFile(file);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fileError(file, null, 'should hold an object: {"TASK": ["name of label 0", …]}');
  }
  const namesOf = (task: string, otherwise: readonly string[]): readonly string[] => {
    const names: unknown = Object.entries(value).find(([key]) => key === task)?.[1];
    if (names === undefined) return otherwise;
    if (Array.isArray(names) && names.every((name) => typeof name === "string" && isPlain(name))) return names;
    throw fileError(file, null, `"${task}" is not a list of names in label order, plain text each`);
  };
  return Object.fromEntries(Object.entries(published).map(([task, names]) => [task, namesOf(task, names)]));
}
