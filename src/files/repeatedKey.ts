/** A key that an object in a JSON text may not have. */
export interface OddKey {
  /** Where it stands (`gate.maxDrop.cite`). */
  readonly path: string;
  /** Whether its object has it twice; else it is `__proto__`. */
  readonly isRepeated: boolean;
}

/**
 * The first key that an object in a JSON text has twice, at whatever depth, as a path (`gate.maxDrop.cite`); null where there is none.
 * `JSON.parse` takes the last of the two without a word. The text need not be JSON; what is not is left to the parser.
 */
export function repeatedKey(text: string): string | null {
  return firstKey(text, (key, before) => before.has(key));
}

/** The first key that is there twice, or is `__proto__`. See {@link repeatedKey}. */
export function oddKey(text: string): OddKey | null {
  let isRepeated = false;
  const path = firstKey(text, (key, before) => {
    isRepeated = before.has(key);
    return isRepeated || key === "__proto__";
  });
  return path === null ? null : { path, isRepeated };
}

/** The path of the first key that is sought; `before` are the keys that its object has before it. */
function firstKey(text: string, isSought: (key: string, before: ReadonlySet<string>) => boolean): string | null {
  /** Keys seen in each open object; null for a list. */
  const open: (Set<string> | null)[] = [];
  const path: string[] = [];
  // No pattern for a whole string: of one with 10 million characters a regular expression would not come back.
  const marks = /["{}[\]]/g;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    const [character] = mark;
    if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : null);
      path.push("");
    } else if (character !== '"') {
      open.pop();
      path.pop();
    } else {
      const end = endOfString(text, mark.index);
      marks.lastIndex = end + 1;
      const keys = open.at(-1);
      if (keys == null || !isColonNext(text, end + 1)) continue;
      const key = unquoted(text.slice(mark.index, end + 1));
      path[path.length - 1] = key;
      if (isSought(key, keys)) return path.filter((part) => part !== "").join(".");
      keys.add(key);
    }
  }
  return null;
}

/** Where the quote lies that ends the string which begins at `start`; the text's end when there is none. */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}

function isColonNext(text: string, start: number): boolean {
  let at = start;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return text[at] === ":";
}

function unquoted(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
