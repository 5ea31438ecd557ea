import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives a run of the tests a temporary folder of its own, which goes with it: tests make hundreds, and those that kill cannot tidy up. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "scidocs-tests-"));
  // Open to every user, as the system's is: some tests run the program as another one.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
