import { join } from "node:path";
import { writeWhole } from "../files/writeWhole.ts";
import type { Task } from "../suites/suite.ts";
import type { ScoreInput } from "../tasks/taskFamily.ts";

/**
 * Writes the files of a task that another program can check our scores with into a folder; not every family has some.
 * @throws ScidocsError `BAD_INPUT` when the folder cannot be written, or an id does not fit the other program's form
 */
export async function exportRuns(folder: string, { family }: Task, input: ScoreInput<unknown>): Promise<void> {
  for (const { name, text } of family.exports?.(input) ?? []) await writeWhole(join(folder, name), text);
}
