import { Command } from "commander";
import { ScidocsError } from "../errors.ts";
import { printableJson } from "../printable.ts";
import { datasetCheckText } from "../report/datasetCheckText.ts";
import { checkDataset } from "../suites/check/checkDataset.ts";
import type { CliContext } from "./context.ts";
import { defaultDataFolder } from "./dataPull.ts";
import { examples } from "./help.ts";

interface CheckFlags {
  readonly data: string;
  readonly json: boolean;
}

/** `scidocs data check`: whether a folder has the whole benchmark, and what is odd in it. */
export function dataCheckCommand(context: CliContext): Command {
  return new Command("check")
    .description("read a whole dataset and say what is missing, broken or odd; exit 3 if it is incomplete")
    .option("--data <dir>", "the SciDocs folder", defaultDataFolder)
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      examples([
        ["scidocs data check --data data", "every file, against the published numbers"],
        ["scidocs data check --data data --json > check.json", "the same for a program"],
      ]),
    )
    .action(async ({ data, json }: CheckFlags) => {
      const check = await checkDataset(data, { onProgress: context.onProgress, signal: context.signal });
      context.stdout(json ? `${printableJson(check)}\n` : datasetCheckText(check, { color: context.color }));
      if (!check.complete) throw new ScidocsError("COVERAGE", `${check.name} is not the whole benchmark`);
    });
}
