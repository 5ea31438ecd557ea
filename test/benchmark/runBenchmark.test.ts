import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import {
  type BenchmarkRequest,
  carryOutBenchmark,
  planBenchmark,
  runBenchmark,
  vectorsOfPapers,
} from "../../src/benchmark/runBenchmark.ts";
import { forAllGroups } from "../../src/benchmark/scoreSuite.ts";
import { baselineSource } from "../../src/benchmark/sources/baseline.ts";
import { encoderSource } from "../../src/benchmark/sources/encoder.ts";
import { filesSource } from "../../src/benchmark/sources/files.ts";
import { tableSource } from "../../src/benchmark/sources/table.ts";
import type { SourceVectors, VectorSource } from "../../src/benchmark/vectorSource.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import { openDataset } from "../../src/suites/dataset.ts";
import { vectorTable } from "../../src/vectors/vectorTable.ts";
import { writeVectors } from "../../src/vectors/writeVectors.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mini = await openDataset(fileURLToPath(new URL("../../datasets/mini", import.meta.url)));
const request = { tasks: ["cite", "recomm"], seeds: 1 } as const;

describe("one runner for every source", () => {
  test("scores the same vectors alike, whether an encoder makes them, files hold them or memory does", async () => {
    const embedded = await runBenchmark(mini, encoderSource(await resolveEncoder("mini")), request);
    const { table } = embedded.made.embedding;
    const file = join(folder, "mine.jsonl");
    await writeVectors(file, table);
    const filed = await runBenchmark(mini, filesSource({ "user-citation": [file], recomm: [file] }), request);
    const held = await runBenchmark(mini, tableSource(forAllGroups(table), "mine"), request);
    expect(embedded.record.scores["cite-map"]).toBeGreaterThan(40);
    expect(filed.record.scores).toEqual(embedded.record.scores);
    expect(held.record.scores).toEqual(embedded.record.scores);
    expect(filed.record.model).toMatchObject({ name: "mine", source: "vectors", dimensions: table.dimensions });
    expect(filed.record.model.files).toMatchObject([{ path: "mine.jsonl" }]);
    expect(embedded.record.timings.map(({ stage }) => stage)).toEqual(["read and plan", "embed", "cite", "recomm"]);
    expect(held.record.timings.map(({ stage }) => stage)).toEqual(["read and plan", "cite", "recomm"]);
  });

  test("plans without touching anything: what a plan's source would do is done when it is carried out", async () => {
    let made = 0;
    const { vectors, ...rest } = baselineSource("zero");
    const source: typeof rest & { vectors: typeof vectors } = {
      ...rest,
      vectors: (plan, control) => {
        made += 1;
        return vectors(plan, control);
      },
    };
    const plan = await planBenchmark(mini, source, { tasks: ["cite"] });
    expect(made).toBe(0);
    expect((await carryOutBenchmark(plan)).record.model.name).toBe("zero");
    expect(made).toBe(1);
  });

  test("runs a source that is written elsewhere, and puts its settings and notes into the record", async () => {
    const source: VectorSource<readonly string[], SourceVectors> = {
      needs: "texts",
      groups: null,
      stage: "counting letters",
      plan: async ({ papers }) => papers.flatMap((file) => file.papers.map(({ id, title }) => `${id}\0${title ?? ""}`)),
      vectors: async (plan) => {
        const rows = plan.map((entry) => entry.split("\0") as [string, string]);
        const lengths = Float32Array.from(rows, ([, title]) => title.length);
        return {
          vectors: forAllGroups(
            vectorTable(
              rows.map(([id]) => id),
              1,
              lengths,
            ),
          ),
          texts: null,
        };
      },
      facts: () => ({ ...baselineSource("zero").facts(null), name: "letters" }),
      settings: (plan) => ({ counted: plan.length }),
      notes: () => ["Vectors are the lengths of titles."],
    };
    const { record } = await runBenchmark(mini, source, { tasks: ["cite"] });
    expect(record.model.name).toBe("letters");
    expect(record.settings.counted).toBeGreaterThan(400);
    expect(record.tasks.cite).toMatchObject({ papers: { embedded: record.settings.counted } });
    expect(record.notes).toEqual(["Vectors are the lengths of titles."]);
    expect(record.timings.map(({ stage }) => stage)).toContain("counting letters");
  });

  test("makes vectors of papers alone, without a dataset", async () => {
    const papers = [{ file: "papers.json", papers: [{ id: "a", title: "A graph", abstract: null }] }];
    const { vectors } = await vectorsOfPapers(baselineSource("random"), papers);
    expect(vectors["*"]?.ids).toEqual(["a"]);
  });
});

test.each([
  ["split", { split: "train" }, "split must be val or test"],
  ["classifier", { classifier: "SVM" }, "classifier must be svm or logistic"],
  ["solver", { solver: "fast" }, "solver must be auto or reference"],
])(
  "a %s that there is not is refused: plain JavaScript would have the training papers scored",
  async (_, odd, says) => {
    const planned = planBenchmark(mini, baselineSource("zero"), { ...odd, tasks: ["mag"] } as BenchmarkRequest);
    await expect(planned).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining(says) });
  },
);

test("a source without files for a task's group leaves the task out and says which flag is missing", async () => {
  const file = join(folder, "half.jsonl");
  await writeVectors(file, vectorTable(["nobody"], 1, new Float32Array([1])));
  const source = filesSource({ recomm: [file] });
  await expect(planBenchmark(mini, source, { tasks: ["cite"] })).rejects.toThrow("no --user-citation vectors given");
  await expect(runBenchmark(mini, source)).rejects.toThrow(/no vector of the \d+ papers that recomm need/);
});

test("a vector file that is replaced while others are read is noticed, and not hashed as what was scored", async () => {
  const [first, second, other] = ["first", "second", "other"].map((name) => join(folder, `${name}.jsonl`)) as [
    string,
    string,
    string,
  ];
  const write = (path: string, value: number) => writeVectors(path, vectorTable(["x"], 1, new Float32Array([value])));
  await Promise.all([write(first, 1), write(second, 2), write(other, 3)]);
  const source = filesSource({ "user-citation": [first], recomm: [second] });
  const need = { ids: new Set(["x"]), purpose: "tasks" };
  const groups = new Map(["user-citation", "recomm"].map((group) => [group, need]));
  const readings = await source.plan({ papers: [], groups }, {});
  const { vectors } = await source.vectors(readings, {});
  expect([...(vectors.recomm?.data ?? [])]).toEqual([2]);
  const reading = source.vectors(readings, {});
  renameSync(other, second);
  await expect(reading).rejects.toThrow(/second\.jsonl: has changed while it was read/);
});

test("says of val, and of val only, that the recommendation's epoch was chosen on the clicks that are scored", async () => {
  const notesOf = async (split: "val" | "test", tasks: readonly string[]) =>
    (await runBenchmark(mini, baselineSource("zero"), { tasks, split, seeds: 1 })).record.notes.join("\n");
  expect(await notesOf("val", ["recomm"])).toMatch(/recomm: .*\bval\b/);
  expect(await notesOf("test", ["recomm"])).not.toMatch(/recomm: /);
  expect(await notesOf("val", ["cite"])).not.toMatch(/recomm: /);
});
