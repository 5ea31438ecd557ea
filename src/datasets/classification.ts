import { fileError } from "../errors.ts";
import { isPlain, printable } from "../printable.ts";
import { csvRows, requireColumns } from "./csvRows.ts";
import { fileProblems } from "./fileProblems.ts";
import type { LabelledPapers } from "./types.ts";

/** One label file as read. */
export interface LabelFile extends LabelledPapers {
  /** Rows that repeat an earlier row word for word; they are kept and count twice, as in the reference. */
  readonly repeatedRows: number;
}

/**
 * Labels of a `pid,class_label` file. Columns go by position; the header's words do not matter, but a header must be.
 * @throws ScidocsError `BAD_INPUT` with file:line for a missing column, a label that is no 32-bit integer, an empty id, a paper with two labels
 */
export function parseLabels(text: string, file: string): LabelFile {
  const rows = csvRows(text, file);
  const header = rows[0]?.fields;
  if (header === undefined) throw fileError(file, 1, "empty: expected the header pid,class_label and one paper a line");
  if (header.length < 2) throw fileError(file, 1, "expected two columns, pid,class_label, in the header");
  requireColumns(header, ["pid", "class_label"], file);
  if (isLabel(header[1])) {
    throw fileError(file, 1, "the header pid,class_label is missing: the first line is data already");
  }
  if (rows.length === 1) throw fileError(file, 1, "no papers after the header");
  const problems = fileProblems(file);
  const firstOf = new Map<string, { row: number; line: number }>();
  const paperIds: string[] = [];
  const labels = new Int32Array(rows.length - 1);
  let repeatedRows = 0;
  for (const [index, { fields, line }] of rows.entries()) {
    if (index === 0) continue;
    const [id, label] = fields;
    if (fields.length !== header.length) {
      problems.add(line, `expected ${header.length} fields as in the header, found ${fields.length}`);
    } else if (id === undefined || id === "") {
      problems.add(line, "the paper id is empty");
    } else if (!isPlain(id)) {
      problems.add(line, `the paper id ${printable(id)} has control characters`);
    } else if (!isLabel(label)) {
      problems.add(line, `the class label "${printable(label ?? "")}" is not an integer`);
    } else {
      const value = Number(label);
      const first = firstOf.get(id);
      if (first === undefined) firstOf.set(id, { row: paperIds.length, line });
      else if (labels[first.row] === value) repeatedRows += 1;
      else problems.add(line, `paper ${printable(id)} has another label on line ${first.line}`);
      labels[paperIds.length] = value;
      paperIds.push(id);
    }
  }
  problems.throwIfAny();
  return { paperIds, labels, repeatedRows };
}

function isLabel(text: string | undefined): text is string {
  return text !== undefined && /^[+-]?\d{1,10}$/.test(text) && Number(text) === (Number(text) | 0);
}
