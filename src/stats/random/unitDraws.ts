/** The units of a resampling (queries, papers) and what one draw does with each. */
export interface UnitDraws {
  /** How often each unit occurs in draw `r` of the bootstrap: Poisson numbers with mean 1. */
  readonly counts: (r: number, into: Uint8Array) => void;
  /** +1 or -1 a unit, by fair coins: whether draw `r` leaves A and B as they are on it or exchanges them. */
  readonly signs: (r: number, into: Int8Array) => void;
}

/** Two 32-bit words of a text (FNV's way of taking it in, a mixing step at the end). */
function wordsOf(text: string): [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  return [mixed(a), mixed(b ^ text.length)];
}

/** The finaliser of splitmix32: every input bit moves every output bit. */
function mixed(word: number): number {
  let w = word ^ (word >>> 16);
  w = Math.imul(w, 0x21f0aaad);
  w ^= w >>> 15;
  w = Math.imul(w, 0x735a2d97);
  return w ^ (w >>> 15);
}

let poissonKept: Uint8Array | null = null;

/** Poisson counts (mean 1) by 16 random bits: entry u is the count whose cumulative probability first exceeds u / 65,536. */
function poissonCounts(): Uint8Array {
  if (poissonKept !== null) return poissonKept;
  const table = new Uint8Array(65_536);
  let count = 0;
  let probability = Math.exp(-1);
  let cumulative = probability;
  for (let u = 0; u < table.length; u++) {
    while ((u + 0.5) / table.length > cumulative) {
      count++;
      probability /= count;
      cumulative += probability;
    }
    table[u] = count;
  }
  poissonKept = table;
  return table;
}

/**
 * Draws that belong to the units' ids and not to their places: a query that occurs in two tasks is drawn as often in both, a
 * task's draws stay as they are when another is added, and the order of the ids is of no account.
 * @param ids distinct ids, in the order in which draws are written
 */
export function unitDraws(ids: readonly string[], seed: number): UnitDraws {
  const first = new Int32Array(ids.length);
  const second = new Int32Array(ids.length);
  for (const [unit, id] of ids.entries()) {
    const [a, b] = wordsOf(id);
    first[unit] = mixed(a ^ Math.imul(seed, 0x9e3779b9));
    second[unit] = mixed(b + Math.imul(seed, 0x85ebca6b));
  }
  const poissonOf = poissonCounts();
  const words = new Int32Array(ids.length);
  let wordsFor = -1;
  /** 32 random bits a unit for one block of draws; the two kinds of draw take blocks of their own. */
  const fill = (block: number): void => {
    if (block === wordsFor) return;
    wordsFor = block;
    const step = Math.imul(block + 1, 0x9e3779b9);
    for (let unit = 0; unit < words.length; unit++) words[unit] = mixed(mixed(first[unit]! + step) ^ second[unit]!);
  };
  const counts = (r: number, into: Uint8Array): void => {
    fill(2 * (r >>> 1));
    const shift = (r & 1) << 4;
    for (let unit = 0; unit < words.length; unit++) into[unit] = poissonOf[(words[unit]! >>> shift) & 0xffff]!;
  };
  const signs = (r: number, into: Int8Array): void => {
    fill(2 * (r >>> 5) + 1);
    const shift = r & 31;
    for (let unit = 0; unit < words.length; unit++) into[unit] = 1 - (((words[unit]! >>> shift) & 1) << 1);
  };
  return { counts, signs };
}
