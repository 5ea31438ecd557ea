const stateLength = 624;
const shiftLength = 397;

/** A Mersenne Twister as numpy's `RandomState(seed)` has it: 32-bit outputs, seeded from one integer. */
export interface Mt19937 {
  /** The next raw output, an unsigned 32-bit integer. */
  nextUint32(): number;
  /** A uniform integer in [0, max]: draws under the smallest mask 2^k - 1 >= max until one fits; `max = 0` draws nothing. */
  interval(max: number): number;
}

/**
 * MT19937 with numpy's legacy seeding (`init_genrand`).
 * Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 1998; numpy's `_legacy_seeding`.
 */
export function mt19937(seed: number): Mt19937 {
  const state = seededState(seed);
  let position = stateLength;

  const nextUint32 = (): number => {
    if (position === stateLength) {
      twist(state);
      position = 0;
    }
    let y = state[position]!;
    position += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  };

  const interval = (max: number): number => {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const draw = (nextUint32() & mask) >>> 0;
      if (draw <= max) return draw;
    }
  };

  return { nextUint32, interval };
}

/** The 624 words that an integer seed expands to; a generator that starts from them twists before its first output. */
export function seededState(seed: number): Uint32Array {
  const state = new Uint32Array(stateLength);
  state[0] = seed;
  for (let i = 1; i < stateLength; i++) {
    const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = Math.imul(1812433253, previous) + i;
  }
  return state;
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < stateLength; i++) {
    const y = (state[i]! & 0x80000000) | (state[(i + 1) % stateLength]! & 0x7fffffff);
    const odd = y & 1 ? 0x9908b0df : 0;
    state[i] = state[(i + shiftLength) % stateLength]! ^ (y >>> 1) ^ odd;
  }
}
