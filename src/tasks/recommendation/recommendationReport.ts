import { ndcgOfClick } from "../../metrics/propensity.ts";
import type { CurvePoint, FamilyReport } from "../familyReport.ts";
import { scoreText } from "../scoreText.ts";
import { movedClicks } from "./movedClicks.ts";
import type { RecommendationResult } from "./recommendationResult.ts";

/** nDCG by the displayed position of the clicked paper, over clicks and seeds (x100). */
function clickPoints(results: readonly RecommendationResult[]): CurvePoint[] {
  const byPosition = new Map<number, { count: number; sum: number }>();
  for (const { rows } of results) {
    const seeds = rows.rankedAbove;
    for (const [click, position] of rows.clickedPosition.entries()) {
      const point = byPosition.get(position) ?? { count: 0, sum: 0 };
      const gain = seeds.reduce((sum, above) => sum + ndcgOfClick(above[click]!), 0);
      point.count++;
      point.sum += gain / Math.max(1, seeds.length);
      byPosition.set(position, point);
    }
  }
  return [...byPosition].sort(([x], [y]) => x - y).map(([x, { count, sum }]) => ({ x, count, y: (100 * sum) / count }));
}

/** Recommendation results for readers: what they have to be held against, and how clicks far down the page are ranked. */
export const recommendationReport: FamilyReport<unknown, RecommendationResult> = {
  notes: (tasks) =>
    tasks.flatMap(({ task, result }) => {
      if (result === null) return [];
      const { displayedOrder, untrained } = result.baselines;
      const both = (scores: { ndcg: number; precisionAt1: number }): string =>
        `${scoreText(100 * scores.ndcg)} and ${scoreText(100 * scores.precisionAt1)}`;
      return [
        `${task.id} nDCG and P@1 are means over ${result.seeds.length} seeds; papers in displayed order reach ${both(displayedOrder)}, the network before training ${both(untrained)}.`,
      ];
    }),
  onlyOff: "the reference trains one network without a fixed seed, and other seeds move it by a point or two",
  sections: (tasks, results) => {
    const curves = results.map((of) => clickPoints(of.filter((result) => result !== null)));
    if (curves.every((points) => points.length === 0)) return [];
    const byPosition = {
      form: "curves",
      id: "clicks",
      name: "Clicks",
      title: "Recommendation: clicks by position",
      caption:
        "Unweighted mean over clicks and seeds. A model that only repeats the displayed order falls off to the right.",
      xName: "displayed position of the clicked paper",
      yName: "mean nDCG x100",
      xHead: "Position",
      countHead: "Clicks",
      spoken: "nDCG by displayed position of the clicked paper",
      curves,
    } as const;
    const moved = movedClicks(tasks, results);
    return moved === null ? [byPosition] : [byPosition, moved];
  },
};

/** What a reader of a `val` score must know. */
export function validationNote(task: string): string {
  return `${task}: the epoch is chosen on val and val is scored, so these values flatter the model; the reference has no val mode for this task`;
}
