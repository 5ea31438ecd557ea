import { type Command, Option } from "commander";
import { tableFormats } from "../report/tableFormats.ts";

/** Adds the flags that say where the record goes and how the table is shown. */
export function addOutputFlags(command: Command): Command {
  return command
    .option("-o, --record <file>", "where the run record goes (default: results/MODEL-DATA-SPLIT.json)")
    .option("--force", "let -o replace the record of another model", false)
    .option("--published", "print the published rows beneath, each with its source", false)
    .addOption(new Option("--format <format>", "how to print the table").choices(tableFormats).default("text"));
}
