import { normalQuantile, normalTail, whereFalling } from "./normal.ts";

/**
 * Where a difference varies for two reasons, one of them known from a handful of training seeds only, the normal
 * distribution promises too much: with 5 seeds 8 to 11 % of equal models would differ "at 5 %". The standardised difference is
 * taken for sqrt(1 - share) N + sqrt(share) t: N standard normal, t Student's with the seeds' degrees of freedom.
 */
export interface SeedShare {
  /** Part of the variance that is the seeds', in [0, 1]; 0 leaves the normal distribution, 1 Student's. */
  readonly share: number;
  /** Degrees of freedom behind the seeds' variance; several sides together have Welch's. */
  readonly degreesOfFreedom: number;
}

/** No seeds in it. */
export const noSeeds: SeedShare = { share: 0, degreesOfFreedom: Number.POSITIVE_INFINITY };

const isNormal = ({ share, degreesOfFreedom }: SeedShare): boolean =>
  !(share > 0) || degreesOfFreedom === Number.POSITIVE_INFINITY;

/** Places at which the chi-squared variable is looked at. Its density fades at both ends, where equal weights converge fastest. */
const places = 160;

/** Variances that Student's denominator may have, df / chi-squared, and the probability of each. */
interface Variances {
  readonly values: Float64Array;
  readonly probabilities: Float64Array;
}

function variancesOf(df: number): Variances {
  const spread = Math.sqrt(2 / df);
  const from = Math.log(df) - Math.max(64 / df, 10 * spread);
  const to = Math.log(df) + Math.min(4.5, 10 * spread);
  // The density is scaled by its value at the middle, which keeps it in range; dividing by its own sum normalises it.
  const logMiddle = (df / 2) * Math.log(df) - df / 2;
  const logs = Float64Array.from({ length: places }, (_, place) => from + (place * (to - from)) / (places - 1));
  const heights = logs.map((log) => Math.exp((df / 2) * log - Math.exp(log) / 2 - logMiddle));
  const mass = heights.reduce((sum, height) => sum + height, 0);
  return { values: logs.map((log) => df / Math.exp(log)), probabilities: heights.map((height) => height / mass) };
}

/** The tail as a function of t. Given the chi-squared variable T is normal, so that the tail is the mean of normal tails over it. */
function tailOf(seeds: SeedShare): (t: number) => number {
  if (isNormal(seeds)) return (t) => 2 * normalTail(Math.abs(t));
  const { share, degreesOfFreedom } = seeds;
  const { values, probabilities } = variancesOf(degreesOfFreedom);
  const sds = values.map((value) => Math.sqrt(1 - share + share * value));
  return (t) => {
    let sum = 0;
    for (let place = 0; place < places; place++) sum += probabilities[place]! * normalTail(Math.abs(t) / sds[place]!);
    return 2 * sum;
  };
}

/** P(|T| > t). */
export function fewSeedsTail(t: number, seeds: SeedShare): number {
  return tailOf(seeds)(t);
}

/** The t that |T| exceeds with the given probability: 1.96 for 0.05 without seeds, 2.776 where all is known from 5. */
export function fewSeedsQuantile(twoSided: number, seeds: SeedShare): number {
  if (isNormal(seeds)) return normalQuantile(twoSided / 2);
  const tail = tailOf(seeds);
  let highest = 8;
  while (tail(highest) > twoSided) highest *= 8;
  return whereFalling(tail, twoSided, highest);
}

/** The normal number as surprising as a standardised difference, which may then stand among normal ones. */
export function normalScore(t: number, seeds: SeedShare): number {
  if (isNormal(seeds)) return t;
  const tail = fewSeedsTail(t, seeds);
  return Math.sign(t) * normalQuantile(Math.max(Number.MIN_VALUE, Math.min(tail, 1 - Number.EPSILON) / 2));
}

/**
 * How far one more training run may fall from the mean over seeds by chance: t sd sqrt(1 + 1/S), the half-width of a
 * prediction interval.
 * @param sd sample standard deviation over the seeds
 * @param seeds how many; with one there is no sd and no bound, and the answer is infinite
 */
export function predictionTolerance(sd: number, seeds: number, confidence: number): number {
  if (seeds < 2) return Number.POSITIVE_INFINITY;
  const t = fewSeedsQuantile(1 - confidence, { share: 1, degreesOfFreedom: seeds - 1 });
  return t * sd * Math.sqrt(1 + 1 / seeds);
}
