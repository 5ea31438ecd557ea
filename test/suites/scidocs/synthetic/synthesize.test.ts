import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readPapers, readPaperTexts } from "../../../../src/datasets/papers.ts";
import { splits } from "../../../../src/datasets/types.ts";
import { generator } from "../../../../src/stats/random/generator.ts";
import { type Dataset, openDataset, scorableTasks } from "../../../../src/suites/dataset.ts";
import { total } from "../../../../src/suites/scidocs/benchmarkSizes.ts";
import { scidocs } from "../../../../src/suites/scidocs/scidocs.ts";
import { synthesize } from "../../../../src/suites/scidocs/synthetic/synthesize.ts";
import { synthSizes } from "../../../../src/suites/scidocs/synthetic/synthSizes.ts";
import { taskOf } from "../../../../src/suites/suite.ts";
import { scoreRanking } from "../../../../src/tasks/ranking/ranking.ts";
import { vectorTable } from "../../../../src/vectors/vectorTable.ts";
import { temporaryFolder } from "../../../datasets/temporaryFolder.ts";
import { papersOfTask, readClassification, readQrel, readRecommendation } from "../../readTask.ts";

const mini = join(import.meta.dirname, "../../../../datasets/mini");

function contents(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), readFileSync(path)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

test("datasets/mini is, byte for byte, what its scale and seed give, also in an empty folder that a link leads to", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "disk"));
  symlinkSync("disk", join(folder, "mini"));
  await synthesize({ folder: join(folder, "mini"), scale: 0.005, seed: 1 });
  expect(readdirSync(folder).sort()).toEqual(["disk", "mini"]);
  const [made, committed] = [contents(join(folder, "disk")), contents(mini)];
  expect([...made.keys()]).toEqual([...committed.keys()]);
  for (const [path, bytes] of made) expect(bytes.equals(committed.get(path) ?? Buffer.alloc(0)), path).toBe(true);
});

test("another seed gives other papers in the same form", async () => {
  const folder = join(temporaryFolder(), "other");
  await synthesize({ folder, scale: 0.005, seed: 2 });
  const other = await openDataset(folder);
  expect(other.synthetic).toBe(true);
  const ids = await papersOfTask(await openDataset(mini), "cite", "test");
  for (const id of await papersOfTask(other, "cite", "test")) expect(ids.has(id)).toBe(false);
  expect(statSync(join(folder, taskOf(scidocs, "cite").metadataFile)).size).toBeGreaterThan(1e6);
});

test("scale 1 has the published benchmark's sizes", () => {
  const sizes = synthSizes(1);
  expect(total(sizes.mag)).toBe(25_001);
  expect(total(sizes.mesh)).toBe(23_473);
  expect(sizes.papers).toEqual({ cls: 48_473, ranking: 142_009, recomm: 36_261 });
  expect(sizes.queries).toBe(1000);
  expect(sizes.clicks.train).toBe(4000);
});

test("a folder with files in it is refused and left as it is", async () => {
  const folder = temporaryFolder({ "notes.txt": "mine" });
  await expect(synthesize({ folder, scale: 0.005, seed: 1 })).rejects.toMatchObject({ code: "USAGE" });
  expect([...contents(folder).keys()]).toEqual(["notes.txt"]);
});

test.each([
  { scale: 0, seed: 1 },
  { scale: Number.NaN, seed: 1 },
  { scale: 11, seed: 1 },
  { scale: 1, seed: -1 },
  { scale: 1, seed: 0.5 },
])("%j is refused", async (options) => {
  const folder = join(temporaryFolder(), "x");
  await expect(synthesize({ folder, ...options })).rejects.toMatchObject({ code: "USAGE" });
  expect(existsSync(folder)).toBe(false);
});

test("stopped half way, nothing is left", async () => {
  const parent = temporaryFolder();
  const stop = new AbortController();
  const onProgress = (): void => stop.abort();
  const made = synthesize({ folder: join(parent, "x"), scale: 0.005, seed: 1 }, { signal: stop.signal, onProgress });
  await expect(made).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(readdirSync(parent)).toEqual([]);
});

