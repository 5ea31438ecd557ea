import { basename } from "node:path";
import { ScidocsError } from "../errors.ts";
import { statsIfThere } from "./isThere.ts";
import { readRegularFile, readStartSync } from "./regularFile.ts";

/** What shows that files of common names are this program's own. */
export interface OwnSigns {
  /** The JSON file among them that says what they are, by its `format`; the last that is written. */
  readonly record: string;
  /** The first that is written, which is there without a record where a call was stopped, and how it begins. */
  readonly first: string;
  readonly begins: RegExp;
}

/**
 * Refuses to write a set of files into a folder that has some of these names already, unless this program made them: `data.json` and
 * `train.txt` may be anybody's.
 * @throws ScidocsError `USAGE` naming one of them
 */
export async function refuseForeignFiles(outputs: readonly string[], own: OwnSigns): Promise<void> {
  const there: string[] = [];
  for (const output of outputs) {
    const stats = await statsIfThere(output);
    // Nothing is lost of an empty one.
    if (stats?.isFile() === true && stats.size > 0) there.push(output);
  }
  const [one] = there;
  if (one === undefined) return;
  if (
    there.includes(own.record)
      ? await hasOurFormat(own.record)
      : there.includes(own.first) && beginsAs(own.first, own.begins)
  )
    return;
  throw new ScidocsError(
    "USAGE",
    `${one}: is there already, and no ${basename(own.record)} that says that this program made it; name another folder, or move it away`,
  );
}

async function hasOurFormat(record: string): Promise<boolean> {
  try {
    const value: unknown = JSON.parse(await readRegularFile(record));
    return typeof value === "object" && value !== null && "format" in value && /^scidocs-/.test(String(value.format));
  } catch {
    return false;
  }
}

/** Bytes in which a file shows whose it is. */
const startBytes = 4096;

/** Whether a file that is there shows by its first bytes whose it is. @throws the file system's error */
export function beginsAs(file: string, begins: RegExp): boolean {
  return begins.test(readStartSync(file, startBytes).toString("latin1"));
}
