import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const data = join(import.meta.dirname, "../../datasets/mini");

it("a flag on the command line goes before a configured model's own, and the others of its settings stay", () => {
  const folder = freshFolder();
  const models = [{ model: "mini", name: "short", maxLength: 20, dimensions: 8 }];
  writeFileSync(join(folder, "scidocs.config.json"), JSON.stringify({ run: { models, data } }));
  const planned = (...flags: string[]): string =>
    runScidocs(folder, ["run", "--dry-run", "--tasks", "cite", ...flags]).stdout;
  expect(planned()).toMatch(/^model +short .*^maximum length +20 tokens/ms);
  const flagged = planned("--max-length", "100");
  expect(flagged).toMatch(/^model +short .*^maximum length +100 tokens/ms);
  expect(flagged).toMatch(/^pooling .*first 8 numbers/m);
  expect(planned("--name", "mine")).toMatch(/^model +mine .*^maximum length +20 tokens/ms);
});
