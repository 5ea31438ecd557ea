import { fileError } from "../errors.ts";
import { parseExactJson } from "../files/exactJson.ts";
import { isPlain, printable } from "../printable.ts";
import { csvRows, requireColumns } from "./csvRows.ts";
import { fileProblems } from "./fileProblems.ts";
import type { Click } from "./types.ts";

/**
 * A click log: columns pid, clicked_pid, similar_papers_avail_at_time, by position; the third is a comma list in
 * displayed order. The header's words do not matter, but a header must be.
 * @throws ScidocsError `BAD_INPUT` with file:line for a missing column, an empty id, a clicked paper that was not shown
 */
export function parseClicks(text: string, file: string): Click[] {
  const rows = csvRows(text, file);
  const columns = ["pid", "clicked_pid", "similar_papers_avail_at_time"];
  const wanted = columns.join(",");
  const header = rows[0]?.fields;
  if (header === undefined) throw fileError(file, 1, `empty: expected the header ${wanted} and one click a line`);
  if (header.length < 3) throw fileError(file, 1, `expected three columns, ${wanted}, in the header`);
  requireColumns(header, columns, file);
  if (header[2]?.split(",").includes(header[1] ?? "")) {
    throw fileError(file, 1, `the header ${wanted} is missing: the first line is data already`);
  }
  if (rows.length === 1) throw fileError(file, 1, "no clicks after the header");
  const problems = fileProblems(file);
  const clicks: Click[] = [];
  for (const { fields, line } of rows.slice(1)) {
    const [queryId = "", clickedId = "", list = ""] = fields;
    const shownIds = list.split(",");
    if (fields.length !== header.length) {
      problems.add(
        line,
        `expected ${header.length} fields as in the header, found ${fields.length} (is the list quoted?)`,
      );
    } else if (queryId === "" || clickedId === "") {
      problems.add(line, "an id is empty");
    } else if (shownIds.includes("")) {
      problems.add(line, "the list of shown papers is empty or has an empty id in it");
    } else if (!isPlain(queryId) || !isPlain(list)) {
      problems.add(line, "an id has control characters");
    } else if (!shownIds.includes(clickedId)) {
      problems.add(line, `the clicked paper ${printable(clickedId)} is not among the ${shownIds.length} shown`);
    } else {
      clicks.push({ queryId, clickedId, shownIds });
    }
  }
  problems.throwIfAny();
  return clicks;
}

/**
 * Propensities of the displayed positions from `{"scores": [p1, p2, …]}`.
 * @throws ScidocsError `BAD_INPUT` when the form is another or a number is not above 0
 */
export function parsePropensities(text: string, file: string): Float64Array {
  const value = parseExactJson(text, file);
  const scores: unknown = typeof value === "object" && value !== null && "scores" in value ? value.scores : undefined;
  if (!Array.isArray(scores) || scores.length === 0) {
    throw fileError(file, null, 'expected {"scores": [p1, p2, …]}, one propensity a displayed position');
  }
  const bad = scores.findIndex((score) => !(typeof score === "number" && Number.isFinite(score) && score > 0));
  if (bad !== -1) throw fileError(file, null, `the propensity of position ${bad + 1} is not a number above 0`);
  return Float64Array.from(scores as number[]);
}

/** Every paper that a click names. */
export function idsOfClick(click: Click): string[] {
  return [click.queryId, click.clickedId, ...click.shownIds];
}
