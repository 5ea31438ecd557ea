import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const record = join(import.meta.dirname, "../results/records/v2-all-tasks.json");

/** The text of every file of the command line that a command loads, one behind the other. */
function loadedBy(words: readonly string[], exitCode: number): string {
  const folder = freshFolder();
  const ran = runScidocs(folder, words, { NODE_V8_COVERAGE: join(folder, "coverage") });
  expect(ran.exitCode, ran.stderr).toBe(exitCode);
  const [report] = readdirSync(join(folder, "coverage"));
  const { result } = JSON.parse(readFileSync(join(folder, "coverage", report!), "utf8"));
  const addresses = (result as { readonly url: string }[]).map(({ url }) => url);
  const files = addresses.filter((url) => url.includes("/dist/cli/")).map((url) => fileURLToPath(url));
  return files.map((file) => readFileSync(file, "utf8")).join("\n");
}

const schemaLibrary = "ZodObject";
const statistics = "function unitDraws(";

describe("what a command loads", () => {
  it.each([
    ["the version", ["--version"]],
    ["a table of one record", ["table", record, "--published"]],
    ["a gate without a baseline", ["gate", record, "--min", "Avg=1"]],
  ])("for %s is neither the schemas' library nor the statistics", (_, words) => {
    const loaded = loadedBy(words, 0);
    expect(loaded).toContain("function createProgram(");
    expect(loaded).not.toContain(schemaLibrary);
    expect(loaded).not.toContain(statistics);
  });

  it("is the schemas' library where a record is wrong, to say in what", () => {
    const wrong = join(freshFolder(), "wrong.json");
    writeFileSync(wrong, JSON.stringify({ ...JSON.parse(readFileSync(record, "utf8")), split: "train" }));
    expect(loadedBy(["table", wrong], 2)).toContain(schemaLibrary);
  });

  it("is the statistics where records are compared", () => {
    expect(loadedBy(["gate", record, "--baseline", record, "--force"], 0)).toContain(statistics);
  });
});
