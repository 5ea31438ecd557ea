import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ScidocsError } from "../errors.ts";
import { statsIfThere } from "../files/isThere.ts";
import { openFileOf } from "../files/outputTarget.ts";
import { readRecord } from "./record.ts";
import type { RunRecord } from "./schema.ts";

/** Characters of a name in a file's name, which may have 255 in all. */
const longestPart = 80;

/** A name fit for a file: letters, digits, dot, dash and underscore, and not too many of them. */
function fileNamePart(name: string): string {
  return (
    basename(name)
      .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[.-]+/, "")
      .slice(0, longestPart) || "unnamed"
  );
}

/** What tells one model's record from another's: the vectors' fingerprint, else the model's bytes, else its name. */
function identityOf(record: Pick<RunRecord, "model">): string {
  return record.model.fingerprint ?? record.model.sha256 ?? record.model.name;
}

/** The parts of a record that its place depends on; those that only a finished one has are left out before the work. */
export type RecordPlace = Pick<RunRecord, "model" | "split"> & {
  readonly dataset: { readonly name: string };
  readonly tasks?: RunRecord["tasks"];
};

/**
 * Where a record goes when nobody says: `FOLDER/MODEL-DATASET-SPLIT.json`. Where another model's record lies there, the name gets the first
 * eight digits of this model's identity; where one lies there that says what this one does not, of other tasks, of another dataset of the
 * same name, or scored otherwise, those of all that tells the two apart.
 */
export async function defaultRecordPath(folder: string, record: RecordPlace): Promise<string> {
  const stem = [record.model.name, record.dataset.name, record.split].map(fileNamePart).join("-");
  const ofModel = identityOf(record);
  const names = [stem, `${stem}-${shortHash(ofModel)}`];
  for (const path of names.map((name) => join(folder, `${name}.json`))) {
    const other = await readRecord(path).catch((error: unknown) => error);
    if (other instanceof ScidocsError && other.code === "NOT_FOUND") return path;
    if (!(other instanceof Error) && saysNoMore(other as RunRecord, record)) return path;
  }
  return join(folder, `${stem}-${shortHash(isWhole(record) ? contentIdentity(record) : ofModel)}.json`);
}

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);

const isWhole = (record: RecordPlace): record is RunRecord => record.tasks !== undefined;

const tasksRun = ({ tasks }: RunRecord): string[] =>
  Object.keys(tasks)
    .filter((id) => tasks[id]?.kind !== "skipped")
    .sort();

/** Settings that can change a score; which tasks were asked for is seen from those that ran. */
const scoringSettings = ({ settings }: RunRecord): object => ({ ...settings, tasks: null });

/** All that tells two records apart that are not of the same thing. */
function contentIdentity(record: RunRecord): string {
  return JSON.stringify([identityOf(record), record.dataset.sha256, tasksRun(record), scoringSettings(record)]);
}

/** Whether a record can take the place of an older one with nothing lost: what that was scored on, this was too. */
function saysNoMore(older: RunRecord, record: RecordPlace): boolean {
  if (identityOf(older) !== identityOf(record)) return false;
  if (!isWhole(record)) return true;
  const ran = new Set(tasksRun(record));
  const files = new Map(record.dataset.files.map(({ path, sha256 }) => [path, sha256]));
  return (
    tasksRun(older).every((id) => ran.has(id)) &&
    older.dataset.files.every(({ path, sha256 }) => files.get(path) === sha256) &&
    isDeepStrictEqual(scoringSettings(older), scoringSettings(record))
  );
}

/**
 * Refuses to write over the record of another model, or over a file that is no record at all. A device or a pipe holds nothing that
 * could be lost.
 * @throws ScidocsError `BAD_INPUT`
 */
export async function refuseForeignRecord(path: string, record: RecordPlace): Promise<void> {
  const there = await statsIfThere(path);
  if (openFileOf(path) !== null || (there !== null && !there.isFile() && !there.isDirectory())) return;
  let other: RunRecord;
  try {
    other = await readRecord(path);
  } catch (error) {
    if (error instanceof ScidocsError && error.code === "NOT_FOUND") return;
    throw new ScidocsError("BAD_INPUT", `${path}: exists and is not a run record; name another file, or remove it`, {
      cause: error,
    });
  }
  if (identityOf(other) === identityOf(record)) return;
  throw new ScidocsError(
    "BAD_INPUT",
    `${path}: holds the record of another model (${other.model.name}); name another file, or give --force to replace it`,
  );
}
