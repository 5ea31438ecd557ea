import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../../errors.ts";
import { isThere } from "../../files/isThere.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { readRegularSync, streamRegular } from "../../files/regularFile.ts";
import { syncFolder, writeWhole } from "../../files/writeWhole.ts";
import { readSafetensors } from "../../tensorFiles/safetensors.ts";
import type { StoredTensors } from "../../tensorFiles/storedTensor.ts";
import { type TensorToWrite, writeSafetensors } from "../../tensorFiles/writeSafetensors.ts";
import { type TrainingState, trainingStateSchema } from "../loop/trainingState.ts";
import { bestFolder, checkpointNames, momentsFile, stateFile } from "./checkpointNames.ts";
import { advice, checkChecksums, checksumsFile, hasFilesOf, writeChecksums } from "./checksums.ts";
import { requireOwnFolder } from "./ownFolder.ts";
import { withTrainingLock } from "./trainingLock.ts";
import { type TrainingRecord, trainingRecordFile, trainingRecordSchema } from "./trainingRecord.ts";

/** Files of a checkpoint that only a training which goes on needs. */
const trainingOnly: readonly string[] = [stateFile, momentsFile, checksumsFile];

/** A checkpoint that lies in a training's folder, whole. */
export interface StoredCheckpoint {
  readonly folder: string;
  readonly update: number;
  /** Batches of the next update that it already holds; -1 while the look at the dev set that is due after its update is not done. */
  readonly part: number;
}

/** The checkpoints of a training, newest last. A folder of such a name is always whole: it got its name when it was. */
export function listCheckpoints(output: string): StoredCheckpoint[] {
  if (!isThere(output)) return [];
  return readdirSync(output)
    .flatMap((name) => {
      const [, update, part] = checkpointNames.exec(name) ?? [];
      if (update === undefined) return [];
      return [
        { folder: join(output, name), update: Number(update), part: part === undefined ? 0 : Number(part) || -1 },
      ];
    })
    .sort((a, b) => a.update - b.update || a.part - b.part);
}

/** What a checkpoint holds beside the model. */
export interface CheckpointContent {
  readonly state: TrainingState;
  readonly record: TrainingRecord;
  readonly weights: StoredTensors;
  readonly moments: StoredTensors;
}

/** A file of a checkpoint, by its form. */
function parseOf<T>(
  folder: string,
  file: string,
  schema: { readonly safeParse: (value: unknown) => { data?: T; error?: unknown } },
): T {
  const path = join(folder, file);
  let value: unknown;
  try {
    value = JSON.parse(readRegularSync(path).toString("utf8"));
  } catch (cause) {
    throw fileError(path, null, `cannot be read; ${advice}`, cause);
  }
  const { data } = schema.safeParse(value);
  if (data === undefined) throw fileError(path, null, `is not of this version, or damaged; ${advice}`);
  return data;
}

/**
 * Which training a checkpoint is of.
 * @throws ScidocsError `BAD_INPUT` for one that has been damaged
 */
export function readCheckpointRecord({ folder }: StoredCheckpoint): TrainingRecord {
  return parseOf(folder, trainingRecordFile, trainingRecordSchema);
}

/**
 * Reads a checkpoint; numbers stay in their files.
 * @throws ScidocsError `BAD_INPUT` for one that has been damaged, or has another's name
 */
export async function readCheckpoint(stored: StoredCheckpoint): Promise<CheckpointContent> {
  const { folder, update } = stored;
  const state = parseOf(folder, stateFile, trainingStateSchema);
  const record = readCheckpointRecord(stored);
  await checkChecksums(folder);
  // A later checkpoint of the name would be taken for written, and what is in this one for that.
  if (state.update !== update || state.part !== Math.max(0, stored.part)) {
    throw fileError(
      folder,
      null,
      `holds update ${state.update}${state.part === 0 ? "" : ` and ${state.part} batches`}, which is not what its name says; give it its own name back`,
    );
  }
  return {
    state,
    record,
    weights: readSafetensors(join(folder, "model.safetensors")),
    moments: readSafetensors(join(folder, momentsFile)),
  };
}

/**
 * Writes a checkpoint: in a folder with a temporary name, which is renamed when all is on the disk. A checkpoint that is there already is
 * the same, and is left.
 * @param lookDue whether the look at the dev set that follows this update is still to come
 * @param writeModel writes the model into the folder, and returns the checksums that it took on the way, by the files' names
 */
