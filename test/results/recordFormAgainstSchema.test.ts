import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unlike } from "../../src/forms.ts";
import { type AnyRecord, migrate } from "../../src/results/migrations.ts";
import { recordForm } from "../../src/results/recordForm.ts";
import { recordFormText } from "../../src/results/recordFormText.ts";
import { runRecordSchema } from "../../src/results/schema.ts";
import { schemaVersion } from "../../src/results/schemaVersion.ts";
import { buildRecord } from "./recordBuilder.ts";

const kept = join(import.meta.dirname, "records");
const built = join(import.meta.dirname, "../../src/results/recordForm.ts");

/** What the schema makes of a value, in the words of the form. */
function bySchema(value: unknown): unknown {
  const parsed = runRecordSchema.safeParse(value);
  return parsed.success ? parsed.data : unlike;
}

/** Both must take the same values, and make the same of them, down to the order of keys. */
function expectBothAlike(value: unknown, what: string): void {
  const [form, schema] = [recordForm(value), bySchema(value)];
  expect(form === unlike, `${what}: refused by the form`).toBe(schema === unlike);
  if (form !== unlike) expect(JSON.stringify(form), what).toBe(JSON.stringify(schema));
}

type Step = string | number;

/** The place of every value in a record; of a list the first and last entries. */
function placesIn(value: unknown, at: readonly Step[] = []): Step[][] {
  if (typeof value !== "object" || value === null) return [[...at]];
  const keys: Step[] = Array.isArray(value) ? [...new Set([0, value.length - 1])] : Object.keys(value);
  const inner = keys
    .filter((key) => Object.hasOwn(value, key))
    .flatMap((key) => placesIn((value as Record<Step, unknown>)[key], [...at, key]));
  return [[...at], ...inner];
}

/** The record with another value in one place; `undefined` removes it. What else it holds is shared. */
function changed(value: unknown, place: readonly Step[], make: (before: unknown) => unknown): unknown {
  const [step, ...rest] = place;
  if (step === undefined) return make(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<Step, unknown>;
  const made = changed(copy[step], rest, make);
  // JSON has no other way of saying that nothing is there.
  if (made === undefined && Array.isArray(copy)) copy[step] = null;
  else if (made === undefined) delete copy[step];
  else copy[step] = made;
  return copy;
}

const others: readonly unknown[] = [
  ...[undefined, null, true, "", "x", "2026-02-29T00:00:00Z", "2024-02-29T00:00:00.5Z", "test", "ranking", "skipped"],
  ...[
    "a".repeat(64),
    "A".repeat(64),
    0,
    -0,
    1,
    2,
    -1,
    0.5,
    1e-300,
    2 ** 53 - 1,
    2 ** 53,
    [],
    [0],
    [null],
    {},
    { kind: "ranking" },
  ],
];

describe("the form of a record", () => {
  it("is written from the schema as it stands (npm run docs writes it)", () => {
    expect(readFileSync(built, "utf8") === recordFormText()).toBe(true);
  });

  it.each(readdirSync(kept))("takes the kept record %s as the schema does, without asking it", (name) => {
    const record = migrate(JSON.parse(readFileSync(join(kept, name), "utf8")) as AnyRecord, name, schemaVersion);
    expect(recordForm(record)).not.toBe(unlike);
    expectBothAlike(record, name);
  });

  it("takes and refuses whatever stands in any place of a record as the schema does", () => {
    const record = {
      ...buildRecord({ items: 2, tasks: ["mag", "cite", "recomm"] }),
      settings: { a: "x", b: 1, c: true, d: null },
    };
    Object.assign(record.model, { declared: null, training: { sha256: "0".repeat(64), preset: "paper", update: 3 } });
    const places = placesIn(record);
    expect(places.length).toBeGreaterThan(200);
    for (const place of places) {
      const where = place.join(".") || "the record";
      for (const other of others)
        expectBothAlike(
          changed(record, place, () => other),
          `${where} = ${JSON.stringify(other)}`,
        );
      const more = (before: unknown): unknown => {
        if (Array.isArray(before)) return [...before, "more"];
        return typeof before === "object" ? { ...before, more: 1, constructor: 2 } : before;
      };
      expectBothAlike(changed(record, place, more), `${where} and more`);
    }
  });

  it("leaves what JSON cannot say to the schema, or takes it alike", () => {
    const record = buildRecord({ items: 2 });
    const odd: readonly unknown[] = [
      { ...record, scores: { ...record.scores, Avg: Number.NaN } },
      { ...record, scores: { ...record.scores, Avg: Number.POSITIVE_INFINITY } },
      { ...record, scores: { ...record.scores, [Symbol("odd")]: 1 } },
      { ...record, notes: new Array(1) },
      { ...record, notes: new Set(["x"]) },
      { ...record, model: { ...record.model, declared: undefined } },
      Object.create(record),
      JSON.parse(JSON.stringify(record).replace('"scores":{', '"scores":{"__proto__":1,')),
    ];
    for (const [index, value] of odd.entries()) {
      const form = recordForm(value);
      if (form !== unlike) expect(form, `case ${index}`).toStrictEqual(bySchema(value));
    }
  });
});
