import { describe, expect, it } from "vitest";
import { generator } from "../../../src/stats/random/generator.ts";

const low32 = (value: bigint): bigint => value & 0xffffffffn;
const rotated = (value: bigint, by: bigint): bigint => low32(value << by) | (value >> (32n - by));

/** xoshiro128** in whole numbers without a width, seeded as the generator is: the same thing written down another way. */
function plainGenerator(seed: number, stream: number): () => number {
  let state = low32(BigInt(stream) * 0x85ebca6bn) ^ BigInt(seed >>> 0);
  const word = (): bigint => {
    state = low32(state + 0x9e3779b9n);
    let mixed = low32((state ^ (state >> 16n)) * 0x21f0aaadn);
    mixed = low32((mixed ^ (mixed >> 15n)) * 0x735a2d97n);
    return mixed ^ (mixed >> 15n);
  };
  let [a, b, c, d] = [word(), word(), word(), word() | 1n];
  return () => {
    const result = low32(rotated(low32(b * 5n), 7n) * 9n);
    const shifted = low32(b << 9n);
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotated(d, 11n);
    return Number(result);
  };
}

describe("the generator", () => {
  it.each([
    [0, 0],
    [7, 1],
    [42, 5],
    [-1, 0xffffffff],
  ])("is xoshiro128** on every machine and in every version: seed %i, stream %i", (seed, stream) => {
    const plain = plainGenerator(seed, stream);
    const { bits } = generator(seed, stream);
    for (let i = 0; i < 200; i++) expect(bits()).toBe(plain());
  });

  it("makes uniform numbers below 1 of 32 bits, and normal ones of two uniform ones each", () => {
    const plain = plainGenerator(3, 0);
    const uniform = (): number => plain() / 2 ** 32;
    const random = generator(3);
    for (let pair = 0; pair < 20; pair++) {
      expect(random.uniform()).toBe(uniform());
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      expect(random.normal()).toBeCloseTo(radius * Math.cos(angle), 12);
      expect(random.normal()).toBeCloseTo(radius * Math.sin(angle), 12);
    }
  });
});
