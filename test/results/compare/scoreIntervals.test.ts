import { describe, expect, it } from "vitest";
import type { ProgressEvent } from "../../../src/progress.ts";
import { scoreIntervals } from "../../../src/results/compare/scoreIntervals.ts";
import { scidocs } from "../../../src/suites/scidocs/scidocs.ts";
import { buildRecord } from "../recordBuilder.ts";

const record = buildRecord({ items: 60 });
const width = ({ low, high }: { low: number; high: number }): number => high - low;

describe("the intervals of one record's scores", () => {
  it("lie about every column's score, in table order", async () => {
    const intervals = await scoreIntervals(record, { resamples: 400 });
    expect([...intervals.keys()]).toEqual(scidocs.columns.map(({ id }) => id));
    for (const [id, { low, high }] of intervals) {
      expect(low).toBeLessThan(record.scores[id]!);
      expect(high).toBeGreaterThan(record.scores[id]!);
      expect(high).toBeLessThanOrEqual(100);
    }
  });

  it("are about as wide as the queries' spread makes a mean uncertain", async () => {
    const cite = record.tasks.cite;
    if (cite?.kind !== "ranking") throw new Error("no cite");
    const values = cite.rows.averagePrecision;
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0)) / values.length;
    const intervals = await scoreIntervals(record, { resamples: 2000 });
    const ratio = width(intervals.get("cite-map")!) / (100 * 2 * 1.96 * error);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
  });

  it("grow with the confidence and repeat themselves for one seed", async () => {
    const of = (confidence: number, seed: number) => scoreIntervals(record, { resamples: 400, confidence, seed });
    const [narrow, wide] = [await of(0.8, 1), await of(0.99, 1)];
    for (const [id, interval] of narrow) expect(width(wide.get(id)!)).toBeGreaterThan(width(interval));
    expect(await of(0.8, 1)).toEqual(narrow);
    expect(await of(0.8, 2)).not.toEqual(narrow);
  });

  it("are there for the tasks that ran, and for no others", async () => {
    const part = buildRecord({ items: 20, tasks: ["cite"] });
    expect([...(await scoreIntervals(part, { resamples: 50 })).keys()]).toEqual(["cite-map", "cite-ndcg"]);
  });

  it("stop when they are told to", async () => {
    const stopped = scoreIntervals(record, { resamples: 1_000_000 }, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

it("tells how far it is, for long lists of rows take a minute", async () => {
  const told: ProgressEvent[] = [];
  await scoreIntervals(buildRecord({ name: "mine" }), { resamples: 50 }, { onProgress: (event) => told.push(event) });
  expect(told.at(-1)).toEqual({ stage: "resampling mine", done: 50, total: 50, unit: "resamples" });
});
