import { expect, test } from "vitest";
import { ranking } from "../../../src/tasks/ranking/family.ts";
import { judgementFiles } from "../../../src/tasks/ranking/rankingData.ts";
import { vectorTable } from "../../../src/vectors/vectorTable.ts";
import { someTask } from "../results.ts";

test("a ranking task has one file of judgements a split, counted in queries, which names queries and candidates", () => {
  const [file, ...others] = judgementFiles("cite", "val");
  expect(others).toEqual([]);
  expect(file).toMatchObject({ path: "cite/val.qrel", unit: "queries" });
  expect(judgementFiles("cite", "test")[0]?.path).toBe("cite/test.qrel");
  const contents = file!.parse("q 0 a 1\nq 0 b 0\nr 0 a 1\n", "x");
  expect(contents).toMatchObject({ count: 2, paperIds: ["q", "a", "b", "r", "a"] });
});

test("a ranking task exports its judgements and its run under its name and split", () => {
  const data = judgementFiles("cite", "val")[0]!.parse("q 0 a 1\n", "x") as never;
  const vectors = vectorTable(["q", "a"], 1, Float64Array.of(0, 2));
  const exported = ranking.exports!({
    task: someTask,
    data,
    split: "val",
    vectors,
    papers: new Map(),
    classNames: [],
    options: {},
  });
  expect(exported).toEqual([
    { name: "topics.val.qrel", text: "q 0 a 1\n" },
    { name: "topics.val.run", text: "q Q0 a 1 -2 scidocs\n" },
  ]);
});
