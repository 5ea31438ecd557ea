import { Command } from "commander";
import type { CliContext } from "./context.ts";
import { dataPullCommand } from "./dataPull.ts";

/** `scidocs data`: the benchmark's files. */
export function dataCommand(context: CliContext): Command {
  return new Command("data")
    .description("get, check or make the benchmark's files")
    .addCommand(dataPullCommand(context));
}
