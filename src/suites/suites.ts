import { ScidocsError } from "../errors.ts";
import { scidocs } from "./scidocs/scidocs.ts";
import type { Suite } from "./suite.ts";

/** The suite that a run is of when nobody says. */
export const defaultSuite: Suite = scidocs;

/** The suites that the program knows by name. A new one is one line here. */
export const suites: readonly Suite[] = [scidocs];

/**
 * The suite of a record.
 * @param given a suite of one's own, which counts where it bears the name
 * @throws ScidocsError `BAD_INPUT` for a suite that this program does not know
 */
export function suiteNamed(id: string, given?: Suite): Suite {
  const named = [...(given === undefined ? [] : [given]), ...suites].find((known) => known.id === id);
  if (named !== undefined) return named;
  const known = suites.map((suite) => suite.id).join(", ");
  throw new ScidocsError(
    "BAD_INPUT",
    `a record is of the suite ${id}, which this scidocs does not know; known: ${known}`,
  );
}

/**
 * The suite that all of some records are of.
 * @param own a suite of one's own, which counts where it bears the name
 * @throws ScidocsError `BAD_INPUT` for records of two suites, or of one that this program does not know
 */
export function suiteOf(records: readonly { readonly suite: string }[], own?: Suite): Suite {
  const names = [...new Set(records.map(({ suite }) => suite))];
  if (names.length > 1) {
    throw new ScidocsError(
      "BAD_INPUT",
      `the records are of several benchmarks (${names.join(", ")}); take those of one`,
    );
  }
  const [name] = names;
  return name === undefined ? (own ?? defaultSuite) : suiteNamed(name, own);
}
