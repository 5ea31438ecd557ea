import { describe, expect, test } from "vitest";
import type { Click, RecommendationData } from "../../../src/datasets/types.ts";
import { ScidocsError } from "../../../src/errors.ts";
import { adjustedScores } from "../../../src/metrics/propensity.ts";
import type { ProgressEvent } from "../../../src/progress.ts";
import { mt19937 } from "../../../src/stats/random/mt19937.ts";
import { contradictionsOf } from "../../../src/tasks/families.ts";
import { scoreRecommendation } from "../../../src/tasks/recommendation/recommendation.ts";
import { vectorTable } from "../../../src/vectors/vectorTable.ts";

const paperCount = 60;
const dimensions = 8;
const generator = mt19937(11);
const uniform = (): number => generator.nextUint32() / 2 ** 32;
const numbers = Float32Array.from({ length: paperCount * dimensions }, () => uniform() - 0.5);
const ids = Array.from({ length: paperCount }, (_, i) => `paper${i}`);
const vectors = vectorTable(ids, dimensions, numbers);

function dot(a: number, b: number): number {
  let sum = 0;
  for (let k = 0; k < dimensions; k++) sum += numbers[a * dimensions + k]! * numbers[b * dimensions + k]!;
  return sum;
}

/** Clicks of readers who nearly always take the paper most like the query. */
function clicks(count: number): Click[] {
  return Array.from({ length: count }, () => {
    const [query = 0, ...shown] = [...new Set(Array.from({ length: 8 }, () => generator.interval(paperCount - 1)))];
    const liked = shown.reduce((best, paper) => (dot(query, paper) > dot(query, best) ? paper : best));
    const clicked = uniform() < 0.9 ? liked : shown[0]!;
    return { queryId: ids[query]!, clickedId: ids[clicked]!, shownIds: shown.map((paper) => ids[paper]!) };
  });
}

const data: RecommendationData = {
  train: clicks(200),
  val: clicks(40),
  test: clicks(60),
  propensities: Float64Array.of(1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1),
  papers: new Map(),
};
const input = { data, split: "test", vectors, seeds: 3, threads: 2 } as const;

