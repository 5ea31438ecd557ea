import { generator } from "../../stats/random/generator.ts";

/** Streams of the training's seed are told apart by what they are for. */
const orderStream = 0x6f72646;

/**
 * The order in which an epoch takes the triplets: their own, or one drawn from seed and epoch alone (Fisher and Yates), so that a training
 * that was interrupted finds it again.
 */
export function epochOrder(length: number, shuffle: boolean, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, index) => index);
  if (!shuffle) return order;
  const random = generator(seed, orderStream + epoch);
  for (let last = length - 1; last > 0; last--) {
    const other = Math.floor(random.uniform() * (last + 1));
    const moved = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = moved;
  }
  return order;
}
