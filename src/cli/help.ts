/** The examples beneath a command's help: commands, and what each is for. */
export function examples(lines: readonly (readonly [command: string, purpose: string])[]): string {
  return `\nExamples:\n${lines.map(([command, purpose]) => `  $ ${command}\n      ${purpose}`).join("\n")}`;
}
