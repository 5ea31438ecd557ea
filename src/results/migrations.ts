import { ScidocsError } from "../errors.ts";

/** A record as parsed JSON, of whatever version. */
export type AnyRecord = Readonly<Record<string, unknown>>;

/** Turns a record of one version into one of the next. */
export type Migration = (record: AnyRecord) => AnyRecord;

/**
 * Steps from each older version (the key) to the next. Whoever raises `schemaVersion` adds the step here and keeps a record
 * of the version before in `test/results/records/`.
 */
export const migrations: ReadonlyMap<number, Migration> = new Map([
  // Version 1 knew one suite and did not name it.
  [1, (record: AnyRecord): AnyRecord => ({ ...record, suite: "scidocs" })],
]);

/**
 * Brings a record to the current version, one step after the other.
 * @param path for messages
 * @throws ScidocsError `BAD_INPUT` for a newer version than this program knows, or one that never was
 */
export function migrate(
  record: AnyRecord,
  path: string,
  current: number,
  steps: ReadonlyMap<number, Migration> = migrations,
): AnyRecord {
  const version = record.schemaVersion;
  if (typeof version !== "number") {
    throw new ScidocsError("BAD_INPUT", `${path}: is not a run record (it has no schemaVersion)`);
  }
  if (version > current) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${path}: is a record of version ${version}, and this scidocs reads up to ${current}: update scidocs`,
    );
  }
  let migrated = record;
  for (let at = version; at < current; at++) {
    const step = steps.get(at);
    if (step === undefined) {
      throw new ScidocsError("BAD_INPUT", `${path}: is a record of version ${version}, which never was one`);
    }
    migrated = { ...step(migrated), schemaVersion: at + 1 };
  }
  return migrated;
}
