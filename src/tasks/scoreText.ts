import { rint } from "../metrics/rint.ts";

/** A score x100 as the reference prints it: two decimals, halves to even. */
export function scoreText(percent: number): string {
  return (rint(percent * 100) / 100).toFixed(2);
}
