import { Command } from "commander";
import type { CliContext } from "./context.ts";
import { dataCheckCommand } from "./dataCheck.ts";
import { dataPullCommand } from "./dataPull.ts";
import { dataSynthCommand } from "./dataSynth.ts";

/** `scidocs data`: the benchmark's files. */
export function dataCommand(context: CliContext): Command {
  return new Command("data")
    .description("get, check or make the benchmark's files")
    .addCommand(dataPullCommand(context))
    .addCommand(dataCheckCommand(context))
    .addCommand(dataSynthCommand(context));
}
