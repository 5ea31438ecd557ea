import { expect, test } from "vitest";
import { parseClicks, parsePropensities } from "../../src/datasets/clicks.ts";

const header = "pid,clicked_pid,similar_papers_avail_at_time\n";

test("shown papers come in displayed order", () => {
  expect(parseClicks(`${header}q,b,"a,b,c"\nr,z,z\n`, "f")).toEqual([
    { queryId: "q", clickedId: "b", shownIds: ["a", "b", "c"] },
    { queryId: "r", clickedId: "z", shownIds: ["z"] },
  ]);
});

test.each([
  ["", "f:1: empty"],
  ["pid,clicked_pid\n", "f:1: expected three columns"],
  [
    'clicked_pid,pid,similar_papers_avail_at_time\n1,2,"1,2"\n',
    "f:1: the column pid is not column 1: expected pid,clicked",
  ],
  [`,${header}`, "f:1: the column pid is not column 1"],
  [header, "f:1: no clicks after the header"],
  ['q,b,"a,b"\n', "f:1: the header pid,clicked_pid,similar_papers_avail_at_time is missing"],
  [`${header}q,b,a,b\n`, "f:2: expected 3 fields as in the header, found 4 (is the list quoted?)"],
  [`${header}q,b,"a,,b"\n`, "f:2: the list of shown papers is empty or has an empty id in it"],
  [`${header}q,b,"a,c"\n`, "f:2: the clicked paper b is not among the 2 shown"],
  [`${header},b,"b,c"\n`, "f:2: an id is empty"],
  [`${header}q,b,"b,c\u001b[2J"\n`, "f:2: an id has control characters"],
])("%j is refused with file and line", (text, message) => {
  expect(() => parseClicks(text, "f")).toThrow(message);
});

test("propensities keep their values and order", () => {
  expect(parsePropensities('{"scores": [1.5, 0.25]}', "f")).toEqual(Float64Array.of(1.5, 0.25));
});

test.each([
  ["[1]", "f: expected {"],
  ['{"scores": []}', "f: expected {"],
  ['{"scores": [1, 0]}', "f: the propensity of position 2 is not a number above 0"],
  ['{"scores": [1, 0.5], "scores": [0.5, 1]}', "f: scores is given twice; say it once"],
  ['{"scores": [1, "2"]}', "f: the propensity of position 2"],
  ["{", "f: is not JSON"],
])("propensities %j are refused", (text, message) => {
  expect(() => parsePropensities(text, "f")).toThrow(message);
});
