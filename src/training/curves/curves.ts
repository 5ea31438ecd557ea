import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { fileError, ScidocsError } from "../../errors.ts";
import { isThere } from "../../files/isThere.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { requireRegular } from "../../files/regularFile.ts";
import { curveRow, curvesFile, curvesHeader, damagedLine, goodText } from "./curveTable.ts";
import { goodLength, hasEventsBehind, scalarRecord, versionRecord } from "./eventFile.ts";

/** The event file of a training; `tensorboard --logdir` takes every file with "tfevents" in its name. */
export const eventsFile = "events.out.tfevents.0000000000.scidocs";

/** Names of the curves that the program draws and writes. Scores of the benchmark are `benchmark/` and the column's id. */
export const curveNames = {
  trainLoss: "train/loss",
  learningRate: "train/learning_rate",
  gradientNorm: "train/gradient_norm",
  rate: "train/triplets_per_second",
  devLoss: "dev/loss",
  benchmark: (column: string): string => `benchmark/${column}`,
} as const;

/** Said of a file that would be cut where it is damaged. */
const damaged =
  "is damaged there, and what stands behind it would be cut off; put it right, or move the file away, and the training begins another one";

/** The curves of a training under way: two append-only files, which must be closed. */
export interface Curves {
  /**
   * Adds values of one step; steps never go down. The files have them when the promise is kept, though a power cut may
   * still take them: see `flush`.
   * @throws RangeError for a step below the last or a name that does not fit a line of CSV
   * @throws ScidocsError `BAD_INPUT` when the disk is full
   */
  readonly append: (step: number, scalars: Readonly<Record<string, number>>) => Promise<void>;
  /** Waits for the disk. Call it before a checkpoint is written, so that no checkpoint is ahead of its curves. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface GrowingFile {
  readonly append: (bytes: Uint8Array) => Promise<void>;
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a file for appending behind the part of it that is to be kept, with `first` at its start. */
async function openGrowing(
  path: string,
  keep: (content: Buffer) => number,
  first: () => Uint8Array,
): Promise<GrowingFile> {
  const orSay = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ScidocsError("BAD_INPUT", `${path}: cannot be written: ${reason}`, { cause });
    }
  };
  // What is there is read first, which a pipe and a device would never end.
  if (isThere(path)) await orSay(async () => requireRegular(path));
  const handle = await orSay<FileHandle>(() => open(path, "a+"));
  const append = (bytes: Uint8Array): Promise<void> => orSay(() => handle.writeFile(bytes));
  try {
    const kept = keep(await orSay(() => handle.readFile()));
    await orSay(() => handle.truncate(kept));
    if (kept === 0) await append(first());
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    append,
    flush: () => orSay(() => handle.sync()),
    close: () =>
      orSay(async () => {
        await handle.sync();
        await handle.close();
      }),
  };
}

/**
 * Opens the curves of a training in a folder: `curves.csv`, and the same as events for TensorBoard. What a run that was
 * killed wrote past the checkpoint, and the torn tail it may have left, are cut off.
 * @param fromStep the step of the checkpoint that the training goes on from; -1 for a training that begins
 * @param nowMs the clock behind the times in both files
 * @throws ScidocsError `BAD_INPUT` when the folder cannot be written, or a file is damaged before that step: nothing is cut then
 */
export async function openCurves(
  folder: string,
  fromStep: number,
  nowMs: () => number = () => Date.now(),
): Promise<Curves> {
  makeFolder(folder);
  const table = await openGrowing(
    join(folder, curvesFile),
    (content) => {
      // A character a byte, whatever bytes a disk has made of them: it is cut by their number.
      const text = content.toString("latin1");
      const line = damagedLine(text, fromStep);
      if (line !== null) throw fileError(join(folder, curvesFile), line, damaged);
      return goodText(text, fromStep).length;
    },
    () => Buffer.from(curvesHeader),
  );
  let events: GrowingFile;
  try {
    events = await openGrowing(
      join(folder, eventsFile),
      (content) => {
        const good = goodLength(content, fromStep);
        if (hasEventsBehind(content, good, fromStep)) {
          throw fileError(join(folder, eventsFile), null, `byte ${good}: ${damaged}`);
        }
        return good;
      },
      () => versionRecord(nowMs() / 1000),
    );
  } catch (error) {
    await table.close();
    throw error;
  }
  let lastStep = Math.max(0, fromStep);
  return {
    append: async (step, scalars) => {
      if (!Number.isSafeInteger(step) || step < lastStep) throw new RangeError(`step ${step} after step ${lastStep}`);
      lastStep = step;
      const wallSeconds = nowMs() / 1000;
      let rows = "";
      for (const [name, value] of Object.entries(scalars)) {
        if (!/^[^,"\r\n]+$/.test(name)) throw new RangeError(`a curve cannot be called ${JSON.stringify(name)}`);
        rows += curveRow(step, name, value, wallSeconds);
      }
      if (rows === "") return;
      await table.append(Buffer.from(rows));
      await events.append(scalarRecord(step, wallSeconds, scalars));
    },
    flush: async () => {
      await table.flush();
      await events.flush();
    },
    close: async () => {
      try {
        await table.close();
      } finally {
        await events.close();
      }
    },
  };
}
