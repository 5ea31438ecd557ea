/**
 * Average precision of one ranked list: the mean, over ALL judged relevant documents, of the precision at each one's
 * rank.
 * @param rankedGrades grade of the document at each rank, best first; above 0 is relevant, an unjudged document has 0
 * @param relevantCount judged relevant documents of the query, ranked or not (the recall base)
 * @returns a value in [0, 1]; 0 for a query without a relevant document
 * @see trec_eval 9.0.8, m_map.c
 */
export function averagePrecision(rankedGrades: ArrayLike<number>, relevantCount: number): number {
  let relevantSoFar = 0;
  let sum = 0;
  for (let rank = 1; rank <= rankedGrades.length; rank++) {
    if (rankedGrades[rank - 1]! <= 0) continue;
    relevantSoFar++;
    sum += relevantSoFar / rank;
  }
  return relevantCount > 0 ? sum / relevantCount : 0;
}
