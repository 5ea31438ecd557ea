import { describe, expect, test } from "vitest";
import type { ProgressEvent } from "../../../src/progress.ts";
import { scoreClassification } from "../../../src/tasks/classification/classification.ts";
import { classificationNotes } from "../../../src/tasks/classification/classificationNotes.ts";
import { contradictionsOf } from "../../../src/tasks/families.ts";
import { vectorTable } from "../../../src/vectors/vectorTable.ts";
import { edgeGoldens, papersOf, smallSplit, smallVectors, taskGolden } from "../../learn/goldens.ts";
import { randomRows } from "../../learn/randomRows.ts";
import { hasShared } from "../../shared.ts";

describe.skipIf(!hasShared).each(["mag", "mesh"] as const)("the small %s of the reference", (task) => {
  test.each(["val", "test"] as const)("scores on %s as the reference does, to the last bit", async (split) => {
    const golden = taskGolden(task);
    const result = await scoreClassification({
      label: task,
      train: smallSplit(task, "train"),
      evaluated: smallSplit(task, split),
      vectors: smallVectors(),
    });
    expect(result.bestC).toBe(golden.best_C);
    expect(result.candidates.map(({ accuracy }) => accuracy)).toEqual(golden.mean_test_score);
    expect(result.candidates.map(({ foldAccuracies }) => foldAccuracies)).toEqual(
      golden.mean_test_score.map((_, c) => golden.split_test_scores.map((fold) => fold[c])),
    );
    expect(result.rows.prediction).toEqual(golden[split].preds);
    expect(result.macroF1).toBe(golden[split].f1_full);
    expect(result.accuracy).toBe(golden[split].accuracy);
  });
});

describe.skipIf(!hasShared).each(hasShared ? Object.entries(edgeGoldens()) : [])("edge case %s", (_, golden) => {
  test("scores as the reference does", async () => {
    const train = papersOf("train", golden.y_train);
    const evaluated = papersOf("test", golden.y_test);
    const result = await scoreClassification({
      label: "edge",
      train,
      evaluated,
      vectors: vectorTable(
        [...train.paperIds, ...evaluated.paperIds],
        golden.X_train[0]!.length,
        Float64Array.from([...golden.X_train, ...golden.X_test].flat()),
      ),
    });
    expect(result.bestC).toBe(golden.best_C);
    expect(result.candidates.map(({ accuracy }) => accuracy)).toEqual(golden.mean_test_score);
    expect(result.rows.prediction).toEqual(golden.preds);
    expect(result.macroF1).toBe(golden.f1_full);
  });
});

const vectors = vectorTable(["a", "b", "c", "d", "e", "f"], 2, Float64Array.of(1, 0, 2, 1, 1, 1, -1, 0, -2, 1, -1, 1));
const score = (train: string, labels: number[], evaluated = "a", truth = [0]) =>
  scoreClassification({
    label: "MAG",
    train: { paperIds: [...train], labels: Int32Array.from(labels) },
    evaluated: { paperIds: [...evaluated], labels: Int32Array.from(truth) },
    vectors,
  });

test("a paper without a vector becomes the zero vector, stays in its split, is counted, and gets the smallest label", async () => {
  const result = await score("abcdefx", [4, 4, 4, 9, 9, 9, 9], "adyz", [4, 9, 9, 4]);
  expect(result.rows).toEqual({ paper: [..."adyz"], truth: [4, 9, 9, 4], prediction: [4, 9, 4, 4] });
  expect(result.papers).toMatchObject({ expected: 9, embedded: 6, missing: 3 });
  expect(result).toMatchObject({ trainRows: 7, trainRowsMissing: 1, accuracy: 0.75 });
  expect(contradictionsOf(result)).toEqual([]);
});

test("a class too small for every fold to train on it is learnt from the folds that have it", async () => {
  const result = await score("abcdef", [0, 0, 0, 1, 1, 2], "abf", [0, 0, 2]);
  expect(result.classes.map(({ label }) => label)).toEqual([0, 1, 2]);
  expect(result.rows.prediction.slice(0, 2)).toEqual([0, 0]);
});

test("an empty split, a single class and classes too small for cross-validation are refused with a reason", async () => {
  await expect(score("", [])).rejects.toThrow("MAG: the training split has no papers");
  await expect(score("abcdef", [0, 0, 0, 1, 1, 1], "", [])).rejects.toThrow("MAG: the evaluated split has no papers");
  await expect(score("abc", [5, 5, 5])).rejects.toThrow("every training paper has the label 5");
  await expect(score("abcd", [0, 0, 1, 1])).rejects.toThrow(
    "no class has 3 training papers, so 3-fold cross-validation cannot be done (label 0: 2, label 1: 2)",
  );
});

test("classes bear the dataset's names, by their number, where it has them", async () => {
  const result = await scoreClassification({
    label: "MAG",
    train: papersOf("a", [0, 0, 0, 2, 2, 2]),
    evaluated: papersOf("a", [0]),
    vectors,
    classNames: ["zero", "one"],
  });
  expect(result.classes).toEqual([
    { label: 0, name: "zero" },
    { label: 2, name: null },
  ]);
});

