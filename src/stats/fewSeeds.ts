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

/** Steps of Simpson's rule over the logarithm of the chi-squared variable. */
const steps = 600;

/**
 * P(|T| > t). Given the chi-squared variable in Student's denominator T is normal, so that the tail is the mean of normal
 * tails over it.
 */
export function fewSeedsTail(t: number, seeds: SeedShare): number {
  const size = Math.abs(t);
  if (isNormal(seeds)) return 2 * normalTail(size);
  const { share, degreesOfFreedom: df } = seeds;
  const spread = Math.sqrt(2 / df);
  const from = Math.log(df) - Math.max(64 / df, 10 * spread);
  const to = Math.log(df) + Math.min(4.5, 10 * spread);
  const width = (to - from) / steps;
  // The density is scaled by its value at the middle, which keeps it in range; dividing by its own sum normalises it.
  const logMiddle = (df / 2) * Math.log(df) - df / 2;
  let sum = 0;
  let mass = 0;
  for (let step = 0; step <= steps; step++) {
    const logX = from + step * width;
    const x = Math.exp(logX);
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2;
    const height = weight * Math.exp((df / 2) * logX - x / 2 - logMiddle);
    mass += height;
    sum += height * 2 * normalTail(size / Math.sqrt(1 - share + (share * df) / x));
  }
  return sum / mass;
}

/** The t that |T| exceeds with the given probability: 1.96 for 0.05 without seeds, 2.776 where all is known from 5. */
export function fewSeedsQuantile(twoSided: number, seeds: SeedShare): number {
  if (isNormal(seeds)) return normalQuantile(twoSided / 2);
  let highest = 40;
  while (fewSeedsTail(highest, seeds) > twoSided) highest *= 8;
  return whereFalling((t) => fewSeedsTail(t, seeds), twoSided, highest);
}

/** The normal number as surprising as a standardised difference, which may then stand among normal ones. */
export function normalScore(t: number, seeds: SeedShare): number {
  if (isNormal(seeds) || t === 0) return t;
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