describe("the recommendation task", () => {
  test("embeddings that tell what is clicked score well above the baselines, with a spread over seeds", async () => {
    const result = await scoreRecommendation(input);
    expect(result.seeds.map(({ seed }) => seed)).toEqual([7, 8, 9]);
    expect(result.ndcg).toBeGreaterThan(0.85);
    expect(result.ndcg).toBeGreaterThan(result.baselines.displayedOrder.ndcg + 0.15);
    expect(result.ndcg).toBeGreaterThan(result.baselines.untrained.ndcg + 0.15);
    expect(result.ndcgSd).toBeGreaterThanOrEqual(0);
    expect(result.ndcg).toBeCloseTo(result.seeds.reduce((sum, { ndcg }) => sum + ndcg, 0) / 3, 12);
    expect(result.clicks).toBe(60);
    expect(result.trainClicks).toBe(200);
    expect(result.rows.rankedAbove.map((ranks) => ranks.length)).toEqual([60, 60, 60]);
    expect(result.papers).toMatchObject({ expected: 60, embedded: 60, missing: 0 });
    expect(result.papersWithoutMetadata).toBe(60);
  });

  test("means, deviations and every seed's values follow from the rows that the result keeps", async () => {
    for (const split of ["val", "test"] as const) {
      const result = await scoreRecommendation({ ...input, split });
      expect(contradictionsOf(result)).toEqual([]);
      const own = data[split];
      expect(result.rows.clicked).toEqual(own.map(({ clickedId }) => clickedId));
      const positions = own.map(({ clickedId, shownIds }) => shownIds.indexOf(clickedId) + 1);
      expect(result.rows.clickedPosition).toEqual(positions);
      // Propensities scaled to a mean of 1: theirs is 3.9 / 8. A click weighs as much as it was unlikely to be seen.
      for (const [click, position] of positions.entries()) {
        expect(result.rows.weight[click]).toBeCloseTo(3.9 / 8 / data.propensities[position - 1]!, 5);
      }
      const displayed = adjustedScores(
        result.rows.weight,
        positions.map((position) => position - 1),
      );
      expect(result.baselines.displayedOrder).toEqual(displayed);
    }
  });

  test("the deviation is the seeds' own, where they reach different scores", async () => {
    const few = { ...data, train: data.train.slice(0, 12), val: data.val.slice(0, 5) };
    const result = await scoreRecommendation({ ...input, data: few, seeds: 4 });
    const values = result.seeds.map(({ ndcg }) => ndcg);
    expect(new Set(values).size).toBeGreaterThan(1);
    const mean = values.reduce((sum, value) => sum + value / 4, 0);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
    expect(result.ndcgSd).toBeCloseTo(Math.sqrt(variance), 9);
    expect(result.ndcgSd).toBeGreaterThan(0.001);
    expect(contradictionsOf(result)).toEqual([]);
  });

  test("every pair of a click is a triple, ten a click at most", async () => {
    const result = await scoreRecommendation({ ...input, seeds: 1 });
    expect(result.trainTriples).toBe(data.train.reduce((sum, { shownIds }) => sum + shownIds.length - 1, 0));
  });

  test("without embeddings there is nothing to learn here: every pair ties", async () => {
    const none = vectorTable([], dimensions, new Float32Array(0), new Set(ids.slice(0, 4)));
    const { rows, papers, baselines, ndcg } = await scoreRecommendation({ ...input, vectors: none, seeds: 1 });
    expect(rows.rankedAbove[0]).toEqual(data.test.map(({ shownIds }) => (shownIds.length - 1) / 2));
    expect(baselines.untrained.ndcg).toBe(ndcg);
    expect(papers).toMatchObject({ expected: 60, embedded: 0, missing: 60, emptyVector: 4 });
  });

  test("every loss is divided by the last position's propensity, and by no other's", async () => {
    const lossesWith = async (propensities: readonly number[]) => {
      const own = { ...data, propensities: Float64Array.from(propensities) };
      const { seeds } = await scoreRecommendation({ ...input, data: own, seeds: 1 });
      return seeds[0]!.validationLoss;
    };
    const loss = await lossesWith([1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]);
    // Others may change places: the sum stays but for its last bits, and with it the last one's normalised value.
    expect(await lossesWith([0.2, 0.8, 0.6, 0.5, 0.4, 0.3, 1, 0.1])).toBeCloseTo(loss, 6);
    expect(await lossesWith([0.1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 1])).toBeLessThan(loss / 3);
  });

  test("the result does not depend on the number of threads", async () => {
    const [one, many] = [
      await scoreRecommendation({ ...input, threads: 1 }),
      await scoreRecommendation({ ...input, threads: 4 }),
    ];
    expect(one).toEqual(many);
  });

  test("a seed's values do not depend on the other seeds", async () => {
    const { seeds } = await scoreRecommendation({ ...input, threads: 1 });
    const alone = await scoreRecommendation({ ...input, seeds: 1, firstSeed: 9 });
    expect(alone.seeds).toEqual(seeds.slice(2));
    expect(alone.ndcgSd).toBeNull();
  });

  test("val scores the validation clicks", async () => {
    const result = await scoreRecommendation({ ...input, split: "val", seeds: 1 });
    expect(result.rows.query).toEqual(data.val.map(({ queryId }) => queryId));
    expect(result.ndcg).toBeGreaterThan(result.baselines.displayedOrder.ndcg);
  });

  test("the displayed order as a ranking puts the first shown paper on top", async () => {
    const first = data.test.filter(({ clickedId, shownIds }) => shownIds[0] === clickedId);
    const { baselines } = await scoreRecommendation({ ...input, data: { ...data, test: first }, seeds: 1 });
    expect(baselines.displayedOrder).toEqual({ ndcg: 1, precisionAt1: 1 });
  });

  test("progress counts every pair and every epoch of every seed", async () => {
    const events: ProgressEvent[] = [];
    await scoreRecommendation(input, { onProgress: (event) => events.push(event) });
    const training = events.filter(({ stage }) => stage === "recommendation: training");
    expect(training.map(({ done }) => done)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(training.every(({ total }) => total === 15)).toBe(true);
    const pairs = events.findLast(({ stage }) => stage === "recommendation: features");
    const all = [data.train, data.val, data.test].map(
      (some) => new Set(some.flatMap(({ queryId, shownIds }) => shownIds.map((id) => `${queryId} ${id}`))).size,
    );
    const total = all.reduce((sum, count) => sum + count);
    expect(pairs).toEqual({ stage: "recommendation: features", done: total, total, unit: "pairs" });
  });

  test("an abort during training stops it", async () => {
    const controller = new AbortController();
    const onProgress = ({ stage }: ProgressEvent) => stage === "recommendation: training" && controller.abort();
    const running = scoreRecommendation({ ...input, seeds: 1000 }, { onProgress, signal: controller.signal });
    await expect(running).rejects.toMatchObject({ code: "INTERRUPTED" });
  });

  test("the last of all seeds may be trained from", async () => {
    const { seeds } = await scoreRecommendation({ ...input, seeds: 2, firstSeed: 2 ** 32 - 2 });
    expect(seeds.map(({ seed }) => seed)).toEqual([2 ** 32 - 2, 2 ** 32 - 1]);
  });

  test.each([
    [{ seeds: 0 }, "USAGE", /seeds must be 1 or more/],
    [{ seeds: 1.5 }, "USAGE", /seeds must be 1 or more/],
    [{ firstSeed: -1 }, "USAGE", /from 0 to 4294967295/],
    [{ firstSeed: 2 ** 32 - 2 }, "USAGE", /from 0 to 4294967295/],
    [{ data: { ...data, test: [] } }, "BAD_INPUT", /no test clicks/],
    [
      { data: { ...data, train: [{ queryId: "q", clickedId: "a", shownIds: ["a"] }] } },
      "BAD_INPUT",
      /nothing to learn from/,
    ],
    [{ data: { ...data, val: [] } }, "BAD_INPUT", /nothing to choose the epoch by/],
    [{ data: { ...data, propensities: Float64Array.of(1) } }, "BAD_INPUT", /test click \d+ .* position \d was clicked/],
  ])("bad input is refused before any work: %o", async (change, code, message) => {
    const refused = scoreRecommendation({ ...input, ...change });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(ScidocsError);
    await expect(refused).rejects.toMatchObject({ code });
  });

  test("more shown papers than propensities matter only where one of the far ones was clicked", async () => {
    const near = data.test.filter(({ clickedId, shownIds }) => shownIds.indexOf(clickedId) < 3);
    const few = { ...data, test: near, propensities: Float64Array.of(1, 0.8, 0.6) };
    await expect(scoreRecommendation({ ...input, data: few, seeds: 1 })).resolves.toMatchObject({
      clicks: near.length,
    });
  });
});
