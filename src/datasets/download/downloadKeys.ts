import { firstFew, ScidocsError } from "../../errors.ts";
import { printable } from "../../printable.ts";

/** Names that Windows gives to devices, with any extension. */
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Whether a key's path could become a file outside the target folder, or a name that does something to a terminal. */
function leadsAway(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (path.length > 1024 || /[\u0000-\u001f\u007f-\u009f\\:]/.test(path)) return true;
  return path.split("/").some((part) => part === "" || part === "." || part === "..");
}

/** Whether a path has a name that is kept for something else: hidden files, our partial files, devices. */
function isReserved(path: string): boolean {
  return path
    .split("/")
    .some((part) => part.startsWith(".") || part.endsWith(".part") || /[. ]$/.test(part) || deviceName.test(part));
}

/** What two names share that are one file on macOS or Windows: they differ in case, or in how letters with accents are written. */
const nameOnDisk = (path: string): string => path.normalize("NFC").toLowerCase();

/** The files that a listing stands for. */
export interface ListedFiles<T> {
  /** Path relative to the target folder, `/` between folders. */
  readonly files: readonly { readonly path: string; readonly object: T }[];
  /** Keys left out because their names are kept for something else (`.DS_Store`, `con`). */
  readonly leftOut: readonly string[];
}

/**
 * The files for keys below `prefix`; folder markers (`…/`, no bytes) stand for none.
 * @throws ScidocsError `UNAVAILABLE` when a key is not below the prefix, could leave the target folder, or two cannot both be files
 */
export function filesOfKeys<T extends { readonly key: string; readonly size: number }>(
  objects: readonly T[],
  prefix: string,
): ListedFiles<T> {
  const files: { path: string; object: T }[] = [];
  const leftOut: string[] = [];
  const refused: string[] = [];
  for (const object of objects) {
    const path = object.key.slice(prefix.length);
    if (!object.key.startsWith(prefix)) refused.push(`${printable(object.key)} is not below ${printable(prefix)}`);
    else if ((path === "" || path.endsWith("/")) && object.size === 0) continue;
    else if (leadsAway(path)) refused.push(`${printable(object.key)} could lead outside the target folder`);
    else if (isReserved(path)) leftOut.push(path);
    else files.push({ path, object });
  }
  const names = new Set<string>();
  for (const { path } of files) {
    if (names.has(nameOnDisk(path))) refused.push(`${printable(path)} occurs twice`);
    names.add(nameOnDisk(path));
  }
  for (const { path } of files) {
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const folder = nameOnDisk(path.slice(0, slash));
      if (names.has(folder)) refused.push(`${printable(folder)} is a file and a folder`);
    }
  }
  if (refused.length > 0) {
    throw new ScidocsError("UNAVAILABLE", `the store's listing is not to be trusted: ${firstFew(refused)}`);
  }
  return { files, leftOut };
}
