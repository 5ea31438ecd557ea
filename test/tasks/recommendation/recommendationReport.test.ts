import { describe, expect, test } from "vitest";
import { movedClicks } from "../../../src/tasks/recommendation/movedClicks.ts";
import { recommendationReport } from "../../../src/tasks/recommendation/recommendationReport.ts";
import { recommended, someTask } from "../results.ts";

const { notes, sections } = recommendationReport;
/** Above 0 earns 100, above 2 earns 50, above 6 earns 33.33. */
const a = recommended("pqrs", "wxyz", [
  [0, 2, 0, 2],
  [2, 2, 0, 2],
]);

describe("a report on recommendation results", () => {
  test("holds the score against the displayed order and the untrained network, task by task", () => {
    expect(
      notes?.([
        { task: someTask, result: a },
        { task: someTask, result: null },
      ]),
    ).toEqual([
      "topics nDCG and P@1 are means over 2 seeds; papers in displayed order reach 40.00 and 15.00, the network before training 41.00 and 16.00.",
    ]);
  });

  test("draws nDCG by displayed position, over clicks and seeds, in the order of positions", () => {
    const rows = { ...a.rows, clickedPosition: [3, 1, 3, 2] };
    const [section] = sections!([someTask], [[{ ...a, rows }], [null]]);
    if (section?.form !== "curves") throw new Error("no curves");
    expect(section.curves).toEqual([
      [
        { x: 1, count: 1, y: 50 },
        { x: 2, count: 1, y: 50 },
        { x: 3, count: 2, y: (75 + 100) / 2 },
      ],
      [],
    ]);
  });

  test("has no section where no record ran the task", () => {
    expect(sections!([someTask], [[null], [null]])).toEqual([]);
  });

  test("adds the clicks that moved where two records differ, and only there", () => {
    const b = recommended("pqrs", "wxyz", [[0, 0, 0, 0]]);
    expect(sections!([someTask], [[a], [b]]).map(({ id }) => id)).toEqual(["clicks", "moved-clicks"]);
    expect(sections!([someTask], [[a], [a]]).map(({ id }) => id)).toEqual(["clicks"]);
  });
});

describe("clicks that moved", () => {
  test("are listed from the deepest fall to the highest rise, with the position and both values", () => {
    const b = recommended("pqrs", "wxyz", [[0, 0, 6, 2]]);
    const section = movedClicks([someTask], [[a], [b]])!;
    expect(section.groups).toHaveLength(1);
    expect(section.groups[0]).toMatchObject({
      label: "Topics",
      records: [0, 1],
      summary: "1 clicks lost, 2 gained",
      numbers: 4,
      rows: [
        ["r", "y", "3", "100.00", "33.33", "-66.67"],
        ["p", "w", "1", "75.00", "100.00", "+25.00"],
        ["q", "x", "2", "50.00", "100.00", "+50.00"],
      ],
    });
  });

  test("are those of the same query and the same clicked paper at the same place", () => {
    expect(movedClicks([someTask], [[a], [recommended("xxxx", "wxyz", [[9, 9, 9, 9]])]])).toBeNull();
    expect(movedClicks([someTask], [[a], [recommended("pqrs", "aaaa", [[9, 9, 9, 9]])]])).toBeNull();
    expect(movedClicks([someTask], [[a], [a]])).toBeNull();
  });

  test("are the eight largest each way where there are more than sixteen, and the summary counts them all", () => {
    const names = Array.from({ length: 17 }, (_, click) => String.fromCharCode(97 + click)).join("");
    const before = recommended(names, names, [Array.from(names, () => 20)]);
    const later = (count: number) =>
      recommended(names, names, [
        Array.from(names, (_, click) => (click < count ? (click < 9 ? 21 + click : 19 - click) : 20)),
      ]);
    const [all] = movedClicks([someTask], [[before], [later(16)]])!.groups;
    expect(all).toMatchObject({ summary: "9 clicks lost, 7 gained" });
    expect(all!.rows.map(([query]) => query)).toEqual([..."ihgfedcba", ..."jklmnop"]);
    const [some] = movedClicks([someTask], [[before], [later(17)]])!.groups;
    expect(some).toMatchObject({ summary: "9 clicks lost, 8 gained; the 8 largest each way are shown" });
    expect(some!.rows.map(([query]) => query)).toEqual([..."ihgfedcb", ..."jklmnopq"]);
  });
});
