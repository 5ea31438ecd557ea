import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import { fileError } from "../../errors.ts";
import { hashFile } from "../../files/hashFiles.ts";
import { isThere } from "../../files/isThere.ts";
import { readJsonFile } from "../../files/jsonFile.ts";
import { writeWhole } from "../../files/writeWhole.ts";

/** SHA-256 of every file of a checkpoint. safetensors has no checksum of its own, and a training would go on from any number. */
export const checksumsFile = "checksums.json";

const schema = z.record(z.string(), z.string());

/**
 * Writes the checksums of all files of a checkpoint's folder, those of folders within by their paths.
 * @param known those that were taken while their files were written, by path: a large file is not read again, and what the disk made
 * of it is not taken for what was written
 */
export async function writeChecksums(folder: string, known: Readonly<Record<string, string>>): Promise<void> {
  const checksums: Record<string, string> = {};
  for (const name of await filesIn(folder))
    checksums[name] = known[name] ?? (await hashFile(join(folder, name))).sha256;
  await writeWhole(join(folder, checksumsFile), `${JSON.stringify(checksums, null, 2)}\n`);
}

/**
 * Checks the files of a checkpoint; one of an earlier version has no checksums.
 * @throws ScidocsError `BAD_INPUT` for a file that is not what was written, `NOT_FOUND` for one that is gone
 */
export async function checkChecksums(folder: string): Promise<void> {
  const path = join(folder, checksumsFile);
  if (!isThere(path)) return;
  const { data } = schema.safeParse(await readJsonFile(path));
  if (data === undefined) throw fileError(path, null, `is damaged; ${advice}`);
  for (const [name, wanted] of Object.entries(data)) {
    const file = join(folder, name);
    if ((await hashFile(file)).sha256 !== wanted) {
      throw fileError(
        file,
        null,
        `has other bytes than were written (${checksumsFile} says which): damaged, or changed; ${advice}`,
      );
    }
  }
}

/** Whether a folder has the files of another, byte for byte; what it has besides does not count. */
export async function hasFilesOf(folder: string, other: string, leftOut: readonly string[]): Promise<boolean> {
  for (const name of (await filesIn(other)).filter((each) => !leftOut.includes(each))) {
    const [copy, original] = [join(folder, name), join(other, name)];
    if (!isThere(copy) || (await hashFile(copy)).sha256 !== (await hashFile(original)).sha256) return false;
  }
  return true;
}

/** Paths of the files in a folder, those of folders within included. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => relative(folder, file).replaceAll("\\", "/")).sort();
}

/** What to do about a checkpoint that cannot be used. */
export const advice = "remove this checkpoint's folder to go on from the one before";