describe("the mini dataset", () => {
  let dataset: Dataset;
  beforeAll(async () => {
    dataset = await openDataset(mini);
  });

  test("has every task and says that it is synthetic", () => {
    expect(dataset).toMatchObject({ name: "mini", synthetic: true });
    for (const split of splits) expect(scorableTasks(dataset, split)).toHaveLength(7);
  });

  test("has every class in every label file", async () => {
    for (const [task, classes] of [
      ["mag", 19],
      ["mesh", 11],
    ] as const) {
      const data = await readClassification(dataset, task);
      for (const part of [data.train, data.val, data.test]) expect(new Set(part.labels).size).toBe(classes);
    }
  });

  test("has gaps that move the counters: papers without metadata, abstract, title or year", async () => {
    for (const task of ["mag", "cite", "recomm"] as const) {
      const file = join(mini, taskOf(scidocs, task).metadataFile);
      const { papers } = await readPaperTexts(file, null);
      const named = new Set([
        ...(await papersOfTask(dataset, task, "val")),
        ...(await papersOfTask(dataset, task, "test")),
      ]);
      if (task !== "cite") expect([...named].some((id) => !papers.has(id))).toBe(true);
      const all = [...papers.values()];
      expect(all.some(({ abstract }) => abstract === null)).toBe(true);
      expect(all.some(({ year }) => year === null)).toBe(true);
      const words = all.flatMap(({ abstract }) => (abstract === null ? [] : [abstract.split(" ").length]));
      const mean = words.reduce((sum, count) => sum + count, 0) / words.length;
      expect(mean).toBeGreaterThan(120);
      expect(mean).toBeLessThan(180);
    }
  });

  test("has papers that two files hold, with the same text in both", async () => {
    const { papers: cls } = await readPaperTexts(join(mini, taskOf(scidocs, "mag").metadataFile), null);
    const { papers: ranking } = await readPaperTexts(join(mini, taskOf(scidocs, "cite").metadataFile), null);
    const both = [...ranking.values()].filter(({ id }) => cls.has(id));
    expect(both.length).toBeGreaterThan(3);
    for (const paper of both) expect(cls.get(paper.id)).toEqual(paper);
  });

  test("has cite candidates that the query does reference, and references that agree with cited_by", async () => {
    const { papers } = await readPapers(join(mini, taskOf(scidocs, "cite").metadataFile), null);
    for (const { queryId, candidateIds, relevance } of (await readQrel(dataset, "cite", "test")).queries) {
      const references = papers.get(queryId)?.references;
      for (const [index, candidate] of candidateIds.entries()) {
        if (references !== undefined && relevance[index] === 1) expect(references).toContain(candidate);
        const citedBy = papers.get(candidate)?.citedBy;
        if (citedBy !== undefined && relevance[index] === 1) expect(citedBy).toContain(queryId);
      }
    }
  });

  test("has clicks that favour the first positions", async () => {
    const { train, propensities } = await readRecommendation(dataset);
    const atPosition = (first: number, last: number): number =>
      train.filter(({ shownIds, clickedId }) => {
        const place = shownIds.indexOf(clickedId);
        return place >= first && place < last;
      }).length;
    expect(atPosition(0, 2)).toBeGreaterThan(1.3 * atPosition(2, 4));
    expect(propensities).toHaveLength(10);
  });

  test("gives random vectors a MAP of about 25 and an nDCG of about 51", async () => {
    let map = 0;
    let ndcg = 0;
    let files = 0;
    for (const task of ["co-view", "co-read", "cite", "co-cite"]) {
      for (const split of splits) {
        const qrel = await readQrel(dataset, task, split);
        const ids = [...(await papersOfTask(dataset, task, split))];
        for (const seed of [1, 2, 3]) {
          const random = generator(seed);
          const numbers = Float64Array.from({ length: ids.length * 25 }, random.normal);
          const result = scoreRanking({ qrel, vectors: vectorTable(ids, 25, numbers) });
          map += 100 * result.map;
          ndcg += 100 * result.ndcg;
          files += 1;
        }
      }
    }
    expect(Math.abs(map / files - 25)).toBeLessThan(1.5);
    expect(Math.abs(ndcg / files - 51)).toBeLessThan(1.5);
  });
});
