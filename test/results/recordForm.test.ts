import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { recordJsonSchema } from "../../src/results/jsonSchema.ts";
import { type Migration, migrate } from "../../src/results/migrations.ts";
import { parseRecord, readRecord } from "../../src/results/record.ts";
import { schemaVersion } from "../../src/results/schemaVersion.ts";
import { buildRecord } from "./recordBuilder.ts";

const kept = join(import.meta.dirname, "records");
const published = join(import.meta.dirname, "../../schemas/run-record.schema.json");

describe("the record's form", () => {
  it("is published as the JSON Schema that the reader validates by (npm run docs writes it)", () => {
    expect(readFileSync(published, "utf8") === recordJsonSchema()).toBe(true);
  });

  it("is published so that another validator takes our records and refuses broken ones", () => {
    const schema = z.fromJSONSchema(JSON.parse(readFileSync(published, "utf8")));
    const record = buildRecord({ items: 4 });
    expect(schema.safeParse(record).success).toBe(true);
    expect(schema.safeParse({ ...record, split: "train" }).success).toBe(false);
    expect(schema.safeParse({ ...record, scores: undefined }).success).toBe(false);
  });

  it.each(readdirSync(kept))("is still read from the kept file %s, with all its tasks", async (name) => {
    const record = await readRecord(join(kept, name));
    expect(record.schemaVersion).toBe(schemaVersion);
    expect(Object.keys(record.tasks)).toHaveLength(7);
    expect(record.scores.Avg).toBeTypeOf("number");
  });

  it("has a kept file of every version up to now", () => {
    const versions = readdirSync(kept).map((name) => Number(/^v(\d+)-/.exec(name)?.[1]));
    for (let version = 1; version <= schemaVersion; version++) expect(versions).toContain(version);
  });
});

describe("the record's suite", () => {
  it("is SciDocs where an older record does not name it, and nothing else of the record changes", async () => {
    const { schemaVersion: _, suite: __, ...rest } = buildRecord({ items: 3 });
    const { suite, schemaVersion: version, ...read } = await parseRecord({ schemaVersion: 1, ...rest }, "r.json");
    expect([suite, version]).toEqual(["scidocs", schemaVersion]);
    expect(read).toEqual(rest);
  });

  it("has no task of another name in its records", async () => {
    const record = buildRecord({ items: 3 });
    const odd = { ...record, tasks: { ...record.tasks, reading: record.tasks.cite } };
    await expect(parseRecord(odd, "r.json")).rejects.toThrow("tasks.reading is no task of scidocs");
  });
});

describe("migration", () => {
  const steps = new Map<number, Migration>([
    [1, (record) => ({ ...record, a: 1 })],
    [2, (record) => ({ ...record, b: Number(record.a) + 1 })],
  ]);

  it("goes step by step from the record's version to the current one", () => {
    expect(migrate({ schemaVersion: 1 }, "r.json", 3, steps)).toEqual({ schemaVersion: 3, a: 1, b: 2 });
    expect(migrate({ schemaVersion: 2, a: 5 }, "r.json", 3, steps)).toEqual({ schemaVersion: 3, a: 5, b: 6 });
    const current = { schemaVersion: 3 };
    expect(migrate(current, "r.json", 3, steps)).toBe(current);
  });

  it("refuses a newer record and says to update", async () => {
    const newer = { ...buildRecord({ items: 3 }), schemaVersion: schemaVersion + 1 };
    await expect(parseRecord(newer, "r.json")).rejects.toThrow(
      `r.json: is a record of version ${schemaVersion + 1}, and this scidocs reads up to ${schemaVersion}: update scidocs`,
    );
  });

  it.each([[{ schemaVersion: 0 }], [{ schemaVersion: 0.5 }], [{ schemaVersion: "1" }], [{}], [[]], [null], ["record"]])(
    "refuses %j, which is no record of any version",
    async (value) => {
      await expect(parseRecord(value, "r.json")).rejects.toMatchObject({ code: "BAD_INPUT" });
    },
  );
});
