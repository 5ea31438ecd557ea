// Control characters, marks that change the writing direction, line separators and halves of surrogate pairs: what
// a terminal or a log would act on instead of showing it.
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

/**
 * What starts a workflow command where a log is GitHub's: two colons at the start of a line, and a message may be
 * wrapped before any blank; or `##[` anywhere.
 */
const workflowCommand = /(^|\s):(?=:)|#(?=#\[)/g;

const withoutCommands = (text: string): string =>
  text.replace(workflowCommand, (_, before: string | undefined) =>
    before === undefined ? escaped("#") : `${before}${escaped(":")}`,
  );

/**
 * Text from a file, fit for a message: what a terminal would act on is written as an escape (`\x1b`, `\u202e`), so is the
 * start of a workflow command, and long text is cut. Ids, titles and file contents pass through here before anyone sees them.
 * @param maxLength characters kept before the ellipsis, default 80
 */
export function printable(text: string, maxLength = 80): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return withoutCommands(cut.replace(unprintable, escaped));
}

/** A value from a file, fit for a message. What is nested so deeply that it cannot be written is only said to be so. */
export function printableValue(value: unknown, maxLength = 80): string {
  try {
    return printable(JSON.stringify(value ?? null), maxLength);
  } catch {
    return "a value that is nested too deeply to be shown";
  }
}

/** Whether a text has no control characters in it, line ends included. */
export function isPlain(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

/** The same as {@link printable} for a message of several lines: line ends stay, the length is not limited. */
export function printableLines(text: string): string {
  return withoutCommands(withoutControls(text));
}

/** Text of several lines with what a terminal would act on as escapes; what a log reader acts on stays, for it may be meant. */
export function withoutControls(text: string): string {
  return text.replace(unprintable, (character) => (character === "\n" ? character : escaped(character)));
}

/** A value as JSON of several lines; what a terminal would act on is written as an escape, which means the same to whoever parses it. */
export function printableJson(value: unknown): string {
  return printableJsonText(JSON.stringify(value, null, 2));
}

/** The same for JSON that is text already. */
export function printableJsonText(json: string): string {
  return json.replace(unprintable, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
