import { availableParallelism } from "node:os";
import { describe, expect, test } from "vitest";
import { gridOfC } from "../../../src/learn/svm/linearSvm.ts";
import { foldRows, type SvmSearchOptions, searchSvm } from "../../../src/learn/svm/svmSearch.ts";
import type { ProgressEvent } from "../../../src/progress.ts";
import { labelledRows } from "../../../src/tasks/classification/classification.ts";
import { hasShared } from "../../shared.ts";
import { edgeGoldens, smallSplit, smallVectors, taskGolden, weightsHash } from "../goldens.ts";
import { randomRows } from "../randomRows.ts";
import { workersStarted } from "../workersStarted.ts";

/** `auto` with the fast solver at work however small the task is. */
const approximate = { stage: "MAG", solver: "auto", threads: 2, approximateAbove: 0 } as const;

describe.skipIf(!hasShared).each(["mag", "mesh"] as const)("on the small %s of the reference", (task) => {
  test("the fast solver leads to the reference's C and weights, and leaves to its path what it cannot decide", async () => {
    const golden = taskGolden(task);
    const search = await searchSvm(labelledRows(smallSplit(task, "train"), smallVectors()), approximate);
    expect(search.bestC).toBe(golden.best_C);
    expect(weightsHash(search.refit.model.weights)).toBe(golden.coef_sha256);
    for (const [index, { C, path, accuracy }] of search.candidates.entries()) {
      if (path === "reference") expect(accuracy).toBe(golden.mean_test_score[index]);
      if (path === "optimum" && C < 1) expect(accuracy).toBeCloseTo(golden.mean_test_score[index]!, 2);
    }
  });
});

describe.skipIf(!hasShared).each(hasShared ? Object.entries(edgeGoldens()) : [])("edge case %s", (_, golden) => {
  test("the fast solver leads to the reference's C and weights", async () => {
    const labels = Int32Array.from(golden.y_train);
    const search = await searchSvm(
      {
        data: Float64Array.from(golden.X_train.flat()),
        dimensions: golden.X_train[0]!.length,
        labels,
        rows: Int32Array.from(labels.keys()),
      },
      approximate,
    );
    expect(search.bestC).toBe(golden.best_C);
    expect([...search.refit.model.weights]).toEqual(golden.coef.flat());
  });
});