export async function writeCheckpoint(
  output: string,
  state: TrainingState,
  lookDue: boolean,
  moments: readonly TensorToWrite[],
  writeModel: (folder: string) => Promise<Readonly<Record<string, string>>>,
): Promise<StoredCheckpoint> {
  const { update, part } = state;
  const name = `checkpoint-${String(update).padStart(8, "0")}${part === 0 && !lookDue ? "" : `.${part}`}`;
  const folder = join(output, name);
  const stored = { folder, update, part: lookDue ? -1 : part };
  if (isThere(folder)) return stored;
  await wholeFolder(folder, async (temporary) => {
    const ofModel = await writeModel(temporary);
    const ofMoments = await writeSafetensors(join(temporary, momentsFile), moments);
    await writeWhole(join(temporary, stateFile), `${JSON.stringify(state, null, 2)}\n`);
    await writeChecksums(temporary, { ...ofModel, [momentsFile]: ofMoments });
  });
  return stored;
}

/** Makes a folder that appears when it is whole, in place of one that has its name. */
async function wholeFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${folder}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    makeFolder(temporary);
    await fill(temporary);
    await syncFolder(temporary);
    await removeWhole(folder);
    await rename(temporary, folder);
    await syncFolder(join(folder, ".."));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Removes a folder so that it is never there by half: first its name goes, then what is in it. */
async function removeWhole(folder: string): Promise<void> {
  if (!isThere(folder)) return;
  const aside = `${folder}.${randomBytes(4).toString("hex")}.tmp`;
  await rename(folder, aside);
  await rm(aside, { recursive: true, force: true });
}

/** Time in which a model that is unpacked for a plan has been read. */
const longestPlanMs = 3_600_000;

/** Removes what a training that was killed left under temporary names, and a plan that was killed long ago. */
export async function removeLeftovers(output: string): Promise<void> {
  const names = await readdir(output).catch(() => []);
  for (const path of names.filter((each) => /^start\.[0-9a-f]{8}\.tmp$/.test(each)).map((each) => join(output, each))) {
    const { mtimeMs = Date.now() } = (await stat(path).catch(() => null)) ?? {};
    if (Date.now() - mtimeMs > longestPlanMs) await rm(path, { recursive: true, force: true });
  }
  for (const name of names.filter((each) => /^(checkpoint-[\d.]+|best)\.[0-9a-f]{8}\.tmp$/.test(each))) {
    await rm(join(output, name), { recursive: true, force: true });
  }
}

/** Removes all checkpoints but the newest, and the one that is best. */
export async function removeOldCheckpoints(output: string, keep: number, best: number | null): Promise<void> {
  const all = listCheckpoints(output);
  const old = all.slice(0, Math.max(0, all.length - keep));
  for (const { folder, update, part } of old) if (update !== best || part !== 0) await removeWhole(folder);
}

/**
 * Removes all checkpoints and the best model.
 * @throws ScidocsError as {@link requireOwnFolder}, and while a process trains into the folder
 */
export async function removeTraining(output: string): Promise<void> {
  requireOwnFolder(output);
  if (!isThere(output)) return;
  await withTrainingLock(output, async () => {
    for (const { folder } of listCheckpoints(output)) await removeWhole(folder);
    await removeWhole(join(output, bestFolder));
  });
}

/**
 * Makes `best/` the model of a checkpoint, unless it is already: what is left out is what only a training needs.
 * @param prove look at every byte, of the checkpoint as well, and not at the record alone: for a folder that somebody else had meanwhile
 * @throws ScidocsError `BAD_INPUT`, `NOT_FOUND` for a checkpoint that has been damaged, when it is looked at
 */
export async function refreshBest(output: string, { folder }: StoredCheckpoint, prove: boolean): Promise<void> {
  const target = join(output, bestFolder);
  if (prove) await checkChecksums(folder);
  const same = prove
    ? await hasFilesOf(target, folder, trainingOnly)
    : sameRecord(join(target, trainingRecordFile), join(folder, trainingRecordFile));
  if (same) return;
  await wholeFolder(target, async (temporary) => {
    await copyFiles(folder, temporary);
  });
}

/** Copies what belongs to the model, folders within included. */
async function copyFiles(from: string, to: string): Promise<void> {
  makeFolder(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFiles(source, target);
    else if (!trainingOnly.includes(entry.name)) await writeWhole(target, await streamRegular(source, 2 ** 20));
  }
  await syncFolder(to);
}

function sameRecord(a: string, b: string): boolean {
  return isThere(a) && readRegularSync(a).equals(readRegularSync(b));
}
