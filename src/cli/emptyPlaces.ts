import { join, sep } from "node:path";
import type { Command } from "commander";
import { printable } from "../printable.ts";

/** What stands in a flag's name for a place on the disk. */
const placeNames = /<(dir|file|file\.json|files|folder|model|path)(\.\.\.)?>/;

/** What stands there for a file. */
const fileNames = /<file(\.json)?(\.\.\.)?>/;

/**
 * Refuses an empty text as a place: it is what a shell makes of a variable that is not set, and would be the folder at hand, so that a
 * training or a graph would be written into whatever lies there. And refuses a folder's name for a file.
 * @throws CommanderError
 */
export function refuseEmptyPlaces(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== "cli" || !placeNames.test(option.flags)) continue;
    const places = [command.getOptionValue(name)].flat();
    if (places.includes("")) {
      command.error(
        `error: option '${option.flags}' is empty. Is a variable of the shell not set? The folder at hand is "."`,
      );
    }
    // A file called "results" would be made where a folder is meant.
    const isFolder = (place: unknown): boolean => /(^|\/)\.{0,2}$/.test(String(place).replaceAll(sep, "/"));
    const folder = fileNames.test(option.flags) ? places.find(isFolder) : undefined;
    if (folder !== undefined) {
      const example = printable(join(String(folder), "NAME"));
      command.error(`error: option '${option.flags}' is a folder by its end; name a file, such as ${example}`);
    }
  }
}
