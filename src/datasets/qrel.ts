import { fileError } from "../errors.ts";
import { isPlain, printable } from "../printable.ts";
import { fileProblems } from "./fileProblems.ts";
import type { JudgedQuery, Qrel } from "./types.ts";

/** Query, candidate and relevance of a line in which nothing is wrong. */
const wellFormed = /^([^ \p{Cc}]+) [^ \p{Cc}]+ ([^ \p{Cc}]+) ([+-]?\d{1,9})$/u;

/**
 * Judgements in the form of SciDocs: lines `query 0 candidate rel` with ONE space between fields. Queries come in
 * order of first appearance, candidates in file order. A line end after the last line is optional.
 *
 * Strict where the reference is lax or crashes: a blank line, a tab, two spaces (which the reference reads as a query
 * with an empty candidate) and a candidate judged twice for a query are errors.
 * @throws ScidocsError `BAD_INPUT` with file:line, the first few problems together
 */
export function parseQrel(text: string, file: string): Qrel {
  const problems = fileProblems(file);
  const queries = new Map<string, { candidates: Map<string, number>; relevance: number[] }>();
  let line = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    const content = text.slice(start, end === -1 ? text.length : end).replace(/\r$/, "");
    start = end === -1 ? text.length : end + 1;
    line += 1;
    const fields = wellFormed.exec(content);
    if (fields === null) {
      problems.add(line, lineProblem(content));
      continue;
    }
    const [, queryId = "", candidateId = "", grade = ""] = fields;
    let query = queries.get(queryId);
    if (query === undefined) {
      query = { candidates: new Map(), relevance: [] };
      queries.set(queryId, query);
    }
    const before = query.candidates.get(candidateId);
    if (before !== undefined) {
      problems.add(
        line,
        `${printable(candidateId)} was already judged for query ${printable(queryId)} on line ${before}: keep one of the two`,
      );
      continue;
    }
    query.candidates.set(candidateId, line);
    query.relevance.push(Number(grade));
  }
  problems.throwIfAny();
  if (queries.size === 0) throw fileError(file, null, "no judgements: expected lines 'query 0 candidate rel'");
  return {
    queries: Array.from(
      queries,
      ([queryId, { candidates, relevance }]): JudgedQuery => ({
        queryId,
        candidateIds: [...candidates.keys()],
        relevance: Int32Array.from(relevance),
      }),
    ),
  };
}

/** What is wrong with a line that is not well formed. */
function lineProblem(line: string): string {
  if (line.trim() === "") return "a blank line: expected 'query 0 candidate rel'";
  if (line.includes("\t")) return "a tab: fields are separated by one space";
  const fields = line.split(" ");
  if (fields.includes("")) return "two spaces together, or one at an end: fields are separated by one space";
  if (fields.length !== 4) return `expected 4 fields 'query 0 candidate rel', found ${fields.length}`;
  if (!isPlain(line)) return `control characters in ${printable(line)}`;
  return `the relevance "${printable(fields[3] ?? "")}" is not an integer`;
}
