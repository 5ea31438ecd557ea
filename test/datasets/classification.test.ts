import { expect, test } from "vitest";
import { parseLabels } from "../../src/datasets/classification.ts";

test("columns go by position whatever the header calls them", () => {
  const { paperIds, labels } = parseLabels("paper,field\na,3\nb,0\n", "f");
  expect(paperIds).toEqual(["a", "b"]);
  expect(labels).toEqual(Int32Array.of(3, 0));
});

test("carriage returns, quotes and a missing last line end are all the same", () => {
  const plain = parseLabels("pid,class_label\na,3\nb,0\n", "f");
  expect(parseLabels('pid,class_label\r\n"a","3"\r\nb,0\r\n', "f")).toEqual(plain);
  expect(parseLabels("pid,class_label\na,3\nb,0", "f")).toEqual(plain);
});

test("a row repeated word for word counts twice, as in the reference, and is counted", () => {
  const read = parseLabels("pid,class_label\na,3\na,3\n", "f");
  expect(read.paperIds).toEqual(["a", "a"]);
  expect(read.repeatedRows).toBe(1);
});

test.each([
  ["", "f:1: empty"],
  ["pid\na\n", "f:1: expected two columns"],
  ["class_label,pid\n7,3\n", "f:1: the column pid is not column 1: expected pid,class_label in this order"],
  [",pid,class_label\n0,123,4\n", "f:1: the column pid is not column 1"],
  ["pid,title,class_label\n1,2,3\n", "f:1: the column class_label is not column 2"],
  ["pid,class_label\n", "f:1: no papers after the header"],
  ["a,3\nb,1\n", "f:1: the header pid,class_label is missing"],
  ["pid,class_label\na\n", "f:2: expected 2 fields as in the header, found 1"],
  ["pid,class_label\na,1\n\nb,1\n", "f:3: expected 2 fields as in the header, found 1"],
  ["pid,class_label\na,Art\n", 'f:2: the class label "Art" is not an integer'],
  ["pid,class_label\na,1.0\n", 'f:2: the class label "1.0" is not an integer'],
  ["pid,class_label\na,3000000000\n", 'f:2: the class label "3000000000" is not an integer'],
  ["pid,class_label\n,1\n", "f:2: the paper id is empty"],
  ["pid,class_label\na,1\nb,1\na,2\n", "f:4: paper a has another label on line 2"],
  ['pid,class_label\n"a,1\nb,1\n', "f:2: broken CSV"],
  ['pid,class_label\n"x\ny",1\nb,?\n', 'f:4: the class label "?" is not an integer'],
  ['pid,class_label\n"x\ny",1\n', "f:2: the paper id x\\x0ay has control characters"],
])("%j is refused with file and line", (text, message) => {
  expect(() => parseLabels(text, "f")).toThrow(message);
});
