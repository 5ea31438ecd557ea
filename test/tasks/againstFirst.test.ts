import { expect, test } from "vitest";
import { againstFirst } from "../../src/tasks/againstFirst.ts";

const tasks = ["One", "Two"].map((label) => ({ id: label.toLowerCase(), label, folder: label }));
const groupOf = (label: string, a: string, b: string, records: readonly [number, number]) => ({
  label,
  records,
  summary: `${a} and ${b}`,
  heads: [],
  rows: [],
  numbers: 0,
});

test("each further record stands against the first one, task by task", () => {
  const groups = againstFirst(
    tasks,
    [
      ["a1", "a2"],
      ["b1", "b2"],
      ["c1", "c2"],
    ],
    groupOf,
  );
  expect(groups.map(({ label, records, summary }) => [label, records, summary])).toEqual([
    ["One", [0, 1], "a1 and b1"],
    ["One", [0, 2], "a1 and c1"],
    ["Two", [0, 1], "a2 and b2"],
    ["Two", [0, 2], "a2 and c2"],
  ]);
});

test("what one of the two did not run, and what has nothing to show, has no group", () => {
  const groups = againstFirst(
    tasks,
    [
      ["a1", null],
      [null, "b2"],
      ["c1", "c2"],
    ],
    groupOf,
  );
  expect(groups.map(({ summary }) => summary)).toEqual(["a1 and c1"]);
  expect(
    againstFirst(
      tasks,
      [
        ["a1", "a2"],
        ["b1", "b2"],
      ],
      () => null,
    ),
  ).toEqual([]);
  expect(againstFirst<string>(tasks, [], groupOf)).toEqual([]);
});
