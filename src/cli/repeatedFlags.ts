import type { Command, Option } from "commander";
import { printable } from "../printable.ts";

const addingParsers = new WeakSet<object>();

/** Marks the parser of a flag that may be repeated: what is said again is added to what was said before. */
export function adding<Parser extends (text: string, before?: never) => unknown>(parse: Parser): Parser {
  addingParsers.add(parse);
  return parse;
}

/** The parser of a flag that may be repeated, each time with one text. */
export const collect = adding((text: string, before: readonly string[] = []): string[] => [...before, text]);

/** Whether a flag means all that it is given, and not one thing. */
function adds({ variadic, parseArg }: Option): boolean {
  return variadic || (parseArg !== undefined && addingParsers.has(parseArg));
}

/**
 * Makes a command refuse a flag that says two things: one value and then another one, or itself and its opposite. Of two limits the last
 * would silently be the one that counts, wherever in a long line it stands. To say the same thing twice is no fault.
 */
export function refuseRepeatedFlags(command: Command): void {
  const said = new Map<string, { readonly flag: string; readonly text: string | null }>();
  for (const option of command.options) {
    if (adds(option)) continue;
    const flag = option.long ?? option.flags;
    command.on(`option:${option.name()}`, (text: string | null) => {
      const before = said.get(option.attributeName());
      said.set(option.attributeName(), { flag, text });
      if (before === undefined || (before.flag === flag && before.text === text)) return;
      command.error(
        before.flag === flag
          ? `error: option '${option.flags}' is given twice, as ${shown(before.text)} and as ${shown(text)}; say it once`
          : `error: options ${before.flag} and ${flag} say two things; give one of them`,
      );
    });
  }
}

const shown = (text: string | null): string => (text === null ? "a flag alone" : printable(text, 200));