test("an aborted signal stops the search", async () => {
  const input = { label: "MAG", train: papersOf("a", [0, 0, 0, 1]), evaluated: papersOf("a", [0]), vectors };
  await expect(scoreClassification(input, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "INTERRUPTED",
  });
});

describe("the logistic probe", () => {
  const rows = randomRows({ dimensions: 8, classes: 3, rows: 240, single: true, seed: 21 });
  const labels = [...rows.labels].map((label) => 10 * label);
  const table = vectorTable(
    labels.map((_, row) => `p${row}`),
    8,
    rows.data,
  );
  const input = {
    label: "MAG",
    train: papersOf("p", labels),
    evaluated: papersOf("p", labels),
    vectors: table,
    classifier: "logistic",
  } as const;

  test("learns what it can from overlapping classes and says in its result what it is", async () => {
    const result = await scoreClassification(input);
    expect(result).toMatchObject({ classifier: "logistic", solver: "logistic", bestC: null, candidates: [] });
    const svm = await scoreClassification({ ...input, classifier: "svm" });
    expect(result.accuracy).toBeGreaterThan(svm.accuracy - 0.05);
    expect(new Set(result.rows.prediction)).toEqual(new Set([0, 10, 20]));
  });

  test("reads each paper's own vector, wherever it lies in the table, and zeros for a paper without one", async () => {
    const reversed = [...table.ids].reverse();
    const data = Float64Array.from(
      reversed.flatMap((_, place) => [...rows.data.slice(8 * (239 - place), 8 * (240 - place))]),
    );
    const result = await scoreClassification(input);
    const other = await scoreClassification({ ...input, vectors: vectorTable(reversed, 8, data) });
    expect(other.rows).toEqual(result.rows);
    const zeroed = await scoreClassification({
      ...input,
      vectors: vectorTable(
        table.ids,
        8,
        rows.data.map((value, i) => (i < 8 ? 0 : value)),
      ),
    });
    const missing = await scoreClassification({
      ...input,
      vectors: vectorTable(table.ids.slice(1), 8, rows.data.slice(8)),
    });
    expect(missing.rows).toEqual(zeroed.rows);
    expect(missing.papers.missing).toBe(1);
  });

  test("counts one fit as its progress", async () => {
    const events: ProgressEvent[] = [];
    await scoreClassification(input, { onProgress: (event) => events.push(event) });
    const stage = "MAG: logistic regression (quick probe)";
    expect(events).toEqual([0, 1].map((done) => ({ stage, done, total: 1, unit: "fits" })));
  });

  test("leaves a feature that never changes alone", async () => {
    const flat = Float64Array.from(rows.data, (value, i) => (i % 8 === 3 ? 5 : value));
    const result = await scoreClassification({ ...input, vectors: vectorTable(table.ids, 8, flat) });
    expect(result.macroF1).toBeGreaterThan(0.5);
  });

  test("is stopped by the signal", async () => {
    const aborting = new AbortController();
    const scoring = scoreClassification(input, { signal: aborting.signal });
    aborting.abort();
    await expect(scoring).rejects.toMatchObject({ code: "INTERRUPTED" });
  });

  test("is announced as no protocol, and above 5,000 papers as costly", () => {
    const chosen = { candidates: [], unconvergedClasses: null };
    expect(classificationNotes("MAG", { ...chosen, classifier: "svm", trainRows: 17_500 })).toEqual([]);
    const probe = expect.stringContaining(
      "MAG: scored by logistic regression, a quick probe: not the paper's protocol",
    );
    expect(classificationNotes("MAG", { ...chosen, classifier: "logistic", trainRows: 5_000 })).toEqual([probe]);
    const cost = expect.stringContaining("takes minutes on 17,500 training papers");
    expect(classificationNotes("MAG", { ...chosen, classifier: "logistic", trainRows: 17_500 })).toEqual([probe, cost]);
  });
});

describe("what a reader is told of how C was chosen", () => {
  const candidate = (C: number, clearance: number | null) => ({
    C,
    accuracy: 0.8,
    foldAccuracies: [0.8],
    path: "optimum" as const,
    clearance,
  });
  const notes = (clearances: (number | null)[], unconvergedClasses: number) =>
    classificationNotes("MAG", {
      classifier: "svm",
      trainRows: 17_500,
      candidates: clearances.map((clearance, i) => candidate(10 ** (i - 2), clearance)),
      unconvergedClasses,
    });

  test("is nothing where every other C is far behind", () => {
    expect(notes([0.02, null, 0.001], 0)).toEqual([]);
  });

  test("names a C that was ruled out by less than a tenth of a point", () => {
    expect(notes([0.0004, null, 0.02], 0)).toEqual([
      "MAG: ruled out by little: C = 0.01 by 0.04 points; --solver reference decides it exactly.",
    ]);
  });

  test("says what the choice rests on where the chosen C did not converge", () => {
    expect(notes([0.02, null], 3)).toEqual([
      expect.stringContaining("an allowance that held wherever it was tried at full size"),
    ]);
    expect(notes([null, null], 3)).toEqual([]);
  });
});
