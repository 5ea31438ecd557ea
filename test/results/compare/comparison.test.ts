import { describe, expect, it } from "vitest";
import { macroF1 } from "../../../src/metrics/macroF1.ts";
import { numpyMean } from "../../../src/metrics/numpyMean.ts";
import { discrepancies } from "../../../src/results/compare/comparability.ts";
import { compareRecords } from "../../../src/results/compare/comparison.ts";
import { largestMovers, moverIds, withTitles } from "../../../src/results/compare/movers.ts";
import type { RunRecord } from "../../../src/results/schema.ts";
import { scidocs } from "../../../src/suites/scidocs/scidocs.ts";
import { buildRecord } from "../recordBuilder.ts";
import { fromOneSeed, rescored, withoutHardQueries } from "../recordChanges.ts";

const quick = { resamples: 500 };
const a = buildRecord({ name: "A", quality: 0.4 });
const b = buildRecord({ name: "B", quality: 0.6, modelSeed: 2 });

/** A deep copy with one change. */
function changed(record: RunRecord, change: (copy: RunRecord) => void): RunRecord {
  const copy = structuredClone(record);
  change(copy);
  return copy;
}

const onVal = buildRecord({ name: "B", quality: 0.6, modelSeed: 2, split: "val" });

const at = (comparison: Awaited<ReturnType<typeof compareRecords>>, id: string) => {
  const found = comparison.columns.find((column) => column.id === id);
  if (found === undefined) throw new Error(`no column ${id}`);
  return found;
};

