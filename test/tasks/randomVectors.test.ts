import { describe, expect, test } from "vitest";
import { mt19937 } from "../../src/stats/random/mt19937.ts";
import { openDataset } from "../../src/suites/dataset.ts";
import { scoreRanking } from "../../src/tasks/ranking/ranking.ts";
import { vectorTable } from "../../src/vectors/vectorTable.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { readQrel } from "../suites/readTask.ts";

describe.skipIf(!hasShared)("random vectors on the real SciDocs cite judgements", () => {
  test.each([1, 2, 3])("score what five relevant among thirty candidates predict (seed %i)", async (seed) => {
    const qrel = await readQrel(await openDataset(sharedPath("data/scidocs")), "cite", "test");
    const ids = [...new Set(qrel.queries.flatMap((query) => [query.queryId, ...query.candidateIds]))];
    const random = mt19937(seed);
    const dimensions = 25;
    const data = Float64Array.from({ length: ids.length * dimensions }, () => random.nextUint32() / 2 ** 32 - 0.5);
    const result = scoreRanking({ qrel, vectors: vectorTable(ids, dimensions, data) });
    expect(result.queriesScored).toBe(1000);
    expect(Math.abs(100 * result.map - 25.1)).toBeLessThan(1);
    expect(Math.abs(100 * result.ndcg - 51.5)).toBeLessThan(1);
  });
});
