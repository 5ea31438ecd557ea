import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseRecord, readRecord, recordText, writeRecord } from "../../src/results/record.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import { buildRecord } from "./recordBuilder.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-record-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const record = buildRecord({ items: 3 });

describe("a record's text", () => {
  it("is indented down to the fourth level, with everything deeper on one line, so that rows stay short", () => {
    const small = { a: 1, b: { c: { d: { e: { f: 1 }, g: [1, 2] } }, none: undefined, empty: {} }, list: [{ x: 1 }] };
    expect(recordText(small as unknown as RunRecord)).toBe(
      [
        "{",
        '  "a": 1,',
        '  "b": {',
        '    "c": {',
        '      "d": {',
        '        "e": {"f":1},',
        '        "g": [1,2]',
        "      }",
        "    },",
        '    "empty": {}',
        "  },",
        '  "list": [{"x":1}]',
        "}",
        "",
      ].join("\n"),
    );
  });

  it("is read back as the same record", async () => {
    const path = join(folder, "record.json");
    await writeRecord(path, record);
    expect(await readRecord(path)).toEqual(record);
  });
});

describe("a record that could not be read again", () => {
  it.each<[string, Partial<RunRecord>, string]>([
    ["a number that is none", { spread: { "recomm-ndcg": Number.NaN } }, "spread.recomm-ndcg: Invalid input"],
    [
      "a score that its rows do not give",
      { scores: { ...record.scores, Avg: 99 } },
      "scores.Avg is 99, and its rows give",
    ],
    ["a field that is missing", { split: undefined }, "split: Invalid option"],
    ["a name that readers pass over", { settings: JSON.parse('{"__proto__": 1}') }, "settings.__proto__ is no name"],
  ])("is not written: %s", async (_, change, message) => {
    const path = join(folder, "unwritten.json");
    const written = writeRecord(path, { ...record, ...change });
    await expect(written).rejects.toMatchObject({ code: "BAD_INPUT", message: expect.stringContaining(message) });
    expect(existsSync(path)).toBe(false);
  });
});

describe("what is no record", () => {
  it("is told apart: a missing file, text that is no JSON, JSON that is no record", async () => {
    await expect(readRecord(join(folder, "none.json"))).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("a run record is what scidocs run -o writes"),
    });
    const path = join(folder, "text.json");
    writeFileSync(path, "{");
    await expect(readRecord(path)).rejects.toMatchObject({ code: "BAD_INPUT" });
    writeFileSync(path, "[]");
    await expect(readRecord(path)).rejects.toThrow("it is no JSON object");
  });

  it("is refused with the first three fields that are wrong, by their paths", async () => {
    const broken = { ...record, split: "train", notes: [1, 2], createdAt: 5 };
    const message = await parseRecord(broken, "r.json").catch((error: Error) => error.message);
    expect(message).toMatch(/^r\.json: is not a valid run record: createdAt: [^;]+; split: [^;]+; notes\.0: [^;]+$/);
  });
});
