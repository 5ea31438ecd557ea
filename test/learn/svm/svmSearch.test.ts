import { describe, expect, test } from "vitest";
import { searchSvm } from "../../../src/learn/svm/svmSearch.ts";
import type { ProgressEvent } from "../../../src/progress.ts";
import { labelledRows } from "../../../src/tasks/classification/classification.ts";
import { hasShared } from "../../shared.ts";
import { edgeGoldens, smallSplit, smallVectors, taskGolden, weightsHash } from "../goldens.ts";
import { randomRows } from "../randomRows.ts";

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

  test("gives the same result for any number of threads", async () => {
    const [one, three] = await Promise.all([1, 3].map((threads) => searchSvm(data, { ...approximate, threads })));
    expect(three).toEqual(one);
  });

  test("takes the reference path for everything where the data are small", async () => {
    const { candidates } = await searchSvm(data, { stage: "MAG", solver: "auto", threads: 2 });
    expect(candidates.map(({ path }) => path)).toEqual(new Array(7).fill("reference"));
  });

  test("reports its progress until all is done, and never backwards", async () => {
    for (const solver of ["auto", "reference"] as const) {
      const events: ProgressEvent[] = [];
      await searchSvm(data, { ...approximate, solver }, { onProgress: (event) => events.push(event) });
      const last = events.at(-1)!;
      expect(last).toMatchObject({ stage: "MAG", unit: "%", done: 100, total: 100 });
      const done = events.map((event) => event.done);
      expect(done).toEqual([...done].sort((a, b) => a - b));
    }
  });

  test.each(["auto", "reference"] as const)("stops amid its fits when the signal is aborted (%s)", async (solver) => {
    const large = randomRows({ dimensions: 64, classes: 8, rows: 4000, single: true, seed: 9 });
    const aborting = new AbortController();
    const searching = searchSvm(large, { ...approximate, solver }, { signal: aborting.signal });
    setTimeout(() => aborting.abort(), 100);
    await expect(searching).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});
