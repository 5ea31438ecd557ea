import { adjustedScores } from "../../metrics/propensity.ts";
import { notFromRows, outside, paperContradictions, strangers, unequalLengths } from "../contradictions.ts";
import type { RecommendationResult } from "./recommendationResult.ts";

/** The scores are sums in single precision; another order of them may move the last digits that single precision has. */
const singlePrecision = 1e-5;

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation must be there from two seeds on, and be that of the seeds. */
function spread(name: string, said: number | null, values: readonly number[]): string[] {
  if (values.length < 2) return said === null ? [] : [`${name} is ${said}, from one seed`];
  if (said === null) return [`${name} is missing, of ${values.length} seeds`];
  const centre = mean(values);
  const found = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
  return notFromRows(name, said, found, singlePrecision);
}

/** In what a recommendation result contradicts itself; scores are computed from its rows only where these hold together. */
export function recommendationContradictions(result: RecommendationResult): string[] {
  const { clicks, seeds } = result;
  const { rankedAbove, ...rows } = result.rows;
  const found = [
    ...paperContradictions(result.papers),
    ...unequalLengths(rows),
    ...strangers("query", rows.query, result.papers),
  ];
  if (rows.query.length !== clicks) found.push(`rows: ${rows.query.length} clicks, and clicks says ${clicks}`);
  if (rankedAbove.length !== seeds.length) {
    found.push(`rows.rankedAbove has ${rankedAbove.length} seeds, and seeds ${seeds.length}`);
  }
  for (const [seed, above] of rankedAbove.entries()) {
    if (above.length !== clicks)
      found.push(`rows.rankedAbove[${seed}] has ${above.length} entries, of ${clicks} clicks`);
    found.push(...outside(`rows.rankedAbove[${seed}]`, above, 0, Number.MAX_SAFE_INTEGER));
  }
  found.push(...outside("rows.weight", rows.weight, Number.MIN_VALUE, Number.MAX_VALUE));
  found.push(...outside("rows.clickedPosition", rows.clickedPosition, 1, Number.MAX_SAFE_INTEGER));
  if (found.length > 0) return found;
  if (clicks === 0 || seeds.length === 0) return ["rows is empty"];
  for (const [name, scores] of Object.entries(result.baselines)) {
    found.push(...outside(`baselines.${name}`, [scores.ndcg, scores.precisionAt1], 0, 1 + singlePrecision));
  }
  const numbers = seeds.map(({ seed }) => seed);
  if (new Set(numbers).size < numbers.length) found.push("seeds: one number occurs twice");
  for (const [index, seed] of seeds.entries()) {
    const { ndcg, precisionAt1 } = adjustedScores(rows.weight, rankedAbove[index]!);
    found.push(
      ...notFromRows(`seeds[${index}].ndcg`, seed.ndcg, ndcg, singlePrecision),
      ...notFromRows(`seeds[${index}].precisionAt1`, seed.precisionAt1, precisionAt1, singlePrecision),
    );
  }
  const [ndcgs, firsts] = [seeds.map(({ ndcg }) => ndcg), seeds.map(({ precisionAt1 }) => precisionAt1)];
  return [
    ...found,
    ...notFromRows("ndcg", result.ndcg, mean(ndcgs)),
    ...notFromRows("precisionAt1", result.precisionAt1, mean(firsts)),
    ...spread("ndcgSd", result.ndcgSd, ndcgs),
    ...spread("precisionAt1Sd", result.precisionAt1Sd, firsts),
  ];
}
