import type { Parameters } from "./parameters.ts";

/** Tables of cosines and sines for rotary positions (Su et al. 2021, https://arxiv.org/abs/2104.09864). */
export interface RotaryTables {
  readonly cosines: string;
  readonly sines: string;
}

/**
 * Adds the tables of a base to a graph, computed in double and narrowed once.
 * @param width of a head; each pair of halves turns by `position * base ** (-2 i / width)`
 */
export function rotaryTables(parameters: Parameters, base: number, width: number, positions: number): RotaryTables {
  const half = width / 2;
  const table = (kind: string, curve: (angle: number) => number): string =>
    parameters.computed(`rotary_${base}_${kind}`, [positions, half], () => {
      const values = new Float32Array(positions * half);
      for (let position = 0; position < positions; position++) {
        for (let i = 0; i < half; i++) values[position * half + i] = curve(position * base ** ((-2 * i) / width));
      }
      return values;
    });
  return { cosines: table("cosines", Math.cos), sines: table("sines", Math.sin) };
}
