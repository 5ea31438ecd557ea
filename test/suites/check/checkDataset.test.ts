import { expect, test } from "vitest";
import { datasetCheckText } from "../../../src/report/datasetCheckText.ts";
import { checkDataset } from "../../../src/suites/check/checkDataset.ts";
import { datasetCheckSchema } from "../../../src/suites/check/datasetCheck.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";

const files = {
  "mag/train.csv": "pid,class_label\na,0\nb,1\nb,1\n",
  "mag/val.csv": "pid,class_label\na,0\n",
  "mag/test.csv": "pid,class_label\nc,18\nd,1\n",
  "cite/val.qrel": "q 0 x 1\nq 0 x 0\n",
  "cite/test.qrel": "q 0 x 1\nq 0 gone 0\n",
  "recomm/train.csv": 'pid,clicked_pid,list\nq,a,"a,b"\nq,b,"a,b"\nq,a,"a,b,c"\n',
  "paper_metadata_mag_mesh.json":
    '{"a": {"title": "A", "abstract": "x"}, "b": {"title": " ", "abstract": ""}, "b": {}, "c": {"title": "C"}}',
  "paper_metadata_view_cite_read.json": '{"q": {"title": "Q"}, "x": {"title": "X"}',
};

test("missing and broken files, gaps, classes and clicks are found", async () => {
  const check = await checkDataset(temporaryFolder(files));
  const stateOf = Object.fromEntries(check.files.map(({ path, state, count }) => [path, `${state} ${count}`]));
  expect(stateOf).toMatchObject({
    "mag/train.csv": "ok 3",
    "cite/val.qrel": "broken null",
    "cite/test.qrel": "ok 1",
    "mesh/train.csv": "missing null",
    "paper_metadata_mag_mesh.json": "ok 3",
    "paper_metadata_view_cite_read.json": "broken null",
  });
  const problemOf = (path: string): string | null => check.files.find((file) => file.path === path)?.problem ?? null;
  expect(problemOf("cite/val.qrel")).toContain("cite/val.qrel:2: x was already judged for query q on line 1");
  expect(problemOf("paper_metadata_view_cite_read.json")).toContain("ends too early");
  expect(check.complete).toBe(false);
  expect(check.tasks).toEqual([
    {
      task: "mag",
      split: "val",
      papers: 2,
      withoutMetadata: 0,
      withoutMetadataIds: [],
      emptyText: 1,
      withoutAbstract: 0,
    },
    {
      task: "mag",
      split: "test",
      papers: 4,
      withoutMetadata: 1,
      withoutMetadataIds: ["d"],
      emptyText: 1,
      withoutAbstract: 1,
    },
    {
      task: "cite",
      split: "test",
      papers: 3,
      withoutMetadata: null,
      withoutMetadataIds: [],
      emptyText: null,
      withoutAbstract: null,
    },
  ]);
  expect(check.classes).toEqual([
    { task: "mag", label: 0, name: "Art", train: 1, val: 1, test: 0 },
    { task: "mag", label: 1, name: "Biology", train: 2, val: 0, test: 1 },
    { task: "mag", label: 18, name: "Sociology", train: 0, val: 0, test: 1 },
  ]);
  expect(check.clicks).toEqual([{ split: "train", clicks: 3, positions: [2, 1], meanShown: 7 / 3 }]);
  expect(check.notes).toEqual([
    "mag has 6 labelled papers, the published benchmark 25001.",
    "mag/train.csv repeats 1 rows; they count twice, as in the reference.",
    "paper_metadata_mag_mesh.json has 1 papers more than once; the last one is used.",
    "mag: 1 papers of val are in train as well.",
  ]);
});

test("the findings survive JSON in the declared form", async () => {
  const check = await checkDataset(temporaryFolder(files));
  expect(datasetCheckSchema.parse(JSON.parse(JSON.stringify(check)))).toEqual(check);
});

test("an id with a terminal escape is shown written out", async () => {
  const folder = temporaryFolder({
    "cite/val.qrel": "\u001b[2J 0 x 1\n",
    "cite/test.qrel": "q 0 x\u202e 1\nq 0 x\u202e 1\n",
  });
  const text = datasetCheckText(await checkDataset(folder), { color: false });
  expect(text).toContain("control characters in \\x1b[2J 0 x 1");
  expect(text).toContain("x\\u202e was already judged for query q");
  expect(text).not.toContain("\u001b");
  expect(text).not.toContain("\u202e");
});
