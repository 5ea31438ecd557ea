import { fileError } from "../errors.ts";
import { isOptionalThere } from "../files/isThere.ts";
import { parseJson } from "../files/jsonFile.ts";
import { readRegularFile } from "../files/regularFile.ts";
import { printable } from "../printable.ts";

/** Looked for in the working folder where no other is named. */
export const configName = "scidocs.config.json";

/** Bytes of the longest configuration that is read; of each value that is wrong its schema keeps a kilobyte. */
const longest = 250_000;

/** The parts of a configuration; each is read by the command of its name, which knows its keys. */
const parts: readonly string[] = ["gate", "run"];

/**
 * The text of a configuration file; null where there is none.
 * @throws ScidocsError `BAD_INPUT` for what is no regular file, no JSON object, or has a part that no command reads: a typing error there would
 *   let everything pass
 */
export async function readConfigFile(path: string): Promise<string | null> {
  if (!isOptionalThere(path)) return null;
  const text = await readRegularFile(path, longest);
  const value = parseJson(text, path);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fileError(path, null, "should hold a JSON object");
  }
  const unknown = Object.keys(value).find((key) => key !== "$schema" && !parts.includes(key));
  if (unknown === undefined) return text;
  throw fileError(
    path,
    null,
    `has a part ${printable(unknown)} that no command reads; known are ${parts.join(" and ")}`,
  );
}
