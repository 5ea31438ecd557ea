import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

test("docs/commands.md says what the commands declare (npm run docs writes it)", () => {
  const script = `import { commandDocs } from "${join(root, "scripts/commandDocs.mjs")}"; process.stdout.write(await commandDocs());`;
  const page = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(readFileSync(join(root, "docs/commands.md"), "utf8")).toBe(page);
});
