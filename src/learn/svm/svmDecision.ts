import { type FitReport, maxEpochs } from "./linearSvm.ts";
import { decisionMargin, type RankedC } from "./svmRanking.ts";

/** How a C stands against the one that leads. */
export interface Standing {
  readonly C: number;
  /** The highest accuracy that the reference path is taken to be able to reach with this C. */
  readonly ceiling: number;
  /** How far the ceiling lies below the lowest accuracy that the leader is taken to have; where it is not positive the reference path must decide. */
  readonly clearance: number;
}

/**
 * Share of the C up to which the reference should still converge that is counted on. A fit at ten times the C was seen to take 11 times the
 * epochs at most (docs/performance.md).
 */
const limitShare = 1 / 1.5;

/**
 * The largest C with which the reference is counted on to converge: its epochs grow in proportion to C at most. Null where the leader's own
 * refit did not converge.
 */
export function convergenceLimit(
  leader: RankedC,
  { epochs, converged }: Pick<FitReport, "epochs" | "converged">,
): number | null {
  if (converged.includes(0)) return null;
  return Math.max(leader.C, (limitShare * leader.C * maxEpochs) / Math.max(1, ...epochs));
}

/**
 * How every other C stands against the leader.
 *
 * Up to the limit both converge, and a held-out row's prediction can differ from the optimum's only where its lead is tiny. Beyond, the
 * reference stops at its limit of epochs, which acts like a smaller C, though none below the limit: its accuracy is taken to be no higher than the best
 * between the limit and C, and half a point. Where not even the leader converges, the half-way rule of {@link RankedC.optimistic} stands in, and half a point.
 * @param limit from {@link convergenceLimit}
 */
export function standings(ranked: readonly RankedC[], leader: RankedC, limit: number | null): Standing[] {
  const floor = limit === null ? leader.accuracy : leader.bracket.lowest;
  return ranked
    .filter((each) => each !== leader)
    .map((each) => {
      const ceiling = ceilingOf(each, ranked, limit);
      return { C: each.C, ceiling, clearance: floor - ceiling };
    });
}

function ceilingOf(each: RankedC, ranked: readonly RankedC[], limit: number | null): number {
  if (each.state === "open") return 1;
  if (limit === null) return each.optimistic + decisionMargin;
  if (each.C <= limit) return each.state === "optimum" ? each.bracket.highest : each.optimistic;
  const between = ranked.filter(({ C }) => C > limit && C <= each.C).map(({ optimistic }) => optimistic);
  return Math.max(accuracyAt(limit, ranked), ...between) + decisionMargin;
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
