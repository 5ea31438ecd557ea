/** What a thread that reads JSON lines is given. */
export interface JsonLinesJob {
  readonly path: string;
  /** Bytes in the file. */
  readonly size: number;
  readonly chunkBytes: number;
  readonly chunks: number;
  readonly dimensions: number;
  /** Whether rows are float64; else float32, and a number that does not survive it stops the reading. */
  readonly wide: boolean;
  readonly needed: ReadonlySet<string> | null;
  /** Where the rows go. */
  readonly block: SharedArrayBuffer;
  /** State of the {@link chunkChain}. */
  readonly control: SharedArrayBuffer;
}

/** What a thread reports. Of `problem` and `wide` only one comes, once, from the first place in the file that has cause. */
export type JsonLinesReport =
  | {
      readonly kind: "chunk";
      readonly index: number;
      readonly ids: string[];
      readonly emptyAt: number[];
      readonly unneeded: number;
    }
  /** A line (from 0) that cannot be used. */
  | { readonly kind: "problem"; readonly line: number; readonly text: string }
  /** A number does not survive as float32. */
  | { readonly kind: "wide" };

/** Rows and lines of all chunks before a place. */
export interface ChunkEnds {
  readonly rows: number;
  readonly lines: number;
}

/** Order among threads: who takes which chunk, and where each chunk's rows and lines begin. */
export interface ChunkChain {
  /** The next chunk to read. */
  readonly take: () => number;
  /** Waits until the chunks before this one are settled; null when one of them stopped the reading. */
  readonly wait: (index: number) => ChunkEnds | null;
  /** Settles a chunk; null stops the reading for all that follow. */
  readonly publish: (index: number, ends: ChunkEnds | null) => void;
  /** Whether the reading was stopped at some chunk, so that those which nobody has taken are of no use. */
  readonly isOver: () => boolean;
}

const pending = 0;
const settled = 1;
const stopped = 2;

/** Shared state for so many chunks. */
export function chunkControl(chunks: number): SharedArrayBuffer {
  const control = new SharedArrayBuffer((2 + 3 * (chunks + 1)) * 4);
  // Nothing precedes the first chunk.
  new Int32Array(control)[2] = settled;
  return control;
}

/** A thread's hold on the shared state. */
export function chunkChain(control: SharedArrayBuffer): ChunkChain {
  const words = new Int32Array(control);
  // Word 0 counts the chunks taken, word 1 says whether one of them stopped the reading; then three words a chunk: whether all before it are settled, and how many rows and
  // lines they have.
  const at = (index: number) => 2 + 3 * index;
  return {
    take: () => Atomics.add(words, 0, 1),
    wait: (index) => {
      Atomics.wait(words, at(index), pending);
      if (Atomics.load(words, at(index)) === stopped) return null;
      return { rows: words[at(index) + 1] ?? 0, lines: words[at(index) + 2] ?? 0 };
    },
    publish: (index, ends) => {
      const next = at(index + 1);
      words[next + 1] = ends?.rows ?? 0;
      words[next + 2] = ends?.lines ?? 0;
      if (ends === null) Atomics.store(words, 1, 1);
      Atomics.store(words, next, ends === null ? stopped : settled);
      Atomics.notify(words, next);
    },
    isOver: () => Atomics.load(words, 1) === 1,
  };
}
