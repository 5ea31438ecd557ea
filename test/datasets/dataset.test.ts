import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { combinedSha256 } from "../../src/files/hashFiles.ts";
import { openDataset, scorableTasks, whyNotEmbeddable, whyNotScorable } from "../../src/suites/dataset.ts";
import { scidocs } from "../../src/suites/scidocs/scidocs.ts";
import { taskOf } from "../../src/suites/suite.ts";
import { neededPapers } from "../../src/suites/suiteReading.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { readClassification, readQrel, readRecommendation, readTasks } from "../suites/readTask.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const cite = taskOf(scidocs, "cite");
const namesOf = (tasks: readonly { readonly id: string }[]): string[] => tasks.map(({ id }) => id);

const small = {
  "mag/train.csv": "pid,class_label\na,0\nb,1\n",
  "mag/val.csv": "pid,class_label\nc,0\n",
  "mag/test.csv": "pid,class_label\nd,1\n",
  "cite/test.qrel": "q 0 x 1\nq 0 y 0\n",
};

test("a folder with some tasks opens and tells what the others lack", async () => {
  const folder = temporaryFolder(small);
  const dataset = await openDataset(folder);
  expect(dataset.name).toBe(basename(folder));
  expect(namesOf(scorableTasks(dataset, "test"))).toEqual(["mag", "cite"]);
  expect(namesOf(scorableTasks(dataset, "val"))).toEqual(["mag"]);
  expect(whyNotScorable(dataset, cite, "val")).toBe(`${dataset.name} has no cite/val.qrel`);
  expect(whyNotScorable(dataset, cite, "test")).toBeNull();
  expect(whyNotEmbeddable(dataset, cite, "test")).toBe(`${dataset.name} has no paper_metadata_view_cite_read.json`);
  expect(whyNotScorable(dataset, taskOf(scidocs, "recomm"), "test")).toContain("recomm/train.csv");
});

test("a folder nested one level down is found, and called by its parent when its own name is data", async () => {
  const nested = temporaryFolder({ "benchmark/data/cite/test.qrel": small["cite/test.qrel"] });
  const dataset = await openDataset(join(nested, "benchmark"));
  expect(dataset.folder).toBe(join(nested, "benchmark", "data"));
  expect(dataset.name).toBe("benchmark");
});

test("two candidates one level down are an error that names both", async () => {
  const folder = temporaryFolder({ "one/cite/test.qrel": "q 0 x 1\n", "two/cite/test.qrel": "q 0 x 1\n" });
  await expect(openDataset(folder)).rejects.toThrow(/several SciDocs folders \((one, two|two, one)\)/);
});

test("a path that is too long is no folder", async () => {
  await expect(openDataset("x".repeat(5000))).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("class names with control characters are refused", async () => {
  const folder = temporaryFolder({ ...small, "class-names.json": '{"mag": ["Art\\u009b2J"]}' });
  await expect(openDataset(folder)).rejects.toThrow('"mag" is not a list of names in label order, plain text each');
});

test("a folder that is not there and one without SciDocs files say so", async () => {
  await expect(openDataset(join(temporaryFolder(), "none"))).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("is not a folder"),
  });
  await expect(openDataset(temporaryFolder({ "x.txt": "" }))).rejects.toThrow("holds no SciDocs files");
});

test("class names are the published ones unless class-names.json says otherwise", async () => {
  const plain = await openDataset(temporaryFolder(small));
  expect(plain.classNames.mag).toHaveLength(19);
  expect(plain.classNames.mesh).toHaveLength(11);
  const named = await openDataset(temporaryFolder({ ...small, "class-names.json": '{"mag": ["one", "two"]}' }));
  expect(named.classNames.mag).toEqual(["one", "two"]);
  expect(named.classNames.mesh).toEqual(plain.classNames.mesh);
  const list = temporaryFolder({ ...small, "class-names.json": '["one"]' });
  await expect(openDataset(list)).rejects.toThrow(/class-names\.json: should hold an object/);
  const broken = temporaryFolder({ ...small, "class-names.json": '{"mag": "one"}' });
  await expect(openDataset(broken)).rejects.toThrow('"mag" is not a list of names');
});

test("synthetic.json marks synthetic data", async () => {
  expect((await openDataset(temporaryFolder(small))).synthetic).toBe(false);
  expect((await openDataset(temporaryFolder({ ...small, "synthetic.json": "{}" }))).synthetic).toBe(true);
});

test("needed papers are train and the split for classes, and the split's pairs for rankings", async () => {
  const dataset = await openDataset(temporaryFolder(small));
  const needed = await neededPapers(dataset, ["mag", "cite"], "test");
  expect(needed.map(({ name, tasks, ids }) => ({ name, tasks, ids: [...ids] }))).toEqual([
    { name: "paper_metadata_mag_mesh.json", tasks: ["mag"], ids: ["a", "b", "d"] },
    { name: "paper_metadata_view_cite_read.json", tasks: ["cite"], ids: ["q", "x", "y"] },
  ]);
});

