import { Command } from "commander";
import { scidocsVersion } from "../version.ts";
import { baselineCommand } from "./baseline.ts";
import { compareCommand } from "./compare.ts";
import type { CliContext } from "./context.ts";
import { dataCommand } from "./data.ts";
import { doctorCommand } from "./doctor.ts";
import { embedCommand } from "./embed.ts";
import { exportCommand } from "./export.ts";
import { gateCommand } from "./gate.ts";
import { graphCommand } from "./graph.ts";
import { reportCommand } from "./report.ts";
import { reproduceCommand } from "./reproduce.ts";
import { runCommand } from "./run.ts";
import { scoreCommand } from "./score.ts";
import { tableCommand } from "./table.ts";
import { tripletsCommand } from "./triplets.ts";

/**
 * The whole command line as a value: nothing runs until `parseAsync`. Errors of usage are thrown as `CommanderError`,
 * all others as they come; the caller turns them into exit codes.
 */
export function createProgram(context: CliContext): Command {
  const program = new Command("scidocs")
    .description("The SciDocs / SPECTER benchmark: judge an encoder of scientific papers on seven tasks")
    .version(scidocsVersion(), "-V, --version", "print the version")
    .option("--offline", "make every use of the network an error at once")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .showHelpAfterError("(scidocs --help lists the commands, scidocs COMMAND --help its flags)");
  const commands: readonly Command[] = [
    runCommand(context),
    embedCommand(context),
    scoreCommand(context),
    tableCommand(context),
    compareCommand(context),
    dataCommand(context),
    reproduceCommand(context),
    exportCommand(context),
    doctorCommand(context),
    gateCommand(context),
    reportCommand(context),
    baselineCommand(context),
    graphCommand(context),
    tripletsCommand(context),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
      .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
      .copyInheritedSettings(program);
  }
  return program;
}
