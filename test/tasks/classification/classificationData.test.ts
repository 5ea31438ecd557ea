import { describe, expect, test } from "vitest";
import {
  classFilesRead,
  classFindings,
  classLabelFiles,
} from "../../../src/tasks/classification/classificationData.ts";
import { someTask } from "../results.ts";

const files: Record<string, string> = {
  "topics/train.csv": "pid,class_label\na,1\nb,0\nc,1\na,1\n",
  "topics/val.csv": "pid,class_label\nd,1\n",
  "topics/test.csv": "pid,class_label\na,1\ne,7\nc,1\n",
};
const [anyFile] = classFilesRead("topics");
const read = (path: string) => {
  const text = files[path];
  return text === undefined ? undefined : anyFile!.parse(text, path);
};

describe("a classification task's label files", () => {
  test("are train and the split for a score, and all three for a reading", () => {
    expect(classLabelFiles("topics", "val").map(({ path }) => path)).toEqual(["topics/train.csv", "topics/val.csv"]);
    expect(classLabelFiles("topics", "test").map(({ path }) => path)).toEqual(["topics/train.csv", "topics/test.csv"]);
    expect(classFilesRead("topics").map(({ path }) => path)).toEqual(Object.keys(files));
    expect([...classFilesRead("topics"), ...classLabelFiles("topics", "val")].map(({ unit }) => unit)).toEqual(
      Array(5).fill("papers"),
    );
  });

  test("are counted in papers, repeated rows among them", () => {
    expect(read("topics/train.csv")).toMatchObject({ count: 4, repeatedRows: 1, paperIds: [..."abca"] });
  });
});

describe("a check of a classification task", () => {
  test("counts each class in each split, in label order, with the name where there is one", () => {
    const { classes, clicks } = classFindings(someTask, read, ["zero", "one"]);
    expect(classes).toEqual([
      { task: "topics", label: 0, name: "zero", train: 1, val: 0, test: 0 },
      { task: "topics", label: 1, name: "one", train: 3, val: 1, test: 2 },
      { task: "topics", label: 7, name: null, train: 0, val: 0, test: 1 },
    ]);
    expect(clicks).toEqual([]);
  });

  test("tells of papers that are learnt from and judged, and of nothing else", () => {
    expect(classFindings(someTask, read, []).notes).toEqual(["topics: 2 papers of test are in train as well."]);
  });

  test("says what it can where a file is missing", () => {
    const onlyVal = (path: string) => (path === "topics/val.csv" ? read(path) : undefined);
    expect(classFindings(someTask, onlyVal, [])).toEqual({
      classes: [{ task: "topics", label: 1, name: null, train: 0, val: 1, test: 0 }],
      clicks: [],
      notes: [],
    });
  });
});
