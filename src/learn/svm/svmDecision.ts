import { type FitReport, maxEpochs } from "./linearSvm.ts";
import { decisionMargin, type RankedC } from "./svmRanking.ts";

/** How a C stands against the one that leads. */
export interface Standing {
  readonly C: number;
  /** The highest accuracy that the reference path is taken to be able to reach with this C. */
  readonly ceiling: number;
  /** How far that lies below the lowest accuracy that the leader is taken to have; where it is not positive the reference path must decide. */
  readonly clearance: number;
}

/** How far the reference converges, as Cs: read off how many epochs the leader's refit took. */
export interface Reach {
  /**
   * Up to this C the reference is counted on to converge. A fit at ten times the C was seen to take 11 times the epochs at most
   * (docs/performance.md); a third is left to spare.
   */
  readonly converged: number;
  /**
   * A fit that stops at its limit of epochs acts like one of a smaller C, but of none below this. The tolerance of 0.001 takes some seven
   * time constants of the descent; a fit of five times the C that just converges has passed its first.
   */
  readonly actsLike: number;
}

/** The reach that a refit shows; null where it did not converge itself. */
export function reachOf(C: number, { epochs, converged }: Pick<FitReport, "epochs" | "converged">): Reach | null {
  if (converged.includes(0)) return null;
  const just = (C * maxEpochs) / Math.max(1, ...epochs);
  return { converged: Math.max(C, just / 1.5), actsLike: 5 * just };
}

/** The reach before anything is known of it: as if everything converged. */
export const unlimitedReach: Reach = { converged: Number.POSITIVE_INFINITY, actsLike: Number.POSITIVE_INFINITY };

/**
 * How every other C stands against the leader.
 *
 * Where both converge, a held-out row's prediction can differ from the optimum's only where its lead is tiny. Where the reference stops short,
 * its accuracy is taken to be no higher than the best between the C that it acts like at least and its own, and half a point. Where not even the
 * leader converges, the half-way rule of {@link RankedC.optimistic} stands in, and half a point.
 * @param exact accuracies that the reference path has given, by C: a larger C acts like no smaller one than these
 */
export function standings(
  ranked: readonly RankedC[],
  leader: RankedC,
  reach: Reach | null,
  exact: ReadonlyMap<number, number> = new Map(),
): Standing[] {
  const floor = exact.get(leader.C) ?? (reach === null ? leader.accuracy : leader.bracket.lowest);
  return ranked
    .filter((each) => each !== leader)
    .map((each) => {
      const ceiling = exact.get(each.C) ?? ceilingOf(each, ranked, reach, exact);
      return { C: each.C, ceiling, clearance: floor - ceiling };
    });
}

function ceilingOf(
  each: RankedC,
  ranked: readonly RankedC[],
  reach: Reach | null,
  exact: ReadonlyMap<number, number>,
): number {
  if (each.state === "open") return 1;
  if (reach === null) return each.optimistic + decisionMargin;
  if (each.C <= reach.converged) return each.state === "optimum" ? each.bracket.highest : each.optimistic;
  const known = [...exact.keys()].filter((C) => C < each.C && C > reach.converged);
  const from = Math.min(each.C, Math.max(reach.actsLike, ...known));
  const between = ranked.filter(({ C }) => C > from && C <= each.C).map(({ optimistic }) => optimistic);
  return Math.max(exact.get(from) ?? accuracyAt(from, ranked), ...between) + decisionMargin;
}

/** The accuracy at a C between those of the grid, on a straight line over the logarithm of C. */
function accuracyAt(C: number, ranked: readonly RankedC[]): number {
  const above = ranked.findIndex((each) => each.C >= C);
  if (above < 0) return ranked.at(-1)!.optimistic;
  const upper = ranked[above]!;
  const lower = ranked[above - 1] ?? upper;
  if (lower === upper) return upper.optimistic;
  const share = Math.log(C / lower.C) / Math.log(upper.C / lower.C);
  return lower.optimistic + share * (upper.optimistic - lower.optimistic);
}