describe("comparing two records", () => {
  it("gives every column's difference as the difference of the scores, and the average's as the average", async () => {
    const comparison = await compareRecords(a, b, quick);
    expect(comparison.columns.map(({ id }) => id)).toEqual([...scidocs.columns.map(({ id }) => id), "Avg"]);
    for (const column of comparison.columns) {
      expect(column.differencePercent).toBeCloseTo((b.scores[column.id] ?? 0) - (a.scores[column.id] ?? 0), 9);
      expect(column.intervalPercent.low).toBeLessThan(column.differencePercent);
      expect(column.intervalPercent.high).toBeGreaterThan(column.differencePercent);
    }
  });

  it("turns every sign when A and B change places", async () => {
    const forth = await compareRecords(a, b, quick);
    const back = await compareRecords(b, a, quick);
    for (const [index, column] of forth.columns.entries()) {
      const other = back.columns[index]!;
      expect(other.differencePercent).toBeCloseTo(-column.differencePercent, 9);
      expect(other.wins).toBe(column.losses);
      expect(other.pValue).toBe(column.pValue);
    }
  });

  it("finds nothing between a record and itself", async () => {
    const comparison = await compareRecords(a, a, quick);
    for (const column of comparison.columns) {
      expect(column.differencePercent).toBe(0);
      expect(column.intervalPercent).toEqual({ low: 0, high: 0 });
      expect(column.pValue).toBe(1);
      expect(column.significant).toBe(false);
    }
    expect(comparison.movers.cite).toEqual({ up: [], down: [] });
  });

  it("finds a clear difference significant, adjusted over the columns too", async () => {
    const cite = at(await compareRecords(a, b, { resamples: 2000 }), "cite-map");
    expect(cite.significant).toBe(true);
    expect(cite.adjustedPValue).toBeGreaterThanOrEqual(cite.pValue!);
    expect(cite.wins! + cite.ties! + cite.losses!).toBe(40);
  });

  it("judges at the level that its confidence leaves: an adjusted p of 0.02 is significant at 95 %, and not at 99.9 %", async () => {
    const near = buildRecord({ name: "near", quality: 0.5, modelSeed: 2 });
    const verdictOf = async (confidence: number) => {
      const { columns: judged } = await compareRecords(a, near, { resamples: 4000, confidence });
      for (const { adjustedPValue, pValue, significant, dropPValue, significantDrop } of judged) {
        expect(significant).toBe((adjustedPValue ?? pValue!) < 1 - confidence);
        expect(significantDrop).toBe(dropPValue! < (1 - confidence) / 2);
      }
      return judged.filter(({ significant }) => significant).length;
    };
    const [wide, usual, strict] = [await verdictOf(0.5), await verdictOf(0.95), await verdictOf(0.999)];
    expect(wide).toBeGreaterThan(usual);
    expect(usual).toBeGreaterThan(strict);
  });

  it("widens its intervals with the confidence, about the same differences, and sees less", async () => {
    const [usual, strict] = [
      await compareRecords(a, b, { resamples: 4000, confidence: 0.9 }),
      await compareRecords(a, b, { resamples: 4000, confidence: 0.99 }),
    ];
    for (const [index, column] of usual.columns.entries()) {
      const wider = strict.columns[index]!;
      expect(wider.differencePercent).toBe(column.differencePercent);
      expect(wider.intervalPercent.low).toBeLessThan(column.intervalPercent.low);
      expect(wider.intervalPercent.high).toBeGreaterThan(column.intervalPercent.high);
      expect(wider.smallestVisibleDropPercent!).toBeGreaterThan(column.smallestVisibleDropPercent!);
    }
    // A normal difference's interval grows from 1.645 to 2.576 standard errors a side.
    const width = ({ intervalPercent: { low, high } }: { intervalPercent: { low: number; high: number } }): number =>
      high - low;
    const growth = width(at(strict, "cite-map")) / width(at(usual, "cite-map"));
    expect(Math.abs(growth - 2.576 / 1.645)).toBeLessThan(0.2);
    expect([usual.confidence, strict.confidence]).toEqual([0.9, 0.99]);
  });

  it("calls no drop significant whose one-sided p-value is above half of the level", async () => {
    const near = buildRecord({ name: "near", quality: 0.56, modelSeed: 2 });
    const of = async (confidence: number) => (await compareRecords(b, near, { resamples: 4000, confidence })).columns;
    const fell = (await of(0.95)).find(({ dropPValue }) => dropPValue! > 0.02 && dropPValue! < 0.3)!;
    const at = async (level: number) => (await of(1 - level)).find(({ id }) => id === fell.id)!.significantDrop;
    expect(await at(1.5 * fell.dropPValue!)).toBe(false);
    expect(await at(2.5 * fell.dropPValue!)).toBe(true);
  });

  it("counts items on which B is better, equal and worse, the last bits of a sum aside", async () => {
    const moved = changed(buildRecord({ name: "A", tasks: ["cite"] }), ({ tasks }) => {
      const [own, other] = [tasks.cite, b.tasks.cite];
      if (own?.kind !== "ranking" || other?.kind !== "ranking") throw new Error("no cite");
      const rises = own.rows.averagePrecision.map((value, query) => other.rows.averagePrecision[query]! - value);
      const better = [...rises.keys()].filter((query) => rises[query]! > 0).slice(0, 2);
      const worse = [...rises.keys()].filter((query) => rises[query]! < 0).slice(0, 1);
      for (const query of [...better, ...worse]) {
        for (const name of ["averagePrecision", "ndcg", "order", "relevance"] as const) {
          (own.rows[name] as unknown[])[query] = other.rows[name][query];
        }
      }
      const equal = [...rises.keys()].filter((query) => ![...better, ...worse].includes(query));
      own.rows.averagePrecision[equal[0]!]! += 1e-14;
      own.rows.averagePrecision[equal[1]!]! -= 1e-14;
      own.map = numpyMean(own.rows.averagePrecision);
      own.ndcg = numpyMean(own.rows.ndcg);
      own.ties = { queriesAffected: 0, lowestMap: own.map, highestMap: own.map };
    });
    const { columns } = await compareRecords(a, rescored(moved), quick);
    expect(columns[0]).toMatchObject({ id: "cite-map", wins: 2, losses: 1, ties: 37, items: 40 });
  });

  it("says which records stand where, and whether they are of the same vectors", async () => {
    const comparison = await compareRecords(a, b, quick);
    expect(comparison.a).toEqual({ name: "A", createdAt: a.createdAt, sha256: a.model.sha256 });
    expect(comparison).toMatchObject({ suite: "scidocs", resamples: 500, seed: 42, confidence: 0.95 });
    const printed = (record: RunRecord, fingerprint: string | null): RunRecord => ({
      ...record,
      model: { ...record.model, fingerprint },
    });
    const same = async (x: string | null, y: string | null): Promise<boolean> =>
      (await compareRecords(printed(a, x), printed(b, y), { resamples: 50 })).sameVectors;
    const [one, two] = ["1".repeat(64), "2".repeat(64)];
    expect([await same(one, one), await same(one, two), await same(null, null)]).toEqual([true, false, false]);
  });

  it("finds drops by the same level, one-sided, at half of it", async () => {
    const { columns: judged } = await compareRecords(b, a, { resamples: 1000 });
    const cite = judged.find(({ id }) => id === "cite-map")!;
    expect(cite).toMatchObject({ significant: true, significantDrop: true });
    expect(cite.dropPValue!).toBeLessThanOrEqual(cite.adjustedPValue!);
    const rose = at(await compareRecords(a, b, { resamples: 1000 }), "cite-map");
    expect(rose).toMatchObject({ significant: true, significantDrop: false });
    expect(rose.dropPValue!).toBeGreaterThan(0.9);
  });

  it("refuses resamples by which nothing could be significant", async () => {
    await expect(compareRecords(a, b, { resamples: 200, confidence: 0.999 })).rejects.toMatchObject({ code: "USAGE" });
  });

  it("decides nothing about a column from one seed, nor about the average", async () => {
    const comparison = await compareRecords(a, fromOneSeed(b), quick);
    for (const id of ["recomm-ndcg", "recomm-P@1", "Avg"]) {
      const none = { pValue: null, adjustedPValue: null, dropPValue: null, smallestVisibleDropPercent: null };
      expect(at(comparison, id)).toMatchObject({ ...none, significant: false, significantDrop: false });
    }
    expect(at(comparison, "cite-map").pValue).not.toBeNull();
  });

  it("counts the items that only one of the two scored", async () => {
    const fewer = withoutHardQueries(b, 7);
    expect(at(await compareRecords(a, fewer, quick), "cite-map")).toMatchObject({ items: 33, onlyA: 7, onlyB: 0 });
    expect(at(await compareRecords(fewer, a, quick), "cite-map")).toMatchObject({ items: 33, onlyA: 0, onlyB: 7 });
  });

  it("repeats itself to the last bit", async () => {
    expect(await compareRecords(a, b, quick)).toEqual(await compareRecords(a, b, quick));
  });

  it("leaves a task's numbers as they are when other tasks are missing", async () => {
    const only = { tasks: ["cite"] as const };
    const part = await compareRecords(buildRecord({ ...only, quality: 0.4 }), b, quick);
    expect(part.columns.map(({ id }) => id)).toEqual(["cite-map", "cite-ndcg"]);
    const whole = await compareRecords(a, b, quick);
    expect(part.columns[0]!.intervalPercent).toEqual(at(whole, "cite-map").intervalPercent);
    expect(part.discrepancies.map(({ message }) => message)).toContain("mag: only B has it");
  });

  it("pairs the queries that both scored, and says that the rest is out", async () => {
    const fewer = buildRecord({ name: "B", quality: 0.6, modelSeed: 2, queriesLeftOut: 7 });
    const comparison = await compareRecords(a, fewer, quick);
    expect(at(comparison, "cite-map").items).toBe(33);
    expect(comparison.discrepancies.map(({ message }) => message)).toContain(
      "cite: 0 queries are left out of A's mean and 7 of B's; differences are over the queries that both scored",
    );
  });

  it("names the queries that moved most, each way, with titles where they are known", async () => {
    const { movers } = await compareRecords(a, b, { ...quick, movers: 3 });
    expect(movers.cite?.up).toHaveLength(3);
    const [first, second] = movers.cite!.up;
    expect(first!.b - first!.a).toBeGreaterThanOrEqual(second!.b - second!.a);
    expect(movers.cite!.down.every((mover) => mover.b < mover.a)).toBe(true);
    expect(movers.mag).toBeUndefined();
    const titled = withTitles(movers, (id) => (id === first!.paperId ? "A title" : null));
    expect(titled.cite!.up[0]!.title).toBe("A title");
    expect(moverIds(movers).has(first!.paperId)).toBe(true);
    const all = largestMovers(movers, "up", 4);
    expect(all).toHaveLength(4);
    expect(all[0]!.b - all[0]!.a).toBeGreaterThanOrEqual(all[3]!.b - all[3]!.a);
  });
});

