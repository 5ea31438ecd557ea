import { type Dropout, dropoutSites } from "../network/networkWeights.ts";
import { type KernelMemory, openKernelMemory } from "../trainingKernel.ts";
import type { DropoutShares } from "./dropoutShares.ts";

/** Spreads some whole numbers over words (splitmix32 over their chained mix), so that neighbouring keys start far apart. */
function keyWords(key: readonly number[]): () => number {
  let state = 0x6a09e667;
  const mix = (value: number): number => {
    let word = value ^ (value >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  };
  for (const part of key) state = (mix(state ^ part) + 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    return mix(state);
  };
}

/**
 * Masks of dropout that follow from the seed, the epoch, the triplet and the place in the network, and from nothing else: they need not be
 * kept between the passes, do not depend on the batch, and are the same after an interruption.
 */
export interface DropoutMasks {
  /** The masks of a batch: a key for each of its texts. Null where nothing is silenced. */
  readonly of: (textKeys: readonly (readonly number[])[]) => Dropout | null;
}

/** Opens masks; their rooms are kept from batch to batch. */
export function openDropoutMasks(shares: DropoutShares): DropoutMasks {
  const rooms = new Map<string, KernelMemory>();
  const stateBytes = 64;
  const room = (name: string, length: number): KernelMemory => {
    const known = rooms.get(name);
    if (known !== undefined && known.buffer.byteLength >= known.start + stateBytes + 4 * length + 16) return known;
    const opened = openKernelMemory(stateBytes + 4 * length + 16);
    rooms.set(name, opened);
    return opened;
  };
  const drops = dropoutSites.filter((site) => shares[site] > 0);
  const masks = (textKeys: readonly (readonly number[])[]): Dropout => ({
    drops,
    room: (name, length) => {
      const { buffer, start } = room(name, length);
      return new Float32Array(buffer, start + stateBytes, length);
    },
    fill(name, from, to, text, layer, site) {
      const { kernel, buffer, start } = room(name, to);
      const word = keyWords([...(textKeys[text] ?? []), layer, dropoutSites.indexOf(site)]);
      const state = new Uint32Array(buffer, start, stateBytes / 4);
      for (let at = 0; at < state.length; at++) state[at] = word();
      const share = shares[site];
      kernel.dropout(
        start + stateBytes,
        from,
        to,
        start,
        Math.min(0xffffffff, Math.round(share * 2 ** 32)),
        1 / (1 - share),
      );
    },
  });
  return { of: (textKeys) => (drops.length === 0 ? null : masks(textKeys)) };
}
