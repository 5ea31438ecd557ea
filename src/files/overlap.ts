import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ScidocsError } from "../errors.ts";
import { targetOf } from "./outputTarget.ts";
import { isNotFound, pathError } from "./pathError.ts";
import { requireWritable } from "./writablePlace.ts";

/**
 * Refuses outputs that are among the inputs, or of which one is another or its folder, under whatever names: through links, folders that are
 * mounted twice, or names in other capitals where these mean the same.
 * @param outputs every file that is going to be written, those beside the one that was named included
 * @param inputs every file that is read; what is not there is no input
 * @throws ScidocsError `USAGE`
 */
export async function refuseOverlap(outputs: readonly string[], inputs: readonly string[]): Promise<void> {
  const written = new Map<string, string>();
  for (const output of outputs) {
    for (const name of await namesOf(output)) {
      const other = written.get(name);
      if (other !== undefined && other !== output) {
        throw new ScidocsError("USAGE", `${other} and ${output}: are one file, and both are to be written; name two`);
      }
      written.set(name, output);
    }
  }
  for (const [name, output] of written) {
    for (let folder = dirname(name); folder !== dirname(folder); folder = dirname(folder)) {
      const other = written.get(folder);
      if (other === undefined) continue;
      throw new ScidocsError("USAGE", `${other}: would be the folder of ${output}, and a file; name two places`);
    }
  }
  for (const input of inputs) {
    for (const name of await namesOf(input)) {
      const output = written.get(name);
      if (output === undefined) continue;
      const which = input === output ? "" : `, ${input}`;
      throw new ScidocsError("USAGE", `${output}: is one of the files to be read${which}; name another for the output`);
    }
  }
}

/**
 * Sees to it that files can be written, before the work whose results they are: each has a place, and none is an input or another of them.
 * @throws ScidocsError as {@link requireWritable} and {@link refuseOverlap}
 */
export async function requireOutputs(outputs: readonly string[], inputs: readonly string[]): Promise<void> {
  for (const output of outputs) await requireWritable(output);
  await refuseOverlap(outputs, inputs);
}

/** What two paths have in common that lead to one file: where it is in truth, and what the file system knows it by. */
async function namesOf(path: string): Promise<string[]> {
  try {
    const { file, isStream } = await targetOf(path);
    // Pipes and devices are written to, and nothing in them is replaced.
    if (isStream) return [];
    const there = await stat(file, { bigint: true }).catch((error: unknown) => {
      if (isNotFound(error)) return null;
      throw error;
    });
    const place = await realPlace(file);
    if (there === null || there.ino === 0n) return [place];
    // Not the number alone: some file systems make it up.
    const { dev, ino, size, mtimeNs } = there;
    return [place, `file ${dev} ${ino} ${size} ${mtimeNs}`];
  } catch (error) {
    throw pathError(path, error);
  }
}

/** A path without links in it, whatever of it is not there yet. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isNotFound(error) || dirname(path) === path) throw error;
    return join(await realPlace(dirname(path)), basename(path));
  }
}
