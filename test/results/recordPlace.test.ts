import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { combinedSha256 } from "../../src/files/hashFiles.ts";
import { readRecord, recordText } from "../../src/results/record.ts";
import { defaultRecordPath, refuseForeignRecord } from "../../src/results/recordPlace.ts";
import type { RunRecord } from "../../src/results/schema.ts";
import { buildRecord } from "./recordBuilder.ts";

let folder = "";
const folders: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scidocs-place-"));
  folders.push(folder);
});
afterAll(() => {
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

const own = buildRecord({ name: "mine", items: 3 });
const other = buildRecord({ name: "mine", items: 3, modelSeed: 9 });
const citeAlone = buildRecord({ name: "mine", items: 3, tasks: ["cite"] });
const usual = (): string => join(folder, "mine-made-up-data-test.json");
const keep = (record: RunRecord): void => writeFileSync(usual(), recordText(record));

describe("where a record goes when nobody says", () => {
  it("is a file named after model, data and split", async () => {
    expect(await defaultRecordPath(folder, own)).toBe(usual());
  });

  it("is the same file again for the same model", async () => {
    keep(own);
    expect(await defaultRecordPath(folder, own)).toBe(usual());
  });

  it("is another file where another model's record of the same name lies there, always the same one", async () => {
    keep(other);
    const place = await defaultRecordPath(folder, own);
    expect(place).toMatch(/mine-made-up-data-test-[0-9a-f]{8}\.json$/);
    expect(await defaultRecordPath(folder, own)).toBe(place);
  });

  it.each([
    ["of more tasks", (): RunRecord => citeAlone],
    [
      "of another dataset of the name",
      (record: RunRecord): RunRecord => {
        const changed = record.dataset.files.map((file) => ({ ...file, sha256: "0".repeat(64) }));
        return { ...record, dataset: { ...record.dataset, files: changed, sha256: combinedSha256(changed) } };
      },
    ],
    [
      "scored otherwise",
      (record: RunRecord): RunRecord => ({ ...record, settings: { ...record.settings, prefix: "x" } }),
    ],
  ])("is another file where the same model's record lies there %s, always the same one", async (_what, changed) => {
    keep(own);
    const record = changed(own);
    const place = await defaultRecordPath(folder, record);
    writeFileSync(place, recordText(record));
    expect(await defaultRecordPath(folder, record)).toBe(place);
    expect(await defaultRecordPath(folder, own)).toBe(usual());
    expect(await readRecord(usual())).toEqual(own);
  });

  it("is the same file for a record of more tasks than the one that lies there", async () => {
    keep(citeAlone);
    expect(await defaultRecordPath(folder, own)).toBe(usual());
  });

  it.each(["{", "[]", '{"schemaVersion": 99}'])(
    "is another file where something lies there that is no record: %s",
    async (text) => {
      writeFileSync(usual(), text);
      expect(await defaultRecordPath(folder, own)).not.toBe(usual());
    },
  );

  it("fits into a folder, however long a model's name is", async () => {
    const place = await defaultRecordPath(folder, { ...own, model: { ...own.model, name: "x".repeat(100_000) } });
    expect(place).toBe(join(folder, `${"x".repeat(80)}-made-up-data-test.json`));
    writeFileSync(place, recordText(own));
  });

  it("does not leave the folder, whatever a model is called", async () => {
    const place = await defaultRecordPath(folder, { ...own, model: { ...own.model, name: "../../..//up .json" } });
    expect(place.startsWith(join(folder, "up-.json-made-up-data"))).toBe(true);
    const nameless = await defaultRecordPath(folder, { ...own, model: { ...own.model, name: "..." } });
    expect(nameless).toBe(join(folder, "unnamed-made-up-data-test.json"));
  });
});

describe("two models", () => {
  const named = (name: string, fingerprint: string | null, sha256: string | null): RunRecord => ({
    ...own,
    model: { ...own.model, name, fingerprint, files: sha256 === null ? [] : filesOf(sha256), sha256 },
  });
  const filesOf = (sha256: string) => [files[sha256 === one ? 0 : 1]!];
  const files = ["1", "2"].map((digit) => ({ path: "model.onnx", bytes: 1, sha256: digit.repeat(64) }));
  const [one = "", two = ""] = files.map((file) => combinedSha256([file]));
  const isRefused = async (there: RunRecord, record: RunRecord): Promise<boolean> => {
    keep(there);
    return refuseForeignRecord(usual(), record).then(
      () => false,
      () => true,
    );
  };

  it("are told apart by their vectors, without them by their bytes, and without these by their names", async () => {
    expect(await isRefused(named("m", one, one), named("m", two, one))).toBe(true);
    expect(await isRefused(named("m", one, one), named("n", one, two))).toBe(false);
    expect(await isRefused(named("m", null, one), named("m", null, two))).toBe(true);
    expect(await isRefused(named("m", null, one), named("n", null, one))).toBe(false);
    expect(await isRefused(named("m", null, null), named("n", null, null))).toBe(true);
    expect(await isRefused(named("m", null, null), named("m", null, null))).toBe(false);
  });
});

describe("a named place", () => {
  it("is taken where it is a device or a pipe, which hold nothing that could be lost", async () => {
    await expect(refuseForeignRecord("/dev/null", own)).resolves.toBeUndefined();
  });

  it("is taken when it is free or holds the same model's record", async () => {
    await expect(refuseForeignRecord(usual(), own)).resolves.toBeUndefined();
    keep(own);
    await expect(refuseForeignRecord(usual(), own)).resolves.toBeUndefined();
  });

  it("is refused when it holds another model's record, or no record", async () => {
    keep(other);
    await expect(refuseForeignRecord(usual(), own)).rejects.toThrow(/holds the record of another model \(mine\)/);
    writeFileSync(usual(), "precious");
    await expect(refuseForeignRecord(usual(), own)).rejects.toThrow(/exists and is not a run record/);
  });
});