describe("records that are not comparable", () => {
  const cases: [string, RunRecord, RegExp][] = [
    ["of another split", onVal, /split: A is scored on test, B on val/],
    [
      "of other judgements",
      buildRecord({ dataSeed: 2 }),
      /cite\/test\.qrel differs \(SHA-256 [0-9a-f]{12}… in A, [0-9a-f]{12}… in B\); used by cite/,
    ],
    [
      "by another classifier",
      changed(b, ({ tasks, settings }) => {
        settings.classifier = "logistic";
        for (const id of ["mag", "mesh"]) Object.assign(tasks[id]!, { classifier: "logistic" });
      }),
      /mag classifier: svm in A, logistic in B/,
    ],
    [
      "of another number of training papers",
      changed(b, ({ tasks }) => {
        if (tasks.mag?.kind === "classification") tasks.mag.trainRows -= 1;
      }),
      /mag: trained on 600 papers in A, 599 in B/,
    ],
    [
      "of another dataset altogether",
      buildRecord({ tasks: ["mesh"], dataSeed: 3 }),
      /mesh\/train\.csv differs .* used by mesh/,
    ],
  ];
  it.each(cases)("%s are refused with what differs", async (_, other, message) => {
    await expect(compareRecords(a, other, quick)).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringMatching(message),
    });
  });

  it("are compared all the same with force, and the comparison keeps what differs", async () => {
    const comparison = await compareRecords(a, onVal, { ...quick, force: true });
    expect(comparison.discrepancies[0]).toEqual({
      severity: "refused",
      message: "split: A is scored on test, B on val",
    });
  });

  it("are refused even with force where a shared paper has two labels", async () => {
    const other = changed(b, ({ tasks }) => {
      if (tasks.mag?.kind !== "classification") throw new Error("no mag");
      const { truth, prediction } = tasks.mag.rows;
      truth[0] = (truth[0]! + 1) % 19;
      const { macroF1: score, accuracy } = macroF1(Int32Array.from(truth), Int32Array.from(prediction));
      Object.assign(tasks.mag, { macroF1: score, accuracy });
    });
    await expect(compareRecords(a, rescored(other), { ...quick, force: true })).rejects.toThrow(
      /mag: paper .* another label/,
    );
  });

  it("of two benchmarks are refused, with force too", async () => {
    const foreign = { ...b, suite: "another" };
    await expect(compareRecords(a, foreign, { ...quick, force: true })).rejects.toThrow(
      "these records are of two benchmarks: A is of scidocs, B of another",
    );
  });

  it("are refused with what is refused alone, not with all that is noted", async () => {
    const noted = changed(onVal, ({ model }) => Object.assign(model, { pooling: "mean" }));
    const error = await compareRecords(a, noted, quick).catch((refused: Error) => refused);
    expect(String((error as Error).message).split("\n")).toEqual([
      "these records are not comparable:",
      "  split: A is scored on test, B on val",
      "Give --force to compare what can be paired all the same.",
    ]);
  });

  it("that share no task are refused", async () => {
    const one = buildRecord({ tasks: ["mag"] });
    const two = buildRecord({ tasks: ["cite"] });
    await expect(compareRecords(one, two, quick)).rejects.toThrow(/no task in common/);
  });
});

describe("discrepancies", () => {
  it("are none between a record and its copy, but that both are of the same vectors", () => {
    expect(discrepancies(a, structuredClone(a))).toEqual([
      { severity: "note", message: "model: both records are of the same vectors (equal fingerprints)" },
    ]);
  });

  it("warn of other coverage and note another recipe", () => {
    const other = changed(b, (copy) => {
      copy.model.recipe = "original";
      if (copy.tasks.mag?.kind === "classification") copy.tasks.mag.papers.missing = 12;
    });
    const found = discrepancies(a, other);
    expect(found).toContainEqual({
      severity: "note",
      message: "model recipe: hf in A, original in B",
      modelField: "recipe",
    });
    expect(found[0]).toEqual({
      severity: "warning",
      message: "mag coverage: 0 of 960 papers have no vector in A, 12 of 960 in B",
    });
  });
});
