import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jsonLineSplitter } from "../../src/datasets/jsonLineEntries.ts";
import { readPaperTexts } from "../../src/datasets/papers.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const papersOf = async (name: string, text: string | Uint8Array) => {
  const path = join(temporaryFolder({ [name]: text }), name);
  const { papers, repeated } = await readPaperTexts(path, null);
  return { papers: [...papers.values()], repeated };
};

describe("papers as JSON lines", () => {
  it.each(["paper_id", "paperId", "corpusid", "corpus_id", "doc_id", "id"])("may call their ids %s", async (name) => {
    const lines = [
      { [name]: "a", title: "one", abstract: "two", year: 2020 },
      { [name]: 7, title: "three", abstract: null },
    ];
    const { papers } = await papersOf("p.jsonl", lines.map((line) => JSON.stringify(line)).join("\n"));
    expect(papers).toEqual([
      { id: "a", title: "one", abstract: "two", year: 2020 },
      { id: "7", title: "three", abstract: null, year: null },
    ]);
  });

  it("are the same whatever the chunks, line ends, blank lines and a byte order mark", () => {
    const text = '\ufeff{"id": "é", "title": "ü"}\r\n\n{"id": "b"}\n  \n{"id": "c", "title": "\u2028"}';
    const bytes = Buffer.from(text);
    const expected = [
      ["é", 1, 0],
      ["b", 3, bytes.indexOf('{"id": "b"')],
      ["c", 5, bytes.indexOf('{"id": "c"')],
    ];
    for (let size = 1; size <= bytes.length; size++) {
      const found: [string, number, number][] = [];
      const splitter = jsonLineSplitter("f", ({ key, value, line, offset }) => {
        expect(JSON.parse(Buffer.from(value).toString("utf8")).id).toBe(key);
        found.push([key, line, offset]);
      });
      for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
      splitter.end();
      expect(found).toEqual(expected);
    }
  });

  it("count an id that comes again, and the last one wins", async () => {
    const { papers, repeated } = await papersOf("P.JSONL", '{"id": "a", "title": "x"}\n{"id": "a", "title": "y"}\n');
    expect(papers).toEqual([{ id: "a", title: "y", abstract: null, year: null }]);
    expect(repeated).toBe(1);
  });

  it.each([
    ['{"id": "a"}\n{"id": "b"', ":2: is not JSON"],
    ['{"id": "a"}\n["b"]\n', ":2: expected an object"],
    [
      '{"title": "x", "name": 3}\n',
      ":1: has no paper id (paper_id, paperId, corpusid, corpusId, corpus_id, doc_id, id); its keys: title, name",
    ],
    ['{"id": 1.5}\n', ":1: its id is neither text nor a whole number"],
    ['{"id": 12345678901234567890}\n', ":1: its id is neither text nor a whole number"],
    ['{"id": null}\n', ":1: its id is neither text nor a whole number"],
    ['{"id": "a", "title": 3}\n', '"title" is of type number'],
    ["", ": is empty: expected one paper a line"],
  ])("refuse %j", async (text, message) => {
    await expect(papersOf("p.jsonl", text)).rejects.toThrow(message);
  });

  it("refuse bytes that are no text, with the line", async () => {
    const bytes = Buffer.from('{"id": "a"}\n{"id": "\xe9"}\n', "latin1");
    await expect(papersOf("p.jsonl", bytes)).rejects.toThrow("p.jsonl:2: not UTF-8 text");
  });

  it("are asked for by the ending, which a file of another name is told", async () => {
    await expect(papersOf("p.json", '{"paper_id": "a", "title": "x"}\n')).rejects.toThrow(
      "a file of one paper a line is told by its ending, .jsonl",
    );
  });
});

describe("papers in one object", () => {
  it("may begin with a byte order mark, which is no paper's", async () => {
    const { papers } = await papersOf("p.json", '\ufeff {"a": {"title": "x"}}');
    expect(papers.map(({ id }) => id)).toEqual(["a"]);
    await expect(papersOf("p.json", ' \ufeff{"a": {}}')).rejects.toThrow("expected a JSON object '{'");
  });
});
