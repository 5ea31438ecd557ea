/** Lines above and below, none inside: the look of a printed table. */
export const plainBorder = {
  top: "─",
  "top-mid": "─",
  "top-left": "",
  "top-right": "",
  bottom: "─",
  "bottom-mid": "─",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ",
};

/** No colours, no lines between rows; `paddingRight` blanks after each cell. */
export function plainStyle(paddingRight: number): {
  head: string[];
  border: string[];
  compact: boolean;
  "padding-left": number;
  "padding-right": number;
} {
  return { head: [], border: [], compact: true, "padding-left": 0, "padding-right": paddingRight };
}

/** Blanks at line ends and empty lines taken away. */
export function trimLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}

/** Longest line, colours not counted. */
export function widthOf(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are control characters
  return Math.max(...text.split("\n").map((line) => line.replaceAll(/\x1b\[[0-9;]*m/g, "").length));
}

/**
 * Columns in groups, each with the first column before it, so that no line is longer than the terminal: nothing is ever broken inside a
 * number. What does not fit stands alone all the same.
 * @param together the columns beside the first, those that belong together in one list
 * @param render draws the table with some of them, by their indices
 */
export function inColumnGroups(
  together: readonly (readonly number[])[],
  lineLength: number,
  render: (indices: readonly number[]) => string,
): string {
  const parts: string[] = [];
  let taken: readonly number[] = [];
  for (const columns of together) {
    const wider = [...taken, ...columns];
    if (taken.length > 0 && widthOf(render(wider)) > lineLength) {
      parts.push(render(taken));
      taken = columns;
    } else taken = wider;
  }
  return [...parts, render(taken)].join("\n\n");
}

/** Breaks a sentence into lines of at most `columns` characters, at spaces, but not between a number and its `%`. */
export function wrap(text: string, columns: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ (?!%)/)) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
