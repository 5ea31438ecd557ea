/** Sum of gain / log2(rank + 1); a gain is the grade itself, and grades below 1 gain nothing. */
function discountedGain(grades: ArrayLike<number>): number {
  let sum = 0;
  for (let rank = 1; rank <= grades.length; rank++) {
    const grade = grades[rank - 1]!;
    if (grade > 0) sum += grade / Math.log2(rank + 1);
  }
  return sum;
}

/**
 * Normalised discounted cumulative gain of one ranked list, without a cut-off.
 * @param rankedGrades grade of the document at each rank, best first; an unjudged document has 0
 * @param judgedGrades every judged grade of the query, ranked or not, in any order
 * @returns a value in [0, 1]; 0 for a query without a relevant document
 * @see trec_eval 9.0.8, m_ndcg.c
 */
export function ndcg(rankedGrades: ArrayLike<number>, judgedGrades: ArrayLike<number>): number {
  const ideal = discountedGain(new Float64Array(judgedGrades).sort().reverse());
  return ideal > 0 ? discountedGain(rankedGrades) / ideal : 0;
}
