import { createHash } from "node:crypto";
import { basename, join } from "node:path";
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

/** The parts of a record that its place depends on. */
export type RecordPlace = Pick<RunRecord, "model" | "split"> & { readonly dataset: { readonly name: string } };

/**
 * Where a record goes when nobody says: `FOLDER/MODEL-DATASET-SPLIT.json`; where another model's record lies there,
 * the name gets the first eight digits of this model's identity.
 */
export async function defaultRecordPath(folder: string, record: RecordPlace): Promise<string> {
  const stem = [record.model.name, record.dataset.name, record.split].map(fileNamePart).join("-");
  const path = join(folder, `${stem}.json`);
  const other = await readRecord(path).catch((error: unknown) => error);
  if (other instanceof ScidocsError && other.code === "NOT_FOUND") return path;
  const own = identityOf(record);
  if (!(other instanceof Error) && identityOf(other as RunRecord) === own) return path;
  return join(folder, `${stem}-${createHash("sha256").update(own).digest("hex").slice(0, 8)}.json`);
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
