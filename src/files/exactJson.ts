import { fileError } from "../errors.ts";
import { printable } from "../printable.ts";
import { parseJson } from "./jsonFile.ts";
import { oddKey } from "./repeatedKey.ts";

/**
 * The value of a JSON text by which something is judged or done: no key may stand twice in one object, where two readers would take two
 * values, and none may be `__proto__`, which readers pass over without a word.
 * @throws ScidocsError `BAD_INPUT`
 */
export function parseExactJson(text: string, file: string): unknown {
  const value = parseJson(text, file);
  const odd = oddKey(text);
  if (odd === null) return value;
  const path = printable(odd.path, 200);
  throw fileError(file, null, odd.isRepeated ? `${path} is given twice; say it once` : `${path} is no name to be used`);
}