test("recommendation needs the papers of train, val and the split", async () => {
  const header = "pid,clicked_pid,similar_papers_avail_at_time\n";
  const files = {
    "recomm/train.csv": `${header}q,a,"a,b"\n`,
    "recomm/val.csv": `${header}q,c,"c,b"\n`,
    "recomm/test.csv": `${header}r,d,"d,b"\n`,
    "recomm/propensity_scores.json": '{"scores": [1, 0.5]}',
    "paper_metadata_recomm.json": '{"a": {"title": "A"}, "zzz": {"title": "Z"}}',
  };
  const dataset = await openDataset(temporaryFolder(files));
  const ids = async (split: "val" | "test"): Promise<string[]> => [
    ...((await neededPapers(dataset, ["recomm"], split))[0]?.ids ?? []),
  ];
  expect(await ids("val")).toEqual(["q", "a", "b", "c"]);
  expect(await ids("test")).toEqual(["q", "a", "b", "c", "r", "d"]);
  const data = await readRecommendation(dataset);
  expect([...data.papers.keys()]).toEqual(["a"]);
  expect(data.propensities).toEqual(Float64Array.of(1, 0.5));
});

test("only files that the run takes numbers from are hashed", async () => {
  const dataset = await openDataset(temporaryFolder({ ...small, "paper_metadata_mag_mesh.json": "{}" }));
  const scored = await readTasks(dataset, ["mag", "cite"]).hashes();
  expect(scored.files.map(({ path }) => path)).toEqual(["mag/train.csv", "mag/test.csv", "cite/test.qrel"]);
  expect(scored.files[2]).toEqual({
    path: "cite/test.qrel",
    bytes: 16,
    sha256: "83d40e37200daaa760b950908531f572763c1df0ad79d66600b6ff72b8cff877",
  });
  const reading = readTasks(dataset, ["mag"], "val");
  await reading.texts();
  const embedded = await reading.hashes();
  expect(embedded.files.map(({ path }) => path)).toEqual([
    "mag/train.csv",
    "mag/val.csv",
    "paper_metadata_mag_mesh.json",
  ]);
});

test("the hash of hashes does not depend on the files' order", () => {
  const one = { path: "a", sha256: "1" };
  const two = { path: "b", sha256: "2" };
  expect(combinedSha256([one, two])).toBe(combinedSha256([two, one]));
  expect(combinedSha256([one, two])).not.toBe(
    combinedSha256([
      { ...one, sha256: "2" },
      { ...two, sha256: "1" },
    ]),
  );
});

test("a task folder that is a file where a folder should be is not there", async () => {
  const folder = temporaryFolder({ "cite/test.qrel": "q 0 x 1\n", mag: "" });
  mkdirSync(join(folder, "mesh", "test.csv"), { recursive: true });
  expect(namesOf(scorableTasks(await openDataset(folder), "test"))).toEqual(["cite"]);
});

describe.skipIf(!hasShared)("the folders beside the repository", () => {
  test("the reference's small dataset is read whole", async () => {
    const dataset = await openDataset(sharedPath("goldens/reference-small"));
    expect(scorableTasks(dataset, "test")).toHaveLength(7);
    const mag = await readClassification(dataset, "mag");
    expect([mag.train.paperIds.length, mag.val.paperIds.length, mag.test.paperIds.length]).toEqual([300, 70, 70]);
    expect((await readQrel(dataset, "cite", "val")).queries).toHaveLength(40);
    const recomm = await readRecommendation(dataset);
    expect([recomm.train.length, recomm.val.length, recomm.test.length]).toEqual([300, 60, 80]);
    expect(recomm.propensities).toHaveLength(10);
  });

  test("the real papers' folder has two tasks and class names of its own", async () => {
    const dataset = await openDataset(sharedPath("data/real-sample"));
    expect(namesOf(scorableTasks(dataset, "test"))).toEqual(["mag", "cite"]);
    expect(dataset.classNames.mag).toHaveLength(7);
    const [cls] = await neededPapers(dataset, ["mag"], "test");
    expect(cls?.ids.size).toBe(4250);
  });

  test("the real cite judgements are 1,000 queries of 29,928 lines", async () => {
    const real = await openDataset(sharedPath("data/scidocs"));
    const { queries } = await readQrel(real, "cite", "test");
    expect(queries).toHaveLength(1000);
    expect(queries.reduce((sum, query) => sum + query.candidateIds.length, 0)).toBe(29_928);
  });
});
