import { appendFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type JsonEntry, jsonEntrySplitter, valueText } from "../../src/datasets/jsonEntries.ts";
import { forEachPaperEntry, readPapers, readPaperTexts } from "../../src/datasets/papers.ts";
import { readHashedText, readLabelFile, readTextFile } from "../../src/files/textFile.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const metadata = (papers: string): string => join(temporaryFolder({ "papers.json": papers }), "papers.json");

test("a paper's fields are read, with defaults for those that are missing", async () => {
  const file = metadata(`{
    "a": {"paper_id": "a", "title": "On {brackets} and \\"quotes\\\\", "abstract": null, "year": 1999,
          "authors": ["1", 2], "cited_by": ["b"], "references": []},
    "b": {"title": null, "year": " 2001 "},
    "c": {"title": "", "year": "n.d."}
  }`);
  const { papers, entries, repeated } = await readPapers(file, null);
  expect([...papers.values()]).toEqual([
    {
      id: "a",
      title: 'On {brackets} and "quotes\\',
      abstract: null,
      year: 1999,
      authors: ["1", "2"],
      citedBy: ["b"],
      references: [],
    },
    { id: "b", title: null, abstract: null, year: 2001, authors: [], citedBy: [], references: [] },
    { id: "c", title: "", abstract: null, year: null, authors: [], citedBy: [], references: [] },
  ]);
  expect({ entries, repeated }).toEqual({ entries: 3, repeated: 0 });
});

test("only needed papers are kept and the last of a repeated id wins", async () => {
  const file = metadata('{"a": {"title": "old"}, "b": {"title": "other"}, "a": {"title": "new"}}');
  const { papers, entries, repeated } = await readPaperTexts(file, new Set(["a", "zzz"]));
  expect([...papers.values()]).toEqual([{ id: "a", title: "new", abstract: null, year: null }]);
  expect({ entries, repeated }).toEqual({ entries: 3, repeated: 1 });
});

test("a paper called __proto__ and a field called __proto__ are data like any other", async () => {
  const file = metadata('{"__proto__": {"title": "t", "__proto__": {"abstract": "from the prototype"}}}');
  const { papers } = await readPaperTexts(file, null);
  expect([...papers.values()]).toEqual([{ id: "__proto__", title: "t", abstract: null, year: null }]);
  expect(({} as { abstract?: string }).abstract).toBeUndefined();
});

test.each([
  ["", ":1: is empty: broken JSON at byte 0"],
  ["[]", ":1: broken JSON at byte 0: expected a JSON object '{', found '['"],
  ['{"a": {"title": "x"}', ":1: ends too early"],
  ['{"a": {"title": "x"}}\n{"b": {}}', ":2: broken JSON at byte 22: expected nothing more, found '{'"],
  ['{\n"a": {"title": "x"},\n}', ":3: broken JSON at byte 23: expected a key in double quotes, found '}'"],
  ['{\n"a" {}}', ":2: broken JSON at byte 6: expected ':', found '{'"],
  ['{\n\n"a": {"title" "x"}}', ":3: paper a (at byte 3): broken JSON"],
  ['{"a": 3}', ':1: paper a (at byte 1): expected an object {"title"'],
  ['{"a": {"title": 3}}', ':1: paper a (at byte 1): "title" is of type number'],
  ['{"a": {"cited_by": [null]}}', ':1: paper a (at byte 1): "cited_by" is not a list of ids'],
  ['{"a\u001b[2J": 3}', ":1: broken JSON in the key"],
  ['{"a\\u001b[2J": 3}', ":1: paper a\\x1b[2J"],
])("%j is refused with file, line and byte", async (text, message) => {
  const file = metadata(text);
  await expect(readPapers(file, null)).rejects.toThrow(file + message);
});

test("an entry that never ends is refused long before memory does", () => {
  const splitter = jsonEntrySplitter("f", () => {});
  splitter.push(Buffer.from('{"a": {}, "b": "'));
  expect(() => splitter.push(Buffer.alloc(2 ** 26 + 1, "x"))).toThrow(
    "f:1: the entry at byte 10 has more than 16 MiB: this is no file of papers",
  );
});

test("a file of lines is refused unread when it is too long, and one of labels sooner", async () => {
  const file = join(temporaryFolder({ "test.qrel": "" }), "test.qrel");
  truncateSync(file, 2 ** 28 + 1);
  await expect(readTextFile(file)).rejects.toThrow(`${file}: 268435457 bytes are too many for a file of its kind`);
  truncateSync(file, 2 ** 26 + 1);
  for (const read of [readLabelFile, readHashedText]) {
    await expect(read(file)).rejects.toThrow(`${file}: 67108865 bytes are too many for a file of its kind`);
  }
});

test("a label file of far more lines than any benchmark has is refused before they are taken apart", async () => {
  const file = join(temporaryFolder({ "test.qrel": "\n".repeat(2 ** 21 + 1) }), "test.qrel");
  await expect(readLabelFile(file)).rejects.toThrow("has over 1048576 lines");
  expect(await readTextFile(file)).toHaveLength(2 ** 21 + 1);
});

test("a missing file is said to be missing", async () => {
  await expect(readPapers(join(temporaryFolder(), "none.json"), null)).rejects.toThrow("none.json is missing");
});

test("an aborted read stops with INTERRUPTED", async () => {
  const signal = AbortSignal.abort();
  await expect(readPapers(metadata('{"a": {}}'), null, { signal })).rejects.toMatchObject({ code: "INTERRUPTED" });
});

test("entries are the same however the bytes are cut into chunks", () => {
  const text =
    '{ "a\\"b" : {"t": "x\\\\", "l": [1, {"y": "}"}]} ,\n"n":-1.5e3,"s":"te,xt\\"", "t": true\n, "ü": [ ] , "e": {} }\n';
  const bytes = Buffer.from(text);
  const split = (size: number): string[] => {
    const seen: string[] = [];
    const onEntry = ({ key, value, line, offset }: JsonEntry): void => {
      seen.push(`${line} ${offset} ${key} ${valueText(value)}`);
    };
    const splitter = jsonEntrySplitter("f", onEntry);
    for (let start = 0; start < bytes.length; start += size) splitter.push(bytes.subarray(start, start + size));
    splitter.end();
    return seen;
  };
  const whole = split(bytes.length);
  expect(whole).toEqual([
    '1 2 a"b {"t": "x\\\\", "l": [1, {"y": "}"}]}',
    "2 48 n -1.5e3",
    '2 59 s "te,xt\\""',
    "2 74 t true",
    "3 86 ü [ ]",
    "3 98 e {}",
  ]);
  for (const place of whole.slice(1)) {
    const [, offset] = place.split(" ");
    expect(String.fromCharCode(bytes[Number(offset)] ?? 0)).toBe('"');
  }
  for (let size = 1; size < 40; size += 1) expect(split(size)).toEqual(whole);
});

test("a file that grows or is cut while it is read is told of, and not read by half", async () => {
  const line = (id: string): string => `${JSON.stringify({ paper_id: id, title: "T" })}\n`;
  for (const change of [appendFileSync, (file: string): void => truncateSync(file, 100)]) {
    const folder = temporaryFolder({ "papers.jsonl": Array.from({ length: 50 }, (_, at) => line(`p${at}`)).join("") });
    const file = join(folder, "papers.jsonl");
    let isChanged = false;
    const read = forEachPaperEntry(file, () => {
      if (!isChanged) change(file, line("late"));
      isChanged = true;
    });
    await expect(read).rejects.toThrow(`${file}: has changed while it was read`);
  }
});
