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

/** Breaks a sentence into lines of at most `columns` characters, at spaces. */
export function wrap(text: string, columns: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
