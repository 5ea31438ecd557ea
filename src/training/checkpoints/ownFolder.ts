import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { isThere } from "../../files/isThere.ts";
import { readStartSync } from "../../files/regularFile.ts";
import { eventsFile } from "../curves/curves.ts";
import { curvesFile, curvesHeader } from "../curves/curveTable.ts";
import { eventFileStart } from "../curves/eventFile.ts";
import { bestFolder, checkpointNames, momentsFile, stateFile } from "./checkpointNames.ts";
import { trainingRecordFile } from "./trainingRecord.ts";

/** What a folder of ours has, if only one of them is left. */
const marks = [trainingRecordFile, stateFile, momentsFile];

/**
 * Refuses an output folder with something of the names that a training writes and removes, which no training of this program has
 * written: another program's checkpoints are called the same, and curves would be cut off.
 * @throws ScidocsError `USAGE` naming it
 */
export function requireOwnFolder(output: string): void {
  if (!isThere(output)) {
    const link = lstatSync(output, { throwIfNoEntry: false });
    if (link === undefined) return;
    throw new ScidocsError("USAGE", `${output}: is a link that leads to nothing; name a folder for the training`);
  }
  if (!statSync(output).isDirectory())
    throw new ScidocsError("USAGE", `${output}: is no folder; name one for the training`);
  const folders = readdirSync(output).filter((name) => name === bestFolder || checkpointNames.test(name));
  const foreign = folders.filter((name) => !isOwn(join(output, name)));
  if (!isAbsentOrBegins(join(output, curvesFile), Buffer.from(curvesHeader))) foreign.push(curvesFile);
  if (!isAbsentOrBegins(join(output, eventsFile), eventFileStart)) foreign.push(eventsFile);
  const [first] = foreign.sort();
  if (first === undefined) return;
  throw new ScidocsError(
    "USAGE",
    `${join(output, first)}: a training would replace or remove it, and none of this program has written it; use another folder, or move it away`,
  );
}

/**
 * Refuses what is to be read from where a training writes and removes: to go on from `best/` in its own folder would lose it.
 * @param inputs what is read, by the flag that names it
 * @throws ScidocsError `USAGE`
 */
export function refuseInputsWithin(output: string, inputs: Readonly<Record<string, string | undefined>>): void {
  if (!isThere(output)) return;
  const folder = realpathSync(output);
  for (const [flag, path] of Object.entries(inputs)) {
    if (path === undefined || !isThere(path)) continue;
    const [first = ""] = relative(folder, realpathSync(path)).split(sep);
    if (first !== bestFolder && !checkpointNames.test(first)) continue;
    throw new ScidocsError(
      "USAGE",
      `${flag} ${path}: lies in ${output}, where the training would replace or remove it; name another output folder, or move it there`,
    );
  }
}

/**
 * Remembers which folder a training writes into, to be asked before each checkpoint: one that is moved or removed meanwhile would be made
 * anew by its name, with a part of the checkpoints, no lock, and the curves elsewhere.
 * @returns what throws ScidocsError `BAD_INPUT` when the name no longer leads to it
 */
export function keptFolder(output: string): () => void {
  const identity = (): string | null => {
    const { dev, ino } = statSync(output, { bigint: true, throwIfNoEntry: false }) ?? {};
    return ino === undefined ? null : `${dev} ${ino}`;
  };
  const began = identity();
  return () => {
    if (identity() === began) return;
    throw new ScidocsError(
      "BAD_INPUT",
      `${output}: is no longer the folder that the training writes into, which was moved or removed; put it back and give the same command, which goes on from its newest checkpoint`,
    );
  };
}

/** A link is somebody's own, whatever it leads to. */
function isOwn(folder: string): boolean {
  if (!lstatSync(folder).isDirectory()) return false;
  const names = readdirSync(folder);
  return names.length === 0 || marks.some((mark) => names.includes(mark));
}

/** Whether a file is not there, or begins with what a training writes first; that may be torn. */
function isAbsentOrBegins(file: string, start: Buffer): boolean {
  if (!isThere(file)) return true;
  const first = readStartSync(file, start.length);
  return first.equals(start.subarray(0, first.length));
}
