import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseQrel } from "../../../src/datasets/qrel.ts";
import { trecOrder } from "../../../src/metrics/trecOrder.ts";
import { scoreRanking } from "../../../src/tasks/ranking/ranking.ts";
import { trecQrelText, trecRunText } from "../../../src/tasks/ranking/trecFiles.ts";
import { readVectors } from "../../../src/vectors/readVectors.ts";
import { vectorTable } from "../../../src/vectors/vectorTable.ts";
import { hasShared, sharedPath } from "../../shared.ts";

const vectors = vectorTable(["q", "a", "b", "c"], 1, Float64Array.of(0, 3, 3, 1.5e-5), new Set(["e"]));
const qrel = parseQrel("q 0 a 1\nq 0 b 0\nq 0 e 1\nq 0 none 2\nq 0 c 0\nlost 0 a 1\n", "x");

test("the judgements of the scored queries come out as they went in", () => {
  expect(trecQrelText({ qrel, vectors })).toBe("q 0 a 1\nq 0 b 0\nq 0 e 1\nq 0 none 2\nq 0 c 0\n");
});

test("a run lists the ranked candidates of the scored queries, best first, with the reference's scores", () => {
  expect(trecRunText({ qrel, vectors }, "mine")).toBe(
    ["q Q0 c 1 -0.00002 mine", "q Q0 b 2 -3 mine", "q Q0 a 3 -3 mine", "q Q0 e 4 -inf mine", ""].join("\n"),
  );
});

test("an id that trec_eval would split is refused", () => {
  const spaced = { queries: [{ queryId: "q", candidateIds: ["a", "a b"], relevance: Int32Array.of(1, 0) }] };
  expect(() => trecQrelText({ qrel: spaced, vectors })).toThrow('the id "a b"');
});

describe.skipIf(!hasShared)("reference-small", () => {
  test("whoever sorts the run file as trec_eval does finds the order that was scored", async () => {
    const table = await readVectors([sharedPath("goldens/reference-small/user-citation.jsonl")]);
    const judged = parseQrel(readFileSync(sharedPath("goldens/reference-small/cite/test.qrel"), "utf8"), "cite");
    // From the last line to the first: the order of the lines must not matter.
    const lines = trecRunText({ qrel: judged, vectors: table }).trimEnd().split("\n").reverse();
    const fields = lines.map((line) => line.split(" "));
    const { rows } = scoreRanking({ qrel: judged, vectors: table });
    for (const [i, query] of rows.query.entries()) {
      const found = fields.filter(([id]) => id === query);
      const ids = found.map(([, , id]) => id!);
      const order = trecOrder(
        ids,
        found.map((line) => (line[4] === "-inf" ? Number.NEGATIVE_INFINITY : Number(line[4]))),
      );
      const candidates = judged.queries.find(({ queryId }) => queryId === query)!.candidateIds;
      expect(order.map((at) => ids[at])).toEqual(rows.order[i]!.map((position) => candidates[position]));
    }
  });
});
