import { Command, Option } from "commander";
import { ScidocsError } from "../errors.ts";
import { printable } from "../printable.ts";
import { recordName, tableColumns } from "../report/scoreTable.ts";
import { formatTable, type TableFormat, tableFormats } from "../report/tableFormats.ts";
import type { RunRecord } from "../results/schema.ts";
import type { PublishedRow, Suite } from "../suites/suite.ts";
import { suiteOf } from "../suites/suites.ts";
import type { CliContext } from "./context.ts";
import { examples } from "./help.ts";
import { rankedTable } from "./rankedTable.ts";
import { readRecords } from "./recordPaths.ts";

/** Records up to which pairs are tested without being asked: 15 pairs take some seconds at full size. */
const testedByDefault = 6;

interface TableFlags {
  readonly published: boolean;
  readonly expect?: string;
  readonly sort?: string;
  readonly significance?: boolean;
  readonly format: TableFormat;
}

/** `scidocs table`: records as the rows of the paper's table. */
export function tableCommand(context: CliContext): Command {
  return new Command("table")
    .description("print run records as rows of the paper's table")
    .argument("<record...>", "run records, as scidocs run -o writes them, or folders of them")
    .option("--published", "add the published rows, each with its source", false)
    .option("--expect <row>", 'say whether the records match a published row, such as "SPECTER (Hugging Face)"')
    .option("--sort <by>", "order of the rows: date (oldest first), a column, best first, or as given")
    .option("--significance", `letters for "significantly better than" (default: for up to ${testedByDefault} records)`)
    .option("--no-significance", "no letters")
    .addOption(new Option("--format <format>", "how to print it").choices(tableFormats).default("text"))
    .addHelpText(
      "after",
      examples([
        ["scidocs table results --published", "all records so far above the published rows"],
        ["scidocs table results/*.json --sort date", "how a model came along"],
        ['scidocs table specter.json --expect "SPECTER (Hugging Face)"', "does it match the published row?"],
        ["scidocs table a.json b.json --format latex > table.tex", "the same for a paper"],
      ]),
    )
    .action(async (paths: string[], flags: TableFlags) => {
      const read = await readRecords(paths, context);
      const suite = suiteOf(read);
      const expected = flags.expect === undefined ? null : publishedRow(suite, flags.expect);
      const records = sorted(suite, read, flags.sort);
      const published = flags.published ? suite.published() : expected === null ? [] : [expected];
      const letters = flags.significance ?? records.length <= testedByDefault;
      let table = await rankedTable(records, published, { letters, dates: flags.sort === "date" }, context);
      if (expected !== null) {
        const { matchNotes, matchPublished } = await import("../report/publishedMatch.ts");
        const notes = records.flatMap((record) => matchNotes(recordName(record), matchPublished(record, expected)));
        table = { ...table, notes: [...notes, ...table.notes] };
      }
      context.stdout(formatTable(table, flags.format, { columns: context.columns, color: context.color }));
    });
}

/** The published row of a name, or of the only name that contains it. */
function publishedRow(suite: Suite, name: string): PublishedRow {
  const rows = suite.published();
  const wanted = name.toLowerCase();
  const exact = rows.find((row) => row.model.toLowerCase() === wanted);
  if (exact !== undefined) return exact;
  const [only, ...others] = rows.filter((row) => row.model.toLowerCase().includes(wanted));
  if (only !== undefined && others.length === 0) return only;
  const names = rows.map((row) => row.model).join(", ");
  throw new ScidocsError(
    "USAGE",
    `--expect ${printable(name)}: ${only === undefined ? "no" : "more than one"} published row is called so; there are ${names}`,
  );
}

function sorted(suite: Suite, records: readonly RunRecord[], by: string | undefined): readonly RunRecord[] {
  if (by === undefined) return records;
  if (by === "date") return records.toSorted((x, y) => Date.parse(x.createdAt) - Date.parse(y.createdAt));
  const columns = tableColumns(suite).map(({ id }) => id);
  if (!columns.includes(by)) {
    const known = columns.join(", ");
    throw new ScidocsError("USAGE", `--sort ${by}: expected date or a column (${known})`);
  }
  const score = (record: RunRecord): number => record.scores[by] ?? Number.NEGATIVE_INFINITY;
  return records.toSorted((x, y) => (score(y) === score(x) ? 0 : score(y) - score(x)));
}
