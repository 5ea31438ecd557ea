import { endOfString } from "./repeatedKey.ts";

/** Where in a text a member of an object stands: its key, and its value from `start` to before `end`. */
interface Member {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Gives an object in a JSON text other values of some of its own members, and those that it lacks. All else stays as it is written: another
 * program may tell `2.0` from `2`, which `JSON.parse` does not.
 * @param text a JSON object, as `JSON.parse` takes it
 */
export function withMembers(text: string, members: Readonly<Record<string, unknown>>): string {
  const known = membersOf(text);
  let changed = text;
  for (const { key, start, end } of known.toReversed()) {
    if (Object.hasOwn(members, key))
      changed = `${changed.slice(0, start)}${JSON.stringify(members[key])}${changed.slice(end)}`;
  }
  const added = Object.entries(members)
    .filter(([key]) => !known.some((member) => member.key === key))
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  if (added.length === 0) return changed;
  const body = changed.slice(0, changed.lastIndexOf("}")).trimEnd();
  return `${body}${known.length === 0 ? "" : ","}\n${added.join(",\n")}\n}\n`;
}

function membersOf(text: string): Member[] {
  const members: Member[] = [];
  let at = afterSpace(text, text.indexOf("{") + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at) + 1;
    const start = afterSpace(text, text.indexOf(":", keyEnd) + 1);
    const end = endOfValue(text, start);
    members.push({ key: String(JSON.parse(text.slice(at, keyEnd))), start, end });
    const next = afterSpace(text, end);
    if (text[next] !== ",") break;
    at = afterSpace(text, next + 1);
  }
  return members;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text[at] ?? "")) at++;
  return at;
}

/** Where the value that begins at `start` is over. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === '"') at = endOfString(text, at);
    else if ("{[".includes(character)) depth++;
    else if (depth > 0 && "}]".includes(character)) depth--;
    else if (depth === 0 && /[\s,}]/.test(character)) return at;
    if (depth === 0 && '"}]'.includes(text[at] ?? "")) return at + 1;
  }
  return text.length;
}
