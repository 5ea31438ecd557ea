import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const mini = join(import.meta.dirname, "../../datasets/mini");
const env = { XDG_CACHE_HOME: join(folder, ".cache") };
const run = (...args: string[]) => runScidocs(folder, ["run", "--data", mini, "-t", "cite", ...args], env);
const rowsOf = (stdout: string) =>
  (JSON.parse(stdout) as { rows: { model: string; betterThan: Record<string, string> }[] }).rows;

beforeAll(() => {
  writeTinyCheckpoints(folder);
  writeFileSync(join(folder, "broken.onnx"), "no model");
});

describe("several models in one run", () => {
  test("run one after the other and end in one table with letters, each with a record of its own", () => {
    const ran = run("--model", "hf", "mini", "--format", "json");
    expect([ran.exitCode, ran.stderr]).toEqual([0, ran.stderr]);
    expect(ran.stderr).toMatch(/^1 of 2: hf$[\s\S]*^2 of 2: mini$/m);
    const [tiny, trained, ...none] = rowsOf(ran.stdout);
    expect(none).toEqual([]);
    // A random checkpoint knows nothing of the papers.
    expect(trained?.betterThan).toMatchObject({ "cite-map": "a", "cite-ndcg": "a" });
    expect(tiny?.betterThan).toEqual({});
    expect(readdirSync(join(folder, "results")).sort()).toEqual(["hf-mini-test.json", "mini-mini-test.json"]);
  });

  test("one that fails is said, loses nothing of the others, and shows in the exit code", () => {
    const ran = run("-m", "broken.onnx", "-m", "mini", "-m", "nowhere", "--format", "json");
    expect(ran.exitCode).toBe(2);
    expect(rowsOf(ran.stdout).map(({ model }) => model)).toEqual(["mini (hf)"]);
    // A name that is mistyped is said before anything is run.
    expect(ran.stderr.indexOf("nowhere: --model nowhere: no such file")).toBeLessThan(ran.stderr.indexOf("1 of 2"));
    expect(ran.stderr).toMatch(/^broken\.onnx: .*tokenizer|not an ONNX model/m);
    expect(ran.stderr).toMatch(/^scidocs: 2 of 3 models failed: nowhere, broken\.onnx/m);
  });

  test("papers without a vector end with 3, after the table", () => {
    const ran = run("-m", "mini", "-m", "hf", "--min-coverage", "100");
    expect(ran.exitCode).toBe(3);
    expect(ran.stdout).toContain("mini (hf)");
    expect(ran.stderr).toContain("2 of 2 models failed");
  });

  test("flags that name one place or one model are refused before anything is run", () => {
    const ran = run("-m", "mini", "hf", "-o", "r.json", "--name", "x");
    expect([ran.exitCode, ran.stderr]).toEqual([
      2,
      expect.stringMatching(/^scidocs: --record, --name: for one model only/),
    ]);
    expect(existsSync(join(folder, "r.json"))).toBe(false);
  });

  test("may stand in scidocs.config.json, each with flags of its own", () => {
    const models = ["mini", { model: "hf", name: "random", pooling: "mean", maxLength: 32 }];
    writeFileSync(join(folder, "scidocs.config.json"), JSON.stringify({ gate: {}, run: { models, data: mini } }));
    const ran = runScidocs(folder, ["run", "-t", "cite", "--format", "json"], env);
    expect([ran.exitCode, ran.stderr]).toEqual([0, ran.stderr]);
    expect(rowsOf(ran.stdout).map(({ model }) => model)).toEqual(["mini (hf)", "random (hf, mean)"]);
    const record = JSON.parse(readFileSync(join(folder, "results/random-mini-test.json"), "utf8"));
    expect(record.model).toMatchObject({ name: "random", pooling: "mean", maxLength: 32 });
    // A model that is named on the command line is the only one.
    expect(rowsOf(run("-m", "mini", "--format", "json").stdout)).toHaveLength(1);
    writeFileSync(
      join(folder, "scidocs.config.json"),
      JSON.stringify({ run: { models: [{ model: "hf", poling: "x" }] } }),
    );
    const wrong = runScidocs(folder, ["run"], env);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("scidocs.config.json: run.models.0")]);
    // Of each value that is wrong the schema keeps a kilobyte, and the message named them all.
    for (const models of [`${"1,".repeat(4e6)}1`, JSON.stringify("x".repeat(9_900_000))]) {
      writeFileSync(join(folder, "scidocs.config.json"), `{"run":{"models":[${models}]}}`);
      const long = run();
      expect([long.exitCode, long.stderr]).toEqual([
        2,
        expect.stringContaining("bytes are too many for a file of its kind"),
      ]);
    }
    writeFileSync(join(folder, "scidocs.config.json"), `{"run":{"models":[${"1,".repeat(1e5)}1]}}`);
    const many = run();
    expect([many.exitCode, many.stderr]).toEqual([2, expect.stringContaining("(100001 in all)")]);
  });
});
