import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import type { CliContext } from "../../src/cli/context.ts";
import { checkOutput, finishRun } from "../../src/cli/finishRun.ts";
import { packageRoot } from "../../src/packageRoot.ts";
import { readRecord, recordText, writeRecord } from "../../src/results/record.ts";
import { defaultRecordPath } from "../../src/results/recordPlace.ts";
import { openDataset } from "../../src/suites/dataset.ts";
import { buildRecord } from "../results/recordBuilder.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";
import { silentContext } from "./silentContext.ts";

const folder = freshFolder();
const record = buildRecord({ name: "mine", items: 5 });
const { sha256, fingerprint, files } = buildRecord({ name: "mine", modelSeed: 9 }).model;
const other = { ...record, model: { ...record.model, sha256, fingerprint, files } };

function context(): { context: CliContext; stdout: () => string; stderr: () => string } {
  const text = { stdout: "", stderr: "" };
  const made = silentContext({
    stdout: (part) => {
      text.stdout += part;
    },
    stderr: (part) => {
      text.stderr += part;
    },
    cwd: folder,
  });
  return { context: made, stdout: () => text.stdout, stderr: () => text.stderr };
}

const output = { force: false, published: false, format: "text" } as const;

describe("a record's place", () => {
  test("is that of the model's own record, and never another model's", async () => {
    const results = join(folder, "results");
    const path = await defaultRecordPath(results, record);
    await writeRecord(path, record);
    expect(await defaultRecordPath(results, record)).toBe(path);
    const elsewhere = await defaultRecordPath(results, other);
    expect(elsewhere).not.toBe(path);
    await finishRun(context().context, other, output);
    expect((await readRecord(path)).model.sha256).toBe(record.model.sha256);
    expect((await readRecord(elsewhere)).model.sha256).toBe(other.model.sha256);
  });

  test("is not that of a file which is no record", async () => {
    const results = join(folder, "taken");
    const path = await defaultRecordPath(results, record);
    mkdirSync(results);
    writeFileSync(path, "my notes");
    await finishRun({ ...context().context, cwd: folder }, record, { ...output, record: join(results, "other.json") });
    expect(await defaultRecordPath(results, record)).not.toBe(path);
    expect(readFileSync(path, "utf8")).toBe("my notes");
  });

  test("is refused before the work where another model's record lies there, unless that is forced", async () => {
    const path = join(folder, "foreign.json");
    await writeRecord(path, other);
    const flags = { ...output, record: path };
    const place = { ...record, dataset: await openDataset(fileURLToPath(new URL("datasets/mini", packageRoot))) };
    await expect(checkOutput(context().context, flags, place)).rejects.toThrow("holds the record of another model");
    await checkOutput(context().context, { ...flags, force: true }, place);
    const label = { ...flags, record: join(place.dataset.folder, "cite/test.qrel"), force: true };
    await expect(checkOutput(context().context, label, place)).rejects.toThrow("is one of the files to be read");
  });
});

describe("a record that cannot be written after all", () => {
  test("is kept elsewhere, after its table, and the error names the place", async () => {
    const file = join(folder, "file.txt");
    writeFileSync(file, "no folder");
    const { context: made, stdout, stderr } = context();
    const outcome = await finishRun(made, record, { ...output, record: join(file, "r.json") }).catch((error) => error);
    expect(outcome).toMatchObject({ code: "BAD_INPUT" });
    const [, place = ""] = /the record was kept in (.*\.json)$/.exec(outcome.message) ?? [];
    expect(await readRecord(place)).toEqual(record);
    expect(stderr()).toBe("");
    expect(stdout()).toContain("mine");
    rmSync(place);
  });

  test("is printed beneath the table where nothing else takes it", async () => {
    const file = join(folder, "file.txt");
    writeFileSync(file, "no folder");
    vi.stubEnv("TMPDIR", file);
    const { context: made, stdout } = context();
    const outcome = await finishRun(made, record, { ...output, record: join(file, "r.json") }).catch((error) => error);
    vi.unstubAllEnvs();
    expect(outcome.message).toContain("the record was printed beneath the table");
    const text = stdout().slice(stdout().indexOf("\n{\n") + 1);
    expect(JSON.parse(text)).toEqual(JSON.parse(recordText(record)));
  });
});

test.skipIf(!existsSync("/dev/null"))("a record that nobody wants goes to /dev/null, which stays what it is", () => {
  const mini = join(import.meta.dirname, "../../datasets/mini");
  const ran = runScidocs(folder, ["baseline", "zero", "--data", mini, "-t", "cite", "-o", "/dev/null"]);
  expect([ran.exitCode, ran.stderr]).toEqual([0, expect.stringContaining("record: ")]);
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

test("a report, or a gate's checks, never replace a record that they read", () => {
  writeFileSync(join(folder, "a.json"), recordText(record));
  for (const args of [
    ["report", "a.json", "-o", "./a.json"],
    ["gate", "a.json", "--min", "mag-f1=1", "--junit", "a.json"],
  ]) {
    const ran = runScidocs(folder, args);
    expect(ran.stderr).toContain("a.json: is one of the files to be read");
    expect(ran.exitCode).toBe(2);
  }
  expect(readFileSync(join(folder, "a.json"), "utf8")).toBe(recordText(record));
  const ran = runScidocs(folder, ["report", "a.json", "-o", "results"]);
  expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining("results: is a folder")]);
});
