import { describe, expect, test } from "vitest";
import { flipSection } from "../../../src/tasks/classification/classFlips.ts";
import { classificationReport } from "../../../src/tasks/classification/classificationReport.ts";
import { classified, someTask } from "../results.ts";

const { mark, notes, departure, sections } = classificationReport;
const svm = classified("abcde", [0, 0, 1, 1, 9], [0, 1, 1, 1, 0], { macroF1: 0.81234, accuracy: 0.6 });
const probe = { ...svm, classifier: "logistic" as const };

describe("a report on classification results", () => {
  test("marks the probe, and notes it beneath a table with the tasks' names", () => {
    expect([mark?.(svm), mark?.(probe)]).toEqual([null, "logistic probe"]);
    expect([departure?.(svm), departure?.(probe)]).toEqual([
      null,
      "classified by logistic, where the protocol takes the linear SVM",
    ]);
    const other = { ...someTask, label: "Fields" };
    expect(
      notes?.([
        { task: someTask, result: svm },
        { task: other, result: null },
      ]),
    ).toEqual([]);
    expect(
      notes?.([
        { task: someTask, result: svm },
        { task: other, result: probe },
      ]),
    ).toEqual(["Topics and Fields come from the logistic probe, not from the paper's protocol."]);
  });

  test("counts what was taken for what, class by class, in label order", () => {
    const [section] = sections!([someTask], [[svm]]);
    expect(section).toMatchObject({ form: "matrices", id: "confusion" });
    if (section?.form !== "matrices") throw new Error("no matrices");
    expect(section.groups.map(({ label }) => label)).toEqual(["Topics"]);
    const matrix = section.groups[0]!.matrices[0]!;
    expect(matrix.summary).toBe("macro F1 81.23, accuracy 60.00");
    expect(matrix.names).toEqual(["zero", "one", "class 9"]);
    expect(matrix.counts.map((row) => Array.from(row))).toEqual([
      [1, 1, 0],
      [0, 2, 0],
      [1, 0, 0],
    ]);
    // One right of two, of which two were taken for it; two right of two, three taken; none.
    expect(matrix.values).toEqual([50, expect.closeTo(80, 10), 0]);
  });

  test("leaves out tasks that no record ran, and has no section where none ran any", () => {
    const empty = classified("", [], []);
    expect(sections!([someTask], [[null], [empty]])).toEqual([]);
    const two = [someTask, { ...someTask, label: "Fields" }];
    const [section] = sections!(two, [
      [null, svm],
      [null, null],
    ]);
    if (section?.form !== "matrices") throw new Error("no matrices");
    expect(section.groups.map(({ label }) => label)).toEqual(["Fields"]);
    expect(section.groups[0]!.matrices.map((matrix) => matrix !== null)).toEqual([true, false]);
  });

  test("adds the papers that flipped where two records differ, and only there", () => {
    const other = classified("abcde", [0, 0, 1, 1, 9], [1, 0, 1, 1, 1]);
    expect(sections!([someTask], [[svm], [other]]).map(({ id }) => id)).toEqual(["confusion", "flips"]);
    expect(sections!([someTask], [[svm], [svm]]).map(({ id }) => id)).toEqual(["confusion"]);
  });
});

describe("papers whose class flipped", () => {
  test("are listed with truth and both predictions, the losses first; what both have wrong is no flip", () => {
    const after = classified("edcbaz", [9, 1, 1, 0, 0, 0], [1, 0, 1, 0, 5, 0]);
    const section = flipSection([someTask], [[svm], [after]])!;
    expect(section.groups).toHaveLength(1);
    expect(section.groups[0]).toMatchObject({
      label: "Topics",
      records: [0, 1],
      summary: "2 papers lost, 1 gained",
      numbers: 0,
      rows: [
        ["a", "zero", "zero", "class 5", "lost"],
        ["d", "one", "one", "zero", "lost"],
        ["b", "zero", "one", "zero", "gained"],
      ],
    });
  });

  test("are thirty at most, and the summary counts them all", () => {
    const many = Array.from({ length: 31 }, (_, index) => String.fromCharCode(200 + index)).join("");
    const zeros = Array(31).fill(0) as number[];
    const ones = Array(31).fill(1) as number[];
    const group = (count: number) =>
      flipSection(
        [someTask],
        [
          [classified(many.slice(0, count), zeros.slice(0, count), zeros.slice(0, count))],
          [classified(many.slice(0, count), zeros.slice(0, count), ones.slice(0, count))],
        ],
      )!.groups[0]!;
    expect(group(30).rows).toHaveLength(30);
    expect(group(30).summary).toBe("30 papers lost, 0 gained");
    expect(group(31).rows).toHaveLength(30);
    expect(group(31).summary).toBe("31 papers lost, 0 gained; the first 30 are shown");
  });

  test("are none where two records share no paper or agree", () => {
    expect(flipSection([someTask], [[svm], [classified("xy", [0, 0], [0, 0])]])).toBeNull();
    expect(flipSection([someTask], [[svm], [svm]])).toBeNull();
  });
});
