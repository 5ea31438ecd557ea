/**
 * The first key that occurs twice in one object of a JSON text, as a path (`gate.maxDrop.cite`); null where there is none. `JSON.parse`
 * takes the last of them without a word.
 * @param text valid JSON
 */
export function repeatedKey(text: string): string | null {
  /** Keys seen in each open object; null for a list. */
  const open: (Set<string> | null)[] = [];
  const path: string[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (const [matched, colon] of text.matchAll(token)) {
    if (matched === "{" || matched === "[") {
      open.push(matched === "{" ? new Set() : null);
      path.push("");
    } else if (matched === "}" || matched === "]") {
      open.pop();
      path.pop();
    } else if (colon !== undefined) {
      const key: string = JSON.parse(matched.slice(0, matched.lastIndexOf('"') + 1));
      const keys = open.at(-1);
      path[path.length - 1] = key;
      if (keys?.has(key)) return path.filter((part) => part !== "").join(".");
      keys?.add(key);
    }
  }
  return null;
}
