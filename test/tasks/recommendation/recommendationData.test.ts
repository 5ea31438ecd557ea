import { describe, expect, test } from "vitest";
import { recommendation } from "../../../src/tasks/recommendation/family.ts";
import { clickFiles, clickFindings } from "../../../src/tasks/recommendation/recommendationData.ts";
import { someTask } from "../results.ts";

const header = "pid,clicked_pid,similar_papers_avail_at_time\n";

describe("a recommendation task's label files", () => {
  test("are train, val, the split where it is another, and the propensities", () => {
    const paths = (split: "val" | "test") => clickFiles("recomm", split).map(({ path }) => path);
    const logs = ["recomm/train.csv", "recomm/val.csv", "recomm/test.csv"];
    expect(paths("test")).toEqual([...logs, "recomm/propensity_scores.json"]);
    expect(paths("val")).toEqual([...logs.slice(0, 2), "recomm/propensity_scores.json"]);
    expect(recommendation.filesRead("recomm", "val").map(({ path }) => path)).toEqual(paths("test"));
    expect(clickFiles("recomm", "val").map(({ unit }) => unit)).toEqual(["clicks", "clicks", "positions"]);
  });

  test("name a click's query, its clicked paper and all that were shown; propensities name none", () => {
    const files = clickFiles("recomm", "test");
    const log = files[0]!.parse(`${header}q,b,"a,b"\nr,a,a\n`, "x");
    expect(log).toMatchObject({ count: 2, paperIds: ["q", "b", "a", "b", "r", "a", "a"] });
    const scores = files.at(-1)!.parse('{"scores": [1, 0.5, 0.25]}', "x");
    expect(scores).toMatchObject({ count: 3, paperIds: [] });
  });
});

describe("a check of a recommendation task", () => {
  const parse = clickFiles("topics", "test")[0]!.parse;
  const logs: Record<string, string> = {
    "topics/train.csv": `${header}q,b,"a,b"\nr,a,"a,b,c,d"\ns,d,"a,b,c,d"\nt,b,"a,b"\n`,
    "topics/test.csv": `${header}q,a,a\n`,
  };
  const read = (path: string) => (logs[path] === undefined ? undefined : parse(logs[path], path));

  test("counts clicks by displayed position and how many papers were shown, in each split that it could read", () => {
    expect(clickFindings(someTask, read)).toEqual({
      classes: [],
      clicks: [
        { split: "train", clicks: 4, positions: [1, 2, 0, 1], meanShown: 3 },
        { split: "test", clicks: 1, positions: [1], meanShown: 1 },
      ],
      notes: [],
    });
  });
});
