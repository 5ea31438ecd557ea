import type { Parameters } from "./parameters.ts";

/** Tables of cosines and sines for rotary positions (Su et al. 2021, https://arxiv.org/abs/2104.09864). */
export interface RotaryTables {
  readonly cosines: string;
  readonly sines: string;
}

/**
 * Adds the tables of a base to a graph.
 * @param width of a head
 */
export function rotaryTables(parameters: Parameters, base: number, width: number, positions: number): RotaryTables {
  const table = (kind: string, curve: (angle: number) => number): string =>
    parameters.computed(`rotary_${base}_${kind}`, [positions, width / 2], () =>
      rotaryTable(base, width, positions, curve),
    );
  return { cosines: table("cosines", Math.cos), sines: table("sines", Math.sin) };
}

/**
 * Cosines or sines of the angles by which pairs of a head's halves turn, `position * base ** (-2 i / width)`, computed in double and
 * narrowed once.
 * @returns `[positions, width / 2]`
 */
export function rotaryTable(
  base: number,
  width: number,
  positions: number,
  curve: (angle: number) => number,
): Float32Array {
  const half = width / 2;
  const values = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) values[position * half + i] = curve(position * base ** ((-2 * i) / width));
  }
  return values;
}
