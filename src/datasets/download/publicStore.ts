import { classNamesFile, syntheticFile } from "../dataset.ts";

/** Part of a dataset that can be asked for by name. */
export interface PullPart {
  readonly id: string;
  /** What it is, for help and docs. */
  readonly description: string;
  /** Whether it comes where no part is named. */
  readonly byDefault: boolean;
  /** Whether a file is in it, by its path in the dataset; a file may be in several. */
  readonly holds: (path: string) => boolean;
}

/** Where a suite's data can be had. */
export interface PublicStore {
  /** The bucket's URL: objects at URL/KEY, the listing at URL/?list-type=2&prefix=… */
  readonly bucketUrl: string;
  /** What every key begins with. */
  readonly prefix: string;
  readonly parts: readonly PullPart[];
}

/**
 * The parts a file belongs to, by its path in the dataset. The two small files that say what the data is come with any
 * part. A file in none (a licence, a README) comes with the default selection only.
 */
export function partsOf({ parts }: Pick<PublicStore, "parts">, path: string): readonly PullPart[] {
  return path === classNamesFile || path === syntheticFile ? parts : parts.filter(({ holds }) => holds(path));
}

/** Whether a file is wanted: in one of the parts of `only`; without `only`, in one that comes by default, or in none. */
export function isWanted(store: Pick<PublicStore, "parts">, path: string, only: ReadonlySet<string> | null): boolean {
  const parts = partsOf(store, path);
  return only === null
    ? parts.length === 0 || parts.some(({ byDefault }) => byDefault)
    : parts.some(({ id }) => only.has(id));
}
