import type { PairedTask } from "./pairing.ts";

/** A query or click on which two runs differ. */
export interface Mover {
  readonly paperId: string;
  /** The clicked paper; null outside the recommendation task. */
  readonly clickedId: string | null;
  /** Title of the query's paper, where texts were read. */
  readonly title: string | null;
  /** Value under A and B in the task's first metric, in [0, 1]. */
  readonly a: number;
  readonly b: number;
}

/** Per task, what moved most: up where B is better, down where A is. */
export type Movers = Record<string, { readonly up: readonly Mover[]; readonly down: readonly Mover[] }>;

/**
 * The items that moved most in a task's first metric, each way, the largest first, equal ones in data order.
 * @param count how many each way
 */
export function moversOf(paired: PairedTask, count: number): { up: Mover[]; down: Mover[] } {
  const values = paired.values[0];
  if (values === undefined) return { up: [], down: [] };
  const movers = paired.items.map((item, index) => ({
    ...item,
    title: null,
    a: values.a[index]!,
    b: values.b[index]!,
  }));
  const largest = (sign: number): Mover[] =>
    movers
      .filter((mover) => sign * (mover.b - mover.a) > 0)
      .sort((x, y) => sign * (y.b - y.a - (x.b - x.a)))
      .slice(0, count);
  return { up: largest(1), down: largest(-1) };
}

/** The movers of all tasks in one list, the largest first. */
export function largestMovers(
  movers: Movers,
  way: "up" | "down",
  count: number,
): (Mover & { readonly task: string })[] {
  return Object.entries(movers)
    .flatMap(([task, ways]) => ways[way].map((mover) => ({ ...mover, task })))
    .sort((x, y) => Math.abs(y.b - y.a) - Math.abs(x.b - x.a))
    .slice(0, count);
}

/** The papers whose titles a reader of the movers would want. */
export function moverIds(movers: Movers): Set<string> {
  return new Set(Object.values(movers).flatMap(({ up, down }) => [...up, ...down].map((mover) => mover.paperId)));
}

/** The same movers with the titles that are known. */
export function withTitles(movers: Movers, titleOf: (id: string) => string | null): Movers {
  const titled = (list: readonly Mover[]): Mover[] =>
    list.map((mover) => ({ ...mover, title: titleOf(mover.paperId) ?? mover.title }));
  return Object.fromEntries(
    Object.entries(movers).map(([task, { up, down }]) => [task, { up: titled(up), down: titled(down) }]),
  );
}
