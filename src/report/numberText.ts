import { scoreText } from "../tasks/scoreText.ts";

/** `+1.23`, `-0.40`, `0.00`. */
export function signedText(percent: number): string {
  const text = scoreText(percent);
  if (text === "-0.00") return "0.00";
  return percent > 0 && text !== "0.00" ? `+${text}` : text;
}

/** `< 0.001`, `0.012`, `1.000`, and nothing where nothing was tested. */
export function pValueText(value: number | null): string {
  if (value === null) return "";
  return value < 0.001 ? "< 0.001" : value.toFixed(3);
}

/** A confidence as a percentage: `95`, `99.9`. */
export function confidenceText(confidence: number): string {
  return String(Number((100 * confidence).toPrecision(10)));
}

/** The level of significance that goes with a confidence: `0.05`, `0.001`. */
export function levelText(confidence: number): string {
  return String(Number((1 - confidence).toPrecision(10)));
}

/** `10000 resamples`; `10000 resamples, 40000 exchanges` where a close call took more. */
export function drawsText({
  resamples,
  exchanges,
}: {
  readonly resamples: number;
  readonly exchanges: number;
}): string {
  return exchanges === resamples ? `${resamples} resamples` : `${resamples} resamples, ${exchanges} exchanges`;
}
