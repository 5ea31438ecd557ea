import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readRecord } from "../../src/results/record.ts";
import { scoreText } from "../../src/tasks/scoreText.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();

interface Expected {
  readonly classification: Record<string, Record<string, { f1: number }>>;
  readonly ranking: Record<string, Record<string, { map: number; ndcg: number }>>;
}

test.each([
  [["--split", "val", "--val_or_test", "test"], "--split val and --val_or_test test: which? give one of them"],
  [["--threads", "1", "--n-jobs", "2"], "--threads 1 and --n-jobs 2: which?"],
  [["--data", "a", "--data-path", "b"], "--data a and --data-path b: which?"],
  [["--cls", "a", "--classification-embeddings-path", "b"], "--cls a and --classification-embeddings-path b: which?"],
])("a flag and the reference's name for it may not say two things: %j", (flags, message) => {
  const result = runScidocs(folder, ["score", ...flags]);
  expect(result.stderr).toContain(message);
  expect(result.exitCode).toBe(2);
});

describe.skipIf(!hasShared)("scidocs score on the reference's small dataset", () => {
  const data = sharedPath("goldens/reference-small");
  const vectors = ["--cls", "cls.jsonl", "--user-citation", "user-citation.jsonl", "--recomm", "recomm.jsonl"].map(
    (part) => (part.endsWith(".jsonl") ? join(data, part) : part),
  );

  test.each(["val", "test"])("prints the reference's classification and ranking scores of %s", async (split) => {
    // The reference's own flags, as its users type them.
    const flags = ["--data-path", data, "--val_or_test", split, "--n-jobs", "2", "-o", "r.json"];
    // The same vectors may replace their own record, so both splits go to one file.
    const result = runScidocs(folder, ["score", ...vectors, ...flags]);
    expect(result.stderr).toBe("record: r.json\n");
    expect(result.exitCode).toBe(0);
    const expected = JSON.parse(readFileSync(join(data, "expected.json"), "utf8")) as Expected;
    const record = await readRecord(join(folder, "r.json"));
    const printed = Object.fromEntries(
      Object.entries(record.scores).map(([id, value]) => [id, Number(scoreText(value ?? -1))]),
    );
    const { mag, mesh } = expected.classification[split] ?? {};
    const ranking = expected.ranking[split] ?? {};
    expect(printed).toMatchObject({
      "mag-f1": mag?.f1,
      "mesh-f1": mesh?.f1,
      "co-view-map": ranking["co-view"]?.map,
      "co-view-ndcg": ranking["co-view"]?.ndcg,
      "co-read-map": ranking["co-read"]?.map,
      "co-read-ndcg": ranking["co-read"]?.ndcg,
      "cite-map": ranking.cite?.map,
      "cite-ndcg": ranking.cite?.ndcg,
      "cocite-map": ranking["co-cite"]?.map,
      "cocite-ndcg": ranking["co-cite"]?.ndcg,
    });
    for (const value of Object.values(printed)) expect(result.stdout).toContain(value.toFixed(2));
  });

  test("leaves out the tasks without vectors, says so, and prints no average", async () => {
    const result = runScidocs(folder, [
      "score",
      "--data",
      data,
      "--user-citation",
      join(data, "user-citation.jsonl"),
      "--format",
      "json",
    ]);
    const table = JSON.parse(result.stdout) as { rows: { scores: Record<string, number | null> }[]; notes: string[] };
    expect(table.rows[0]?.scores).toMatchObject({ "mag-f1": null, Avg: null, "recomm-P@1": null });
    expect(table.rows[0]?.scores["cite-map"]).toBeCloseTo(58.71, 1);
    expect(table.notes[0]).toBe(
      "no Avg, for not all tasks ran (mag, mesh: no --cls vectors given; recomm: no --recomm vectors given).",
    );
  });

  test("exits 3 after printing the table when coverage is below what was asked", async () => {
    const args = [
      "score",
      "--data",
      data,
      "--user-citation",
      join(data, "user-citation.jsonl"),
      "--tasks",
      "cite",
      "--min-coverage",
      "99",
    ];
    const result = runScidocs(folder, args);
    expect(result.exitCode).toBe(3);
    expect(result.stdout).toContain("58.71");
    expect(result.stderr).toMatch(/fewer than the 99 % asked for: cite 9\d\.\d\d %/);
  });
});
