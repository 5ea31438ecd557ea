/**
 * Compares two strings by their UTF-8 bytes, as C's `strcmp` does; UTF-8 keeps the order of code points, so those are
 * compared. (JavaScript's own `<` compares UTF-16 units, which puts astral characters before U+E000..U+FFFF.)
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    if (a.charCodeAt(at) === b.charCodeAt(at)) continue;
    // At the second half of a surrogate pair the first halves are equal, so the halves decide as the code points would.
    return a.codePointAt(at)! - b.codePointAt(at)!;
  }
  return a.length - b.length;
}

/**
 * The order in which trec_eval reads a run: score as a 32-bit float, descending; ties by document id, descending by
 * UTF-8 bytes.
 * @param documentIds ids of one query's documents
 * @param scores one score a document; not NaN (the caller rejects those)
 * @returns positions into `documentIds`, best first
 * @see trec_eval 9.0.8, form_res_rels.c: `comp_sim_docno`
 */
export function trecOrder(documentIds: readonly string[], scores: ArrayLike<number>): number[] {
  // trec_eval stores a score as `float`: two scores that differ only beyond 24 bits are a tie.
  const sims = Float32Array.from(scores);
  const order = Array.from(documentIds, (_, position) => position);
  return order.sort((a, b) => {
    const left = sims[a]!;
    const right = sims[b]!;
    if (left !== right) return left > right ? -1 : 1;
    return compareUtf8(documentIds[b]!, documentIds[a]!);
  });
}
