/** Height of the standard normal density. */
function density(z: number): number {
  return Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * P(Z > z) for a standard normal Z, to about 15 digits in the tail too: a power series near the middle, Laplace's continued
 * fraction beyond (Abramowitz and Stegun, 26.2.11 and 26.2.14).
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  if (z === Number.POSITIVE_INFINITY) return 0;
  if (z < 3.5) {
    let term = z;
    let sum = z;
    for (let k = 1; term > 1e-18 * sum; k++) {
      term *= (z * z) / (2 * k + 1);
      sum += term;
    }
    return 0.5 - density(z) * sum;
  }
  let fraction = z;
  for (let k = 60; k >= 1; k--) fraction = z + k / fraction;
  return density(z) / fraction;
}

/**
 * The z that a standard normal number exceeds with the given probability: 1.96 for 0.025.
 * @param tail in (0, 1)
 */
export function normalQuantile(tail: number): number {
  if (!(tail > 0 && tail < 1)) throw new RangeError("a tail is a probability between 0 and 1");
  if (tail > 0.5) return -normalQuantile(1 - tail);
  return whereFalling(normalTail, tail, 40);
}

/** The x in [0, highest] at which a falling function takes a value, to a relative error of about 1e-13. */
export function whereFalling(falling: (x: number) => number, value: number, highest: number): number {
  let low = 0;
  let high = highest;
  while (high - low > 1e-13 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (falling(middle) > value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
