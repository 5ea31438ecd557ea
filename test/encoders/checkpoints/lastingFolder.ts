import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder that the tests of one suite share, removed after the last of them. */
export function lastingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "scidocs-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
