/** What a terminal shows after some text: only the controls that progress bars use are understood. */
export function screenOf(text: string): string[] {
  const lines: string[] = [""];
  let row = 0;
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's controls are control characters
  for (const match of text.matchAll(/\x1b\[(\??)(\d*)[\d;]*([A-Za-z])|\r|\n|[^\x1b\r\n]+/g)) {
    const [part, privateMark, digits = "", letter] = match;
    if (part === "\n") {
      row += 1;
      lines[row] ??= "";
    } else if (part === "\r") column = 0;
    else if (letter === undefined) {
      const line = (lines[row] ?? "").padEnd(column);
      lines[row] = line.slice(0, column) + part + line.slice(column + part.length);
      column += part.length;
    } else {
      const count = digits === "" ? 1 : Number(digits);
      if (privateMark === "?") continue;
      if (letter === "A") row = Math.max(0, row - count);
      else if (letter === "B") row += count;
      else if (letter === "G") column = count - 1;
      else if (letter === "K") lines[row] = (lines[row] ?? "").slice(0, column);
      else if (letter === "J") {
        lines[row] = (lines[row] ?? "").slice(0, column);
        lines.length = row + 1;
      } else throw new Error(`an unknown control: ${JSON.stringify(part)}`);
    }
  }
  return lines.filter((line) => line.trim() !== "");
}

/** Whether a terminal shows its cursor after some text. */
export function showsCursor(text: string): boolean {
  return text.lastIndexOf("\x1b[?25h") >= text.lastIndexOf("\x1b[?25l");
}
