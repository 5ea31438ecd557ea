import type { JsonEntry } from "../../datasets/jsonEntries.ts";
import { forEachPaperEntry, paperOf } from "../../datasets/papers.ts";
import { fileError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { RunControl } from "../../progress.ts";

/** Papers of metadata files as numbers, and which of them cites which. */
export interface Citations {
  /** Ids by number, those that are cited only among them. */
  readonly ids: readonly string[];
  /** Which entry of the files, from 0, is a paper's; -1 for ids that are no usable paper: not in the files, or without a title. */
  readonly entry: Int32Array;
  /** What a paper cites, each once, in the order of the files: its references, then what says to be cited by it. */
  readonly cites: (paper: number) => Int32Array;
  readonly counts: CitationCounts;
}

/** What was read and what was left out. */
export interface CitationCounts {
  /** Papers in the files, each id once. */
  readonly papers: number;
  /** Entries of papers that have another one: the last has the text, and the citations of all count. */
  readonly repeated: number;
  /** Papers left out since the exclusion names them. */
  readonly excluded: number;
  /** Papers left out since no triplet may have them. */
  readonly withoutTitle: number;
  /** Citations between papers that are not excluded, each once. */
  readonly citations: number;
}

/** Numbers that grow. */
function growingList(): { readonly push: (value: number) => void; readonly values: () => Int32Array } {
  let block = new Int32Array(1024);
  let length = 0;
  return {
    push: (value) => {
      if (length === block.length) {
        const larger = new Int32Array(2 * length);
        larger.set(block);
        block = larger;
      }
      block[length] = value;
      length += 1;
    },
    values: () => block.subarray(0, length),
  };
}

/**
 * Reads who cites whom from the lists `references` and `cited_by` of metadata files; a citation that both papers tell
 * of is one. Texts are not kept.
 * @param excluded ids that are to leave no trace: neither they nor their citations are read
 * @throws ScidocsError `BAD_INPUT` with file, line and paper, `NOT_FOUND`, `INTERRUPTED`
 */
export async function readCitations(
  files: readonly string[],
  excluded: ReadonlySet<string>,
  control: RunControl = {},
): Promise<Citations> {
  const numbers = new Map<string, number>();
  const ids: string[] = [];
  const entries = growingList();
  const [from, to] = [growingList(), growingList()];
  const excludedHere = new Set<string>();
  const numberOf = (id: string): number => {
    let number = numbers.get(id);
    if (number === undefined) {
      number = ids.push(id) - 1;
      numbers.set(id, number);
      entries.push(-1);
    }
    return number;
  };
  const link = (citing: number, cited: number): void => {
    if (citing === cited) return;
    from.push(citing);
    to.push(cited);
  };
  const untitled = new Set<number>();
  const inFiles = new Set<number>();
  let [position, repeated] = [0, 0];
  const take = (file: string, entry: JsonEntry): void => {
    const at = position++;
    if (excluded.has(entry.key)) {
      if (excludedHere.has(entry.key)) repeated += 1;
      excludedHere.add(entry.key);
      return;
    }
    const { title, references, citedBy } = paperOf(file, entry);
    const paper = numberOf(entry.key);
    if (inFiles.has(paper)) repeated += 1;
    inFiles.add(paper);
    const usable = title !== null && title !== "";
    if (usable) requireListable(file, entry);
    entries.values()[paper] = usable ? at : -1;
    if (usable) untitled.delete(paper);
    else untitled.add(paper);
    for (const id of references) if (!excluded.has(id)) link(paper, numberOf(id));
    for (const id of citedBy) if (!excluded.has(id)) link(numberOf(id), paper);
  };
  for (const file of files) await forEachPaperEntry(file, (entry) => take(file, entry), control);
  const { starts, targets } = adjacency(ids.length, from.values(), to.values());
  return {
    ids,
    entry: entries.values(),
    cites: (paper) => targets.subarray(starts[paper], starts[paper + 1]),
    counts: {
      papers: inFiles.size + excludedHere.size,
      repeated,
      excluded: excludedHere.size,
      withoutTitle: untitled.size,
      citations: targets.length,
    },
  };
}

/** Lists of queries have an id a line, and blanks around it are no part of it. */
function requireListable(file: string, { key, line }: JsonEntry): void {
  if (key === key.trim() && !/[\r\n\p{Cs}]/u.test(key)) return;
  throw fileError(
    file,
    line,
    `the id ${printable(JSON.stringify(key))} has a line break, blanks around it, or half a character: it cannot stand in a list of queries, an id a line`,
  );
}

/** Edges by their start in one block, each once, in the order in which they were first told. */
function adjacency(nodes: number, from: Int32Array, to: Int32Array): { starts: Int32Array; targets: Int32Array } {
  const counted = new Int32Array(nodes + 1);
  for (const node of from) counted[node + 1]! += 1;
  for (let node = 0; node < nodes; node++) counted[node + 1]! += counted[node]!;
  const sorted = new Int32Array(to.length);
  const next = counted.slice();
  for (const [edge, node] of from.entries()) sorted[next[node]!++] = to[edge]!;
  const starts = new Int32Array(nodes + 1);
  const lastSeenBy = new Int32Array(nodes).fill(-1);
  let length = 0;
  for (let node = 0; node < nodes; node++) {
    starts[node] = length;
    for (let at = counted[node]!; at < counted[node + 1]!; at++) {
      const target = sorted[at]!;
      if (lastSeenBy[target] === node) continue;
      lastSeenBy[target] = node;
      // Never ahead of what is still to be read: the block is squeezed in place.
      sorted[length] = target;
      length += 1;
    }
  }
  starts[nodes] = length;
  return { starts, targets: sorted.subarray(0, length) };
}
