import { Command, Option } from "commander";
import { scoreTable } from "../report/scoreTable.ts";
import { formatTable, type TableFormat, tableFormats } from "../report/tableFormats.ts";
import { publishedRows } from "../results/published.ts";
import { readRecord } from "../results/record.ts";
import type { CliContext } from "./context.ts";
import { examples } from "./help.ts";

interface TableFlags {
  readonly published: boolean;
  readonly format: TableFormat;
}

/** `scidocs table`: records as the rows of the paper's table. */
export function tableCommand(context: CliContext): Command {
  return new Command("table")
    .description("print run records as rows of the paper's table")
    .argument("<record...>", "run records, as scidocs run -o writes them")
    .option("--published", "add the published rows, each with its source", false)
    .addOption(new Option("--format <format>", "how to print it").choices(tableFormats).default("text"))
    .addHelpText(
      "after",
      examples([
        ["scidocs table results/*.json --published", "all records so far above the published rows"],
        ["scidocs table a.json b.json --format latex > table.tex", "the same for a paper"],
      ]),
    )
    .action(async (paths: string[], flags: TableFlags) => {
      const records = await Promise.all(paths.map(readRecord));
      const table = scoreTable(records, flags.published ? publishedRows() : []);
      context.stdout(formatTable(table, flags.format, { columns: context.columns, color: context.color }));
    });
}
