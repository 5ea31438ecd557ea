import { normalQuantile } from "./normal.ts";

/** The power that "could have seen" means. */
export const usualPower = 0.8;

/**
 * The smallest true drop that a test finds in `power` of all cases: the critical value and the power's quantile, in standard
 * errors. At 5 % two-sided and 80 % power that is 2.8 standard errors.
 * @param standardError of the difference
 * @param critical standard errors beyond which the test speaks
 */
export function smallestVisibleDrop(standardError: number, critical: number, power = usualPower): number {
  return standardError * (critical + normalQuantile(1 - power));
}

/** Root of the mean square: the standard error of draws around zero. */
export function rootMeanSquare(draws: Float64Array): number {
  let sum = 0;
  for (const draw of draws) sum += draw * draw;
  return draws.length === 0 ? 0 : Math.sqrt(sum / draws.length);
}

/** Standard deviation of draws around their own mean. */
export function standardDeviation(draws: Float64Array): number {
  if (draws.length < 2) return 0;
  let mean = 0;
  for (const draw of draws) mean += draw / draws.length;
  let sum = 0;
  for (const draw of draws) sum += (draw - mean) ** 2;
  return Math.sqrt(sum / (draws.length - 1));
}
