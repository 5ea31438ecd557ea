import { ndcgOfClick } from "../../metrics/propensity.ts";
import { againstFirst, type ItemGroup } from "../againstFirst.ts";
import type { ItemSection } from "../familyReport.ts";
import type { FamilyTask } from "../familyTask.ts";
import { scoreText } from "../scoreText.ts";
import type { RecommendationResult } from "./recommendationResult.ts";

/** Clicks shown of one pair of records, half of them each way. */
const shownClicks = 16;

/** A click's nDCG (x100), over seeds. */
function ndcgOf({ rankedAbove }: RecommendationResult["rows"], click: number): number {
  return (
    (100 * rankedAbove.reduce((sum, above) => sum + ndcgOfClick(above[click]!), 0)) / Math.max(1, rankedAbove.length)
  );
}

function moved(
  label: string,
  a: RecommendationResult,
  b: RecommendationResult,
  pair: readonly [number, number],
): ItemGroup | null {
  const clicks = a.rows.query.flatMap((query, click) => {
    const clicked = a.rows.clicked[click]!;
    if (b.rows.query[click] !== query || b.rows.clicked[click] !== clicked) return [];
    const [before, after] = [ndcgOf(a.rows, click), ndcgOf(b.rows, click)];
    const position = a.rows.clickedPosition[click] ?? 0;
    return before === after ? [] : [{ query, clicked, position, before, after, by: after - before }];
  });
  if (clicks.length === 0) return null;
  const sorted = clicks.toSorted((x, y) => x.by - y.by);
  const half = shownClicks / 2;
  const shown = sorted.length <= shownClicks ? sorted : [...sorted.slice(0, half), ...sorted.slice(-half)];
  const worse = clicks.filter(({ by }) => by < 0).length;
  const left = shown.length < clicks.length ? `; the ${half} largest each way are shown` : "";
  return {
    label,
    records: pair,
    summary: `${worse} clicks lost, ${clicks.length - worse} gained${left}`,
    heads: ["Query", "Clicked", "Position", "A", "B", "B - A"],
    rows: shown.map(({ query, clicked, position, before, after, by }) => [
      query,
      clicked,
      String(position),
      scoreText(before),
      scoreText(after),
      `${by > 0 ? "+" : ""}${scoreText(by)}`,
    ]),
    numbers: 4,
  };
}

/** The clicks whose nDCG moved most, of each further record against the first. */
export function movedClicks(
  tasks: readonly FamilyTask[],
  results: readonly (readonly (RecommendationResult | null)[])[],
): ItemSection | null {
  const groups = againstFirst(tasks, results, moved);
  if (groups.length === 0) return null;
  return {
    form: "items",
    id: "moved-clicks",
    name: "Moved clicks",
    title: "Clicks that moved most",
    caption: "nDCG x100 of each click, mean over seeds; the position is the one the clicked paper was displayed at.",
    groups,
  };
}
