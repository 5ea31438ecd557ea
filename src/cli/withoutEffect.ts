import type { Command } from "commander";
import { ScidocsError } from "../errors.ts";

/** The flags that stand on the command line, without those that a default or a file sets. */
export function givenFlags(command: Command): Readonly<Record<string, unknown>> {
  const flags = command.optsWithGlobals<Record<string, unknown>>();
  return Object.fromEntries(
    Object.entries(flags).filter(([name]) => command.getOptionValueSourceWithGlobals(name) === "cli"),
  );
}

/**
 * Refuses flags that would have no effect: whoever gives one believes that it has, and a check that is not made is the worst of them.
 * @param given the flags that were given, by name: `minCoverage`
 * @param names the flags that have no effect here
 * @param why what stands behind their names: `--min-coverage: …`
 * @throws ScidocsError `USAGE`
 */
export function refuseWithoutEffect(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
  why: string,
): void {
  const found = names.filter((name) => given[name] !== undefined);
  if (found.length === 0) return;
  const flags = found.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  throw new ScidocsError("USAGE", `${flags.join(", ")}: ${why}`);
}
