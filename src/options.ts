import { firstFew, ScidocsError } from "./errors.ts";

/** The names of all options of a call. The compiler refuses a list that lacks one or has one too many. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Refuses options that a call of the library does not know: in plain JavaScript, or out of a spread bag of flags, a name that is
 * mistyped would else be passed over in silence.
 * @throws ScidocsError `USAGE`, naming the call, the unknown options and the known ones
 */
export function refuseUnknownOptions<Options extends object>(
  call: string,
  given: Options,
  names: OptionNames<Options>,
): void {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(names, name));
  if (unknown.length === 0) return;
  const known = Object.keys(names).sort().join(", ");
  throw new ScidocsError("USAGE", `${call}: there is no option ${firstFew(unknown)}; there are ${known}`);
}
