import type { Qrel } from "../../datasets/types.ts";
import { ScidocsError } from "../../errors.ts";
import type { VectorTable } from "../../vectors/vectorTable.ts";
import { rankQueries } from "./ranking.ts";

/** Refuses an id that trec_eval would read as two fields or none. */
function field(id: string): string {
  if (/^\S+$/.test(id)) return id;
  throw new ScidocsError(
    "BAD_INPUT",
    `the id ${JSON.stringify(id)} is empty or holds white space: trec_eval cannot read it, so this task cannot be exported`,
  );
}

/** A ranking task's judgements and the vectors that rank its candidates. */
export interface RankedJudgements {
  readonly qrel: Qrel;
  readonly vectors: VectorTable;
}

/**
 * The judgements of the scored queries as trec_eval reads them, `query 0 candidate grade`. Candidates without a vector
 * are among them, for they count in the recall base. Queries that the reference leaves out are not: trec_eval 9 passes
 * over a query without a ranking, but 10 stops at it.
 * @throws ScidocsError `BAD_INPUT` for an id with white space, or vectors that give no number
 */
export function trecQrelText({ qrel, vectors }: RankedJudgements): string {
  const lines: string[] = [];
  for (const [index, ranked] of rankQueries(qrel, vectors).entries()) {
    if (ranked === null) continue;
    const { queryId, candidateIds, relevance } = qrel.queries[index]!;
    for (const [i, id] of candidateIds.entries()) lines.push(`${field(queryId)} 0 ${field(id)} ${relevance[i]}\n`);
  }
  return lines.join("");
}

/**
 * The ranking as trec_eval reads it, `query Q0 candidate rank score tag`, best first. trec_eval orders by the score
 * alone, as a 32-bit float, and ties by the id: the text of a score is that of the double the reference computes, so it
 * sees the same float and finds the same order. `trec_eval -m map -m ndcg QREL RUN` prints our means.
 * @param tag names the run; without white space
 * @throws ScidocsError `BAD_INPUT` for an id with white space, or vectors that give no number
 */
export function trecRunText({ qrel, vectors }: RankedJudgements, tag = "scidocs"): string {
  const lines: string[] = [];
  for (const [index, ranked] of rankQueries(qrel, vectors).entries()) {
    if (ranked === null) continue;
    const { candidateIds } = qrel.queries[index]!;
    for (const [i, position] of ranked.order.entries()) {
      const score = ranked.scores[i]!;
      const text = score === Number.NEGATIVE_INFINITY ? "-inf" : String(score);
      lines.push(`${field(ranked.queryId)} Q0 ${field(candidateIds[position]!)} ${i + 1} ${text} ${tag}\n`);
    }
  }
  return lines.join("");
}
