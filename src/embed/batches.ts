/** Texts that are tokenised together and cut into batches among themselves. */
export const windowTexts = 512;

/** A batch of texts, as positions in their window. */
export interface Batch {
  readonly members: readonly number[];
  /** Tokens of its longest text: what every text of the batch is padded to. */
  readonly width: number;
}

/**
 * Cuts a window into batches under a token budget. Texts are taken from the longest down, so that those of like length meet and little
 * is padded; a text longer than the budget makes a batch alone. A pure function of its arguments: the same window is always cut alike.
 * @param lengths tokens of each text of the window
 * @param batchTokens most tokens of one batch, padding included
 */
export function cutBatches(lengths: ArrayLike<number>, batchTokens: number): Batch[] {
  const order = Array.from({ length: lengths.length }, (_, index) => index);
  // Ties keep the window's order, which depends on nothing but the texts.
  order.sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0) || a - b);
  const batches: Batch[] = [];
  for (let start = 0; start < order.length; ) {
    const width = lengths[order[start] ?? 0] ?? 0;
    const count = Math.max(1, Math.floor(batchTokens / Math.max(1, width)));
    batches.push({ members: order.slice(start, start + count), width });
    start += count;
  }
  return batches;
}

/**
 * The order in which `count` things sorted by size are best worked through: the first, then steps of the golden ratio, so that every
 * stretch of work is a fair sample of the whole. The first is the largest: if memory does not suffice, that shows at once, and
 * the rate and the time left are true from then on.
 */
export function fairOrder(count: number): number[] {
  const order: number[] = [];
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  let step = Math.max(1, Math.round(count * 0.6180339887498949));
  while (gcd(step, count) !== 1) step++;
  for (let index = 0; index < count; index++) order.push((index * step) % count);
  return order;
}
