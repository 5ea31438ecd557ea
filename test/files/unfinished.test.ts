import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeUnfinished } from "../../src/files/unfinished.ts";
import { openWhole, writeWhole } from "../../src/files/writeWhole.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

test("a file that is half written goes when the process leaves at once, and those that are whole stay", async () => {
  const folder = temporaryFolder({ "old.txt": "old" });
  await writeWhole(join(folder, "whole.txt"), "whole");
  const half = await openWhole(join(folder, "old.txt"));
  await half.write("half");
  expect(readdirSync(folder)).toHaveLength(3);
  removeUnfinished();
  expect(readdirSync(folder).sort()).toEqual(["old.txt", "whole.txt"]);
  await half.discard();
  expect(existsSync(join(folder, "old.txt"))).toBe(true);
});
