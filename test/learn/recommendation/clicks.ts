import { featureCount } from "../../../src/learn/recommendation/recommendationNetwork.ts";
import type { PairTriples } from "../../../src/learn/recommendation/recommendationTraining.ts";
import { mt19937 } from "../../../src/stats/random/mt19937.ts";

/** Clicks of a user who always takes the paper with the higher fourth feature, all else being noise. */
export function clicks(count: number, seed: number): PairTriples {
  const generator = mt19937(seed);
  const features = Float32Array.from({ length: 2 * count * featureCount }, () => generator.nextUint32() / 2 ** 32);
  const triples = new Int32Array(2 * count);
  for (let i = 0; i < triples.length; i += 2) {
    const firstWins = features[i * featureCount + 3]! > features[(i + 1) * featureCount + 3]!;
    triples.set(firstWins ? [i, i + 1] : [i + 1, i], i);
  }
  return { features, triples };
}
