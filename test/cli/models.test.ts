import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { knownModels } from "../../src/encoders/known/knownModels.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const models = (...args: string[]) => runScidocs(folder, ["models", ...args]);

describe("scidocs models", () => {
  it("lists every known encoder with its settings and source, in lines of a terminal", () => {
    const { stdout, exitCode } = models();
    expect(exitCode).toBe(0);
    for (const { name, source } of knownModels) {
      expect(stdout).toContain(`${name}\n`);
      expect(stdout).toContain(source);
    }
  });

  it("gives them as JSON, and as the page of the docs", () => {
    expect(JSON.parse(models("--format", "json").stdout)).toEqual(JSON.parse(JSON.stringify(knownModels)));
    const page = readFileSync(join(import.meta.dirname, "../../docs/known-models.md"), "utf8");
    expect(models("--format", "markdown").stdout, "npm run docs writes it").toBe(page);
  });

  it("says which formats there are", () => {
    const { stderr, exitCode } = models("--format", "yaml");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/text, markdown, json/);
  });
});
