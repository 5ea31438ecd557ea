import type { Command } from "commander";

/** What stands in a flag's name for a place on the disk. */
const placeNames = /<(dir|file|file\.json|files|folder|model|path)(\.\.\.)?>/;

/**
 * Refuses an empty text as a place. It is what a shell makes of a variable that is not set, and would be the folder at hand: a training
 * or a graph would be written into whatever lies there.
 * @throws CommanderError
 */
export function refuseEmptyPlaces(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== "cli" || !placeNames.test(option.flags)) continue;
    if (![command.getOptionValue(name)].flat().includes("")) continue;
    command.error(
      `error: option '${option.flags}' is empty. Is a variable of the shell not set? The folder at hand is "."`,
    );
  }
}
