import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseJson, readJsonFile, readJsonFileSync, readJsonObject } from "../../src/files/jsonFile.ts";
import { freshFolder } from "../cli/runScidocs.ts";

const folder = freshFolder();
function fileWith(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("JSON from a file", () => {
  it("is the same read at once or later, with a byte order mark or without", async () => {
    const [plain, marked] = [fileWith("plain.json", '{"a": [1]}'), fileWith("marked.json", '\ufeff{"a": [1]}')];
    for (const file of [plain, marked]) {
      expect(await readJsonFile(file)).toEqual({ a: [1] });
      expect(readJsonFileSync(file)).toEqual({ a: [1] });
      expect(readJsonObject(file)).toEqual({ a: [1] });
    }
    expect(parseJson("\ufeff1", "f")).toBe(1);
  });

  it.each([
    ["broken.json", '{"a": ', /broken\.json: is not JSON: /],
    ["latin1.json", Uint8Array.of(0x22, 0xe9, 0x22), /latin1\.json:1: not UTF-8 text/],
    ["list.json", "[]", /list\.json: should hold a JSON object/],
  ])("of %s is refused with its name", (name, content, message) => {
    expect(() => readJsonObject(fileWith(name, content))).toThrow(message);
  });

  it("of far more parts than a text of its length has is refused, and of many ordinary ones read", () => {
    const objects = `[${"{},".repeat(2_400_000)}{}]`;
    expect(() => parseJson(objects, "f.json")).toThrow(/^f\.json: its \d+ characters of JSON hold 2400002 lists/);
    const merges = `[${'["an","other"],'.repeat(200_000)}0]`;
    expect(parseJson(merges, "f.json")).toHaveLength(200_001);
  });

  it("that is not there is told as missing", async () => {
    const file = join(folder, "none.json");
    await expect(readJsonFile(file)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(() => readJsonFileSync(file)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  });

  it("names the line where a file has several values", () => {
    expect(() => parseJson("{", "f.jsonl", 3)).toThrow(/^f\.jsonl:3: is not JSON/);
  });
});

it("a packed line is called packed", () => {
  const packed = gzipSync('{"a": 1}').toString("utf8");
  expect(() => parseJson(packed, "lines.jsonl", 1)).toThrow(
    "lines.jsonl: is packed with gzip; unpack it first (gunzip)",
  );
});
