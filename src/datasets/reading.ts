import { join } from "node:path";
import { type FileHash, hashFile } from "../files/hashFiles.ts";
import { readHashedText } from "../files/textFile.ts";
import type { RunControl } from "../progress.ts";
import type { JsonEntry } from "./jsonEntries.ts";
import { readNeededEntries } from "./papers.ts";

/** Reads the files of a dataset, each once, and hashes them on the way. What label files hold is kept for who asks next. */
export interface DatasetReading {
  /**
   * What a label file holds; the first call for a path reads it, and its `parse` is the one for all.
   * @throws ScidocsError as `parse` does, or `NOT_FOUND`, `BAD_INPUT`
   */
  readonly labels: <T>(path: string, parse: (text: string, file: string) => T) => Promise<T>;
  /**
   * Goes through a metadata file and calls back for the entries of some papers, in file order; an entry's bytes are valid
   * during the call only. Where a paper occurs twice, the last one counts, as in the reference.
   * @throws ScidocsError `BAD_INPUT` with file, line and byte, `NOT_FOUND`, `INTERRUPTED`
   */
  readonly papers: (
    path: string,
    needed: ReadonlySet<string>,
    take: (file: string, entry: JsonEntry) => void,
    control?: RunControl,
  ) => Promise<void>;
  /** Size and SHA-256 of a file as it was read; one that was not is read for it. */
  readonly hash: (path: string, control?: RunControl) => Promise<FileHash>;
}

/** @param folder of the dataset; paths are relative to it, with `/` */
export function openReading(folder: string): DatasetReading {
  const labels = new Map<string, Promise<unknown>>();
  const hashes = new Map<string, FileHash>();
  const readLabels = async (path: string, parse: (text: string, file: string) => unknown): Promise<unknown> => {
    const file = join(folder, path);
    const { text, bytes, sha256 } = await readHashedText(file);
    hashes.set(path, { path, bytes, sha256 });
    return parse(text, file);
  };
  return {
    labels: <T>(path: string, parse: (text: string, file: string) => T): Promise<T> => {
      const read = labels.get(path) ?? readLabels(path, parse);
      labels.set(path, read);
      // One path is one form of file, whoever asks for it.
      return read as Promise<T>;
    },
    papers: async (path, needed, take, control = {}) => {
      hashes.set(path, { path, ...(await readNeededEntries(join(folder, path), needed, take, control)) });
    },
    hash: async (path, control = {}) => {
      const known = hashes.get(path) ?? { path, ...(await hashFile(join(folder, path), control)) };
      hashes.set(path, known);
      return known;
    },
  };
}
