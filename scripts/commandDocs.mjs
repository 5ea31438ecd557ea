// Writes docs/commands.md from the commands' own declarations (npm run docs); a test tells when the page has fallen behind.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProgram } from "../dist/cli/program.js";

/** A context for reading declarations only: nothing is run. */
const silent = {
  stdout: () => {},
  stderr: () => {},
  stdoutIsTerminal: false,
  columns: 100,
  color: false,
  env: {},
  cwd: ".",
  signal: new AbortController().signal,
  onProgress: () => {},
  whenStopped: () => {},
};

/** The page as Markdown: each command's help as `--help` prints it on a terminal of 100 characters. */
export async function commandDocs() {
  const program = await createProgram(silent, null);
  const leaves = (command) => (command.commands.length === 0 ? [command] : command.commands.flatMap(leaves));
  const helpOf = (command) => {
    let text = "";
    command.configureOutput({
      writeOut: (part) => (text += part),
      getOutHelpWidth: () => 100,
      getOutHasColors: () => false,
    });
    command.outputHelp();
    return text.trimEnd();
  };
  const nameOf = (command) => (command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name());
  const sections = [program, ...leaves(program)]
    .filter((command) => command.name() !== "help")
    .map((command) => `## ${nameOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`);
  return `# Commands\n\nExit codes: 0 fine, 1 crash, 2 wrong usage or bad input, 3 coverage below what was asked, 4 gate failed, 130 interrupted.\nResults go to stdout, everything else to stderr.\n\n${sections.join("\n")}`;
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(join(import.meta.dirname, "../docs/commands.md"), await commandDocs());
