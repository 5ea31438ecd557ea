// What training does with whole arrays of 32-bit numbers: sums of gradients, optimisers, dropout.
//
// Every array lies at a multiple of 16 bytes and has room up to the next one; numbers in that room are zeros or do no harm. Counts are
// numbers of elements. Updates run in single precision, as the reference's do on its tensors.

@inline
function end(at: u32, count: u32): u32 {
  return at + ((4 * count + 15) & ~15);
}

/** Sum of squares, in double. */
export function sumOfSquares(at: u32, count: u32): f64 {
  const stop = end(at, count);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let i = at; i < stop; i += 16) {
    const x = v128.load(i);
    const a = f64x2.promote_low_f32x4(x);
    const b = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** target += source. */
export function add(target: u32, source: u32, count: u32): void {
  const stop = end(target, count);
  for (; target < stop; target += 16, source += 16) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
  }
}

/** Multiplies every entry. */
export function scale(at: u32, count: u32, factor: f32): void {
  const stop = end(at, count);
  const f = f32x4.splat(factor);
  for (; at < stop; at += 16) v128.store(at, f32x4.mul(v128.load(at), f));
}

/** Holds every entry within ±limit. A NaN stays one. */
export function clamp(at: u32, count: u32, limit: f32): void {
  const stop = end(at, count);
  const most = f32x4.splat(limit);
  const least = f32x4.splat(-limit);
  for (; at < stop; at += 16) v128.store(at, f32x4.max(f32x4.min(v128.load(at), most), least));
}

/**
 * One update of Adam with decay apart from the gradient.
 * @param gradientScale the gradient is multiplied by it first
 * @param step rate times what corrects both moments' start at zero
 * @param epsilon added to the root of the second moment, after `rootScale`
 * @param rootScale the root of the second moment is multiplied by it
 * @param keepBefore what is left of a weight by decay before the update
 * @param keepAfter the same after it
 */
export function adam(
  weights: u32,
  gradient: u32,
  first: u32,
  second: u32,
  count: u32,
  gradientScale: f32,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  step: f32,
  epsilon: f32,
  rootScale: f32,
  keepBefore: f32,
  keepAfter: f32,
): void {
  const stop = end(weights, count);
  const gs = f32x4.splat(gradientScale);
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat(oneMinusBeta1);
  const b2 = f32x4.splat(beta2);
  const c2 = f32x4.splat(oneMinusBeta2);
  const rate = f32x4.splat(step);
  const eps = f32x4.splat(epsilon);
  const root = f32x4.splat(rootScale);
  const before = f32x4.splat(keepBefore);
  const after = f32x4.splat(keepAfter);
  for (; weights < stop; weights += 16, gradient += 16, first += 16, second += 16) {
    const g = f32x4.mul(v128.load(gradient), gs);
    const m = f32x4.add(f32x4.mul(v128.load(first), b1), f32x4.mul(g, c1));
    const v = f32x4.add(f32x4.mul(v128.load(second), b2), f32x4.mul(f32x4.mul(g, g), c2));
    v128.store(first, m);
    v128.store(second, v);
    const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(v), root), eps);
    const w = f32x4.sub(f32x4.mul(v128.load(weights), before), f32x4.div(f32x4.mul(m, rate), denominator));
    v128.store(weights, f32x4.mul(w, after));
  }
}

/** One update of BERT's Adam: no correction of the moments; decay is part of what the rate multiplies. */
export function bertAdam(
  weights: u32,
  gradient: u32,
  first: u32,
  second: u32,
  count: u32,
  gradientScale: f32,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  rate: f32,
  epsilon: f32,
  decay: f32,
): void {
  const stop = end(weights, count);
  const gs = f32x4.splat(gradientScale);
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat(oneMinusBeta1);
  const b2 = f32x4.splat(beta2);
  const c2 = f32x4.splat(oneMinusBeta2);
  const lr = f32x4.splat(rate);
  const eps = f32x4.splat(epsilon);
  const d = f32x4.splat(decay);
  for (; weights < stop; weights += 16, gradient += 16, first += 16, second += 16) {
    const g = f32x4.mul(v128.load(gradient), gs);
    const m = f32x4.add(f32x4.mul(v128.load(first), b1), f32x4.mul(g, c1));
    const v = f32x4.add(f32x4.mul(v128.load(second), b2), f32x4.mul(f32x4.mul(g, g), c2));
    v128.store(first, m);
    v128.store(second, v);
    const w = v128.load(weights);
    const update = f32x4.add(f32x4.div(m, f32x4.add(f32x4.sqrt(v), eps)), f32x4.mul(w, d));
    v128.store(weights, f32x4.sub(w, f32x4.mul(update, lr)));
  }
}

/**
 * Fills a stretch with factors of dropout from four xoshiro128** generators side by side (Blackman and Vigna, 2018).
 * @param from element number, any
 * @param state sixteen words: four a generator, word by word; left as it was
 * @param silencedBelow a draw below it silences
 * @param kept factor of the others
 */
export function dropout(at: u32, from: u32, to: u32, state: u32, silencedBelow: u32, kept: f32): void {
  let a = v128.load(state);
  let b = v128.load(state, 16);
  let c = v128.load(state, 32);
  let d = v128.load(state, 48);
  // Unsigned comparison through signed lanes: both sides are shifted by 2^31.
  const limit = i32x4.splat(<i32>(silencedBelow ^ 0x80000000));
  const flip = i32x4.splat(<i32>0x80000000);
  const factor = f32x4.splat(kept);
  let i = from;
  for (; i < to; i += 4) {
    const five = i32x4.add(i32x4.shl(b, 2), b);
    const turned = v128.or(i32x4.shl(five, 7), i32x4.shr_u(five, 25));
    const draw = i32x4.add(i32x4.shl(turned, 3), turned);
    const shifted = i32x4.shl(b, 9);
    c = v128.xor(c, a);
    d = v128.xor(d, b);
    b = v128.xor(b, c);
    a = v128.xor(a, d);
    c = v128.xor(c, shifted);
    d = v128.or(i32x4.shl(d, 11), i32x4.shr_u(d, 21));
    const factors = v128.andnot(factor, i32x4.lt_s(v128.xor(draw, flip), limit));
    const place = at + 4 * i;
    if (i + 4 <= to) v128.store(place, factors);
    else {
      store<f32>(place, f32x4.extract_lane(factors, 0));
      if (i + 1 < to) store<f32>(place, f32x4.extract_lane(factors, 1), 4);
      if (i + 2 < to) store<f32>(place, f32x4.extract_lane(factors, 2), 8);
    }
  }
}
