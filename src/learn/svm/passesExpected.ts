import { maxEpochs } from "./linearSvm.ts";

/** Passes over its rows that a binary problem takes, however small its C. */
const fewestPasses = 8;

/** Passes to expect at a C before any problem has been solved: from C = 0.1 on, vectors of real encoders take the solver to its limit. */
function passesUnseen(C: number): number {
  return Math.min(maxEpochs, 10 + 13_000 * C);
}

/** Passes over their rows that solved problems took, by C. */
export interface SolvedPasses {
  /** So many visits of so many rows solved a problem, or several. */
  saw(C: number, visits: number, rows: number): void;
  /** Mean passes by C. */
  means(): ReadonlyMap<number, number>;
}

/** Opens an account of passes, without any. */
export function solvedPasses(): SolvedPasses {
  const sums = new Map<number, { visits: number; rows: number }>();
  return {
    saw: (C, visits, rows) => {
      const sum = sums.get(C) ?? { visits: 0, rows: 0 };
      sums.set(C, { visits: sum.visits + visits, rows: sum.rows + rows });
    },
    means: () => new Map(Array.from(sums, ([C, { visits, rows }]) => [C, visits / rows])),
  };
}

/**
 * Passes to expect at a C from those seen at others, exact where that C is among them: from the nearest smaller one, else from the nearest
 * larger one. Beside the fewest they grow as C does. Seen: 8, 8, 7, 14, 78 and 443 from 0.001 to 100 for vectors of length 1; 21, 144 and
 * 1,000, the limit, from 0.001 on for longer ones.
 * @param seen mean passes by C
 */
export function passesExpected(seen: ReadonlyMap<number, number>, C: number): number {
  const smaller = [...seen.keys()].filter((each) => each <= C);
  const nearest = smaller.length > 0 ? Math.max(...smaller) : Math.min(...seen.keys());
  const passes = seen.get(nearest);
  if (passes === undefined) return passesUnseen(C);
  if (nearest === C) return passes;
  return Math.min(maxEpochs, fewestPasses + (Math.max(0, passes - fewestPasses) * C) / nearest);
}
