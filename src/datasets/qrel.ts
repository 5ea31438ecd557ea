import { fileError } from "../errors.ts";
import type { Qrel } from "./types.ts";

interface OpenQuery {
  readonly candidateIds: string[];
  readonly relevance: number[];
  /** Line on which each candidate was judged, to name it when it comes again. */
  readonly lineOf: Map<string, number>;
}

/**
 * Parses relevance judgements in TREC form, `query 0 candidate grade` with single spaces; a query's lines need not be together.
 * The reference misreads what is malformed (two spaces move the fields) or fails on it; here every such line is an error.
 * @param text the whole file
 * @param fileName named in errors
 * @throws ScidocsError `BAD_INPUT` with file:line for a blank line, a tab, another field count, a grade that is not an integer, or a repeated
 * judgement, and without a line when there is no judgement at all
 */
export function parseQrel(text: string, fileName: string): Qrel {
  const queries = new Map<string, OpenQuery>();
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) throw fileError(fileName, null, "is empty: expected lines `query 0 candidate grade`");
  for (const [index, rawLine] of lines.entries()) {
    const lineNumber = index + 1;
    const line = rawLine.endsWith("\r") ? rawLine.slice(0, -1) : rawLine;
    if (line.trim() === "") throw fileError(fileName, lineNumber, "blank line; remove it");
    const fields = line.split(" ");
    const [queryId, , candidateId, gradeText] = fields;
    if (line.includes("\t") || fields.length !== 4 || !queryId || !candidateId || !gradeText) {
      const seen = line.includes("\t")
        ? "a tab"
        : fields.includes("")
          ? "a doubled or stray space"
          : `${fields.length} fields`;
      throw fileError(fileName, lineNumber, `expected \`query 0 candidate grade\` with single spaces, found ${seen}`);
    }
    const grade = /^-?\d{1,9}$/.test(gradeText) ? Number(gradeText) : null;
    if (grade === null)
      throw fileError(fileName, lineNumber, `the grade must be an integer, found ${JSON.stringify(gradeText)}`);
    let query = queries.get(queryId);
    if (query === undefined) {
      query = { candidateIds: [], relevance: [], lineOf: new Map() };
      queries.set(queryId, query);
    }
    const earlier = query.lineOf.get(candidateId);
    if (earlier !== undefined) {
      throw fileError(
        fileName,
        lineNumber,
        `query ${queryId} and candidate ${candidateId} were judged before, on line ${earlier}; keep one of the two lines`,
      );
    }
    query.lineOf.set(candidateId, lineNumber);
    query.candidateIds.push(candidateId);
    query.relevance.push(grade);
  }
  return {
    queries: Array.from(queries, ([queryId, { candidateIds, relevance }]) => ({
      queryId,
      candidateIds,
      relevance: Int32Array.from(relevance),
    })),
  };
}
