import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

const root = join(import.meta.dirname, "../..");

test("models/mini is, byte for byte, what the script makes of datasets/mini", () => {
  const out = temporaryFolder();
  execFileSync(process.execPath, [join(root, "scripts/makeMiniModel.mjs"), join(root, "datasets/mini"), out]);
  const committed = join(root, "models/mini");
  expect(readdirSync(out).sort()).toEqual(readdirSync(committed).sort());
  for (const file of readdirSync(out)) {
    expect(readFileSync(join(out, file)).equals(readFileSync(join(committed, file))), file).toBe(true);
  }
});