describe("a search", () => {
  const data = randomRows({ dimensions: 12, classes: 4, rows: 240, single: true, seed: 3 });
  const tiny = randomRows({ dimensions: 4, classes: 2, rows: 30, single: true, seed: 2 });

  test("gives the same result for any number of threads", async () => {
    const [one, three] = await Promise.all([1, 3].map((threads) => searchSvm(data, { ...approximate, threads })));
    expect(three).toEqual(one);
  });

  test.each([7, 12])(
    "chooses what the reference path chooses, and says how each C got its accuracy (data %i)",
    async (seed) => {
      const small = randomRows({ dimensions: 6, classes: 3, rows: 120, single: true, seed });
      const auto = await searchSvm(small, approximate);
      const reference = await searchSvm(small, { ...approximate, solver: "reference" });
      expect(auto.bestC).toBe(reference.bestC);
      expect(auto.refit).toEqual(reference.refit);
      expect(auto.candidates.map(({ C }) => C)).toEqual(gridOfC);
      for (const [index, { C, path, accuracy, clearance, foldAccuracies }] of auto.candidates.entries()) {
        const exact = reference.candidates[index]!;
        expect(exact).toMatchObject({ path: "reference", clearance: null });
        expect(exact.accuracy).toBeCloseTo(exact.foldAccuracies.reduce((sum, value) => sum + value, 0) / 3, 12);
        expect(accuracy === null).toBe(path === "ruled-out");
        expect(foldAccuracies).toHaveLength(path === "ruled-out" ? 0 : 3);
        expect(clearance === null).toBe(path === "reference" || C === auto.bestC);
        if (clearance !== null) expect(clearance).toBeGreaterThan(0);
        if (path === "reference") expect([accuracy, foldAccuracies]).toEqual([exact.accuracy, exact.foldAccuracies]);
      }
      const best = Math.max(...reference.candidates.map(({ accuracy }) => accuracy!));
      expect(reference.bestC).toBe(reference.candidates.find(({ accuracy }) => accuracy === best)!.C);
    },
  );

  test("takes the smallest of the Cs that tie along the reference path, though a larger one led before", async () => {
    const tied = randomRows({ dimensions: 5, classes: 4, rows: 90, single: true, seed: 95 });
    const { bestC, candidates, refit } = await searchSvm(tied, approximate);
    const accuracyOf = (C: number) => candidates.find((candidate) => candidate.C === C)!;
    expect(accuracyOf(1)).toMatchObject({ path: "reference", accuracy: accuracyOf(10).accuracy });
    expect(bestC).toBe(1);
    expect(refit).toEqual((await searchSvm(tied, { ...approximate, solver: "reference" })).refit);
  });

  test("holds each row out of exactly one fold and learns from it in the others", () => {
    const folds = foldRows(data.labels);
    const rows = [...data.labels.keys()];
    expect(folds).toHaveLength(3);
    expect(folds.flatMap(({ heldOut }) => [...heldOut]).sort((a, b) => a - b)).toEqual(rows);
    for (const { rows: learnt, heldOut } of folds) {
      expect([...learnt, ...heldOut].sort((a, b) => a - b)).toEqual(rows);
      expect([...learnt]).toEqual([...learnt].sort((a, b) => a - b));
    }
  });

  test("takes the reference path for everything up to the size given, rows by dimensions by classes, and by itself where the data are small", async () => {
    const pathsOf = async (approximateAbove?: number) =>
      (await searchSvm(data, { stage: "MAG", solver: "auto", threads: 2, approximateAbove })).candidates.map(
        ({ path }) => path,
      );
    const size = 240 * 12 * 4;
    const alone = new Array(7).fill("reference");
    expect(await pathsOf(size)).toEqual(alone);
    expect(await pathsOf()).toEqual(alone);
    expect(await pathsOf(size - 1)).not.toEqual(alone);
  });

  test("starts as many threads as it is given, beside the ranking's own, but no more than it can have fits, and ends them all", async () => {
    const started = async (changes: Partial<SvmSearchOptions>) => {
      const { count, left } = await workersStarted(() => searchSvm(tiny, { ...approximate, ...changes }));
      expect(left).toBe(0);
      return count;
    };
    expect(await started({ threads: 3, solver: "reference" })).toBe(3);
    expect(await started({ threads: 3 })).toBe(4);
    // Three folds of seven Cs, and all rows.
    expect(await started({ threads: 64, solver: "reference" })).toBe(22);
    expect(await started({ threads: undefined, solver: "reference" })).toBe(Math.min(22, availableParallelism()));
  });

  test.each(["auto", "reference"] as const)(
    "reports its progress from nothing to all that is done, and never backwards (%s)",
    async (solver) => {
      const events: ProgressEvent[] = [];
      await searchSvm(data, { ...approximate, solver }, { onProgress: (event) => events.push(event) });
      expect(events[0]).toMatchObject({ stage: "MAG", unit: "%", done: 0, total: 100, share: 0 });
      expect(events.at(-1)).toMatchObject({ stage: "MAG", unit: "%", done: 100, total: 100, share: 1 });
      expect(events.filter(({ share }) => share === 0)).toHaveLength(1);
      const done = events.map((event) => event.done);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      // Each C that is ranked, or each fit that is made, moves it on.
      expect(new Set(done).size).toBeGreaterThanOrEqual(solver === "auto" ? 9 : 3);
    },
  );

  describe("whose signal is aborted", () => {
    const large = randomRows({ dimensions: 64, classes: 8, rows: 4000, single: true, seed: 9 });

    /** Starts a search and aborts it as soon as it has got anywhere; gives what its first thread said until then. */
    async function stopped(solver: SvmSearchOptions["solver"]): Promise<string[]> {
      const aborting = new AbortController();
      const said: string[] = [];
      process.once("worker", (worker) => worker.on("message", ({ kind }) => said.push(kind)));
      const onProgress = ({ done }: ProgressEvent): void => {
        if (done > 0) aborting.abort();
      };
      const searching = searchSvm(large, { ...approximate, solver }, { onProgress, signal: aborting.signal });
      await expect(searching).rejects.toMatchObject({ code: "INTERRUPTED" });
      expect(aborting.signal.aborted).toBe(true);
      return said;
    }

    test("amid its ranking lets the native code come to its end before it ends the thread", async () => {
      expect((await stopped("auto")).at(-1)).toBe("error");
    });

    test("amid its fits ends their threads where they are", async () => {
      const said = await stopped("reference");
      expect(said).not.toContain("value");
      expect(said).not.toContain("error");
    });
  });
});
