import { fieldsOf, forEachPaperEntry, paperTextOf } from "../../datasets/papers.ts";
import { compareUtf8 } from "../../metrics/trecOrder.ts";
import type { RunControl } from "../../progress.ts";

/** Why a paper cannot be part of a triplet. */
export const unfitReasons = {
  notInMetadata: "not in the metadata",
  noTitle: "without a title",
  noPaperId: 'without "paper_id" in its metadata',
} as const;
export type UnfitReason = keyof typeof unfitReasons;

/** Ids as numbers: papers of the metadata come first, in the order of their code points; others follow as they turn up. */
export interface PaperIndex {
  /** Papers in the metadata: the numbers 0 to paperCount - 1. */
  readonly paperCount: number;
  /** Entries of the metadata file, repeated ids included. */
  readonly entries: number;
  /** The id of each number. */
  readonly ids: readonly string[];
  /** The number of an id, a new one for an id not seen before. */
  readonly numberOf: (id: string) => number;
  /** Which entry of the file, from 0, is a paper's: the last of its id, as in Python. */
  readonly entryOf: (paper: number) => number;
  /** Why a triplet with this paper is dropped; null where it is kept. */
  readonly unfit: (paper: number) => UnfitReason | null;
}

/** What is known of a paper in the metadata. */
export interface IndexedPaper {
  readonly entry: number;
  readonly unfit: UnfitReason | null;
}

/**
 * Reads which papers a metadata file has, and whether they have what a triplet needs; texts are not kept. As the
 * reference has it, that is a title that is not empty, and the field `paper_id`.
 * @throws ScidocsError `BAD_INPUT` with file, line and paper, `NOT_FOUND`, `INTERRUPTED`
 */
export async function readPaperIndex(file: string, control: RunControl = {}): Promise<PaperIndex> {
  const papers = new Map<string, IndexedPaper>();
  let entries = 0;
  await forEachPaperEntry(
    file,
    (entry) => {
      const fields = fieldsOf(file, entry);
      const { title } = paperTextOf(file, entry, fields);
      const unfit = title === null || title === "" ? "noTitle" : "paper_id" in fields ? null : "noPaperId";
      papers.set(entry.key, { entry: entries, unfit });
      entries += 1;
    },
    control,
  );
  return paperIndex(papers, entries);
}

/** The index of papers that are known already, by id. */
export function paperIndex(papers: ReadonlyMap<string, IndexedPaper>, entries = papers.size): PaperIndex {
  const ids = [...papers.keys()].sort(compareUtf8);
  const inMetadata = ids.map((id) => papers.get(id)!);
  const numbers = new Map(ids.map((id, number) => [id, number]));
  return {
    paperCount: inMetadata.length,
    entries,
    ids,
    numberOf: (id) => {
      let number = numbers.get(id);
      if (number === undefined) {
        // A copy, since an id cut from a longer text would keep that text in memory.
        const copy = Buffer.from(id, "utf16le").toString("utf16le");
        number = ids.push(copy) - 1;
        numbers.set(copy, number);
      }
      return number;
    },
    entryOf: (paper) => inMetadata[paper]!.entry,
    unfit: (paper) => (paper < inMetadata.length ? inMetadata[paper]!.unfit : "notInMetadata"),
  };
}
