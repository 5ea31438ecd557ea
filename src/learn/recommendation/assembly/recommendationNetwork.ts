// One pass and one gradient of the recommendation network, Linear(11, 50) - ReLU - dropout - Linear(50, 1) - sigmoid.
//
// Parameters lie row after row of 52 numbers, one column a hidden unit (two columns of zeros fill up the last register): 11 rows of
// hidden weights, one a feature; the hidden biases; the output weights; then the output bias. The gradient has the same rows, as doubles.
// Sums over features and units run in single precision, as the reference's; sums over a batch in double.

@inline const FEATURE_BYTES: u32 = 11 * 4;
@inline const ROW: u32 = 52 * 4;
@inline const BIAS_ROW: u32 = 11 * ROW;
@inline const OUTPUT_ROW: u32 = 12 * ROW;
@inline const OUTPUT_BIAS: u32 = 13 * ROW;

// Triples whose gradients are added up together before they go to the sums of the batch.
@inline const CHUNK: u32 = 4;
@inline const PASSES: u32 = 2 * CHUNK;

// Mersenne Twister: 624 words give 12 rows of 52 factors, which serve six triples.
@inline const WORDS: u32 = 624;
@inline const TRIPLES_PER_TWIST: u32 = 6;

// A unit is silenced where its draw is below 0.4 * 2^32; the others are scaled by 1 / 0.6 to make up for it.
@inline const SILENCED_BELOW: u32 = 1717986919;
@inline const KEPT: f32 = <f32>(1.0 / 0.6);

/**
 * The score of one pair.
 * @param keep one factor a unit: 0 silences it
 * @param outputs receives each unit's output
 * @param slopes receives the derivative of the score's logit by each unit's weighted sum
 */
function forward(features: u32, parameters: u32, keep: u32, outputs: u32, slopes: u32): f64 {
  const x0 = v128.load32_splat(features);
  const x1 = v128.load32_splat(features, 4);
  const x2 = v128.load32_splat(features, 8);
  const x3 = v128.load32_splat(features, 12);
  const x4 = v128.load32_splat(features, 16);
  const x5 = v128.load32_splat(features, 20);
  const x6 = v128.load32_splat(features, 24);
  const x7 = v128.load32_splat(features, 28);
  const x8 = v128.load32_splat(features, 32);
  const x9 = v128.load32_splat(features, 36);
  const x10 = v128.load32_splat(features, 40);
  const zero = f32x4.splat(0);
  let logits = zero;
  for (let at: u32 = 0; at < ROW; at += 16) {
    const p = parameters + at;
    let sum = f32x4.add(v128.load(p, BIAS_ROW), f32x4.mul(x0, v128.load(p)));
    sum = f32x4.add(sum, f32x4.mul(x1, v128.load(p, ROW)));
    sum = f32x4.add(sum, f32x4.mul(x2, v128.load(p, 2 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(x3, v128.load(p, 3 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(x4, v128.load(p, 4 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(x5, v128.load(p, 5 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(x6, v128.load(p, 6 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(x7, v128.load(p, 7 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(x8, v128.load(p, 8 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(x9, v128.load(p, 9 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(x10, v128.load(p, 10 * ROW)));
    const open = v128.and(f32x4.gt(sum, zero), v128.load(keep + at));
    const output = f32x4.mul(sum, open);
    const weight = v128.load(p, OUTPUT_ROW);
    logits = f32x4.add(logits, f32x4.mul(output, weight));
    v128.store(outputs + at, output);
    v128.store(slopes + at, f32x4.mul(open, weight));
  }
  const logit: f32 =
    f32x4.extract_lane(logits, 0) +
    f32x4.extract_lane(logits, 1) +
    (f32x4.extract_lane(logits, 2) + f32x4.extract_lane(logits, 3)) +
    load<f32>(parameters, OUTPUT_BIAS);
  return 1 / (1 + Math.exp(-(<f64>logit)));
}

/** Scores of `count` pairs, without dropout; `scratch` has room for three rows. */
export function scorePairs(features: u32, count: u32, parameters: u32, scores: u32, scratch: u32): void {
  for (let at: u32 = 0; at < ROW; at += 4) store<f32>(scratch + at, 1);
  for (let pair: u32 = 0; pair < count; pair++) {
    const score = forward(features, parameters, scratch, scratch + ROW, scratch + 2 * ROW);
    store<f32>(scores, <f32>score);
    features += FEATURE_BYTES;
    scores += 4;
  }
}

/** Adds, to a row of the gradient, the rows of eight passes, each times its factor. */
function addRows(rows: u32, factors: u32, gradient: u32): void {
  const f0 = v128.load32_splat(factors);
  const f1 = v128.load32_splat(factors, 4);
  const f2 = v128.load32_splat(factors, 8);
  const f3 = v128.load32_splat(factors, 12);
  const f4 = v128.load32_splat(factors, 16);
  const f5 = v128.load32_splat(factors, 20);
  const f6 = v128.load32_splat(factors, 24);
  const f7 = v128.load32_splat(factors, 28);
  for (let at: u32 = 0; at < ROW; at += 16) {
    const r = rows + at;
    let sum = f32x4.mul(f0, v128.load(r));
    sum = f32x4.add(sum, f32x4.mul(f1, v128.load(r, ROW)));
    sum = f32x4.add(sum, f32x4.mul(f2, v128.load(r, 2 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(f3, v128.load(r, 3 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(f4, v128.load(r, 4 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(f5, v128.load(r, 5 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(f6, v128.load(r, 6 * ROW)));
    sum = f32x4.add(sum, f32x4.mul(f7, v128.load(r, 7 * ROW)));
    const g = gradient + 2 * at;
    const upper = v128.shuffle<i32>(sum, sum, 2, 3, 2, 3);
    v128.store(g, f64x2.add(v128.load(g), f64x2.promote_low_f32x4(sum)));
    v128.store(g, f64x2.add(v128.load(g, 16), f64x2.promote_low_f32x4(upper)), 16);
  }
}

/**
 * Adds the gradient of a batch of triples to `gradient`.
 * @param triples two pairs a triple: the clicked paper's, the other's
 * @param order numbers of the batch's triples
 * @param keep room for 12 rows of factors, which dropout fills; all ones where there is none
 * @param generator words of a Mersenne Twister and, behind them, how many triples its factors have served; 0: no dropout
 * @param margin how far the clicked paper must score ahead for a triple to cost nothing
 * @param slope the derivative of the batch's loss by one triple's shortfall
 * @param scratch room for 16 rows and 13 times 8 factors
 * @returns the sum of the triples' shortfalls
 */
export function addBatchGradient(
  features: u32,
  triples: u32,
  order: u32,
  count: u32,
  parameters: u32,
  gradient: u32,
  keep: u32,
  generator: u32,
  margin: f64,
  slope: f64,
  scratch: u32,
): f64 {
  const outputs = scratch;
  const slopes = scratch + PASSES * ROW;
  const factors = slopes + PASSES * ROW;
  let shortfalls: f64 = 0;
  for (let start: u32 = 0; start < count; start += CHUNK) {
    memory.fill(factors, 0, 12 * PASSES * 4);
    let anyOpen = false;
    for (let i: u32 = 0; i < CHUNK && start + i < count; i++) {
      let mask = keep;
      if (generator != 0) {
        let served = load<u32>(generator + WORDS * 4);
        if (served == TRIPLES_PER_TWIST) {
          drawFactors(generator, keep);
          served = 0;
        }
        mask += 2 * served * ROW;
        store<u32>(generator + WORDS * 4, served + 1);
      }
      const triple = triples + 8 * load<u32>(order + 4 * (start + i));
      const clicked = features + load<u32>(triple) * FEATURE_BYTES;
      const other = features + load<u32>(triple, 4) * FEATURE_BYTES;
      const rows = 2 * i * ROW;
      const a = forward(clicked, parameters, mask, outputs + rows, slopes + rows);
      const b = forward(other, parameters, mask + ROW, outputs + rows + ROW, slopes + rows + ROW);
      const shortfall = margin - (a - b);
      // At the margin itself PyTorch's clamp lets the gradient through.
      if (shortfall < 0) continue;
      anyOpen = true;
      shortfalls += shortfall;
      setFactors(factors + 8 * i, clicked, <f32>(-slope * a * (1 - a)));
      setFactors(factors + 8 * i + 4, other, <f32>(slope * b * (1 - b)));
    }
    if (!anyOpen) continue;
    // Passes without a gradient have factors of zero, but their rows may be left over from another batch: those are finite.
    for (let feature: u32 = 0; feature < 12; feature++) {
      const row = factors + feature * PASSES * 4;
      if (v128.any_true(v128.or(v128.load(row), v128.load(row, 16)))) addRows(slopes, row, gradient + 2 * feature * ROW);
    }
    const byLogit = factors + 11 * PASSES * 4;
    addRows(outputs, byLogit, gradient + 2 * OUTPUT_ROW);
    let sum: f64 = 0;
    for (let pass: u32 = 0; pass < PASSES; pass++) sum += load<f32>(byLogit + 4 * pass);
    store<f64>(gradient + 2 * OUTPUT_BIAS, load<f64>(gradient + 2 * OUTPUT_BIAS) + sum);
  }
  return shortfalls;
}

/** One pass's factors, a column: the derivative of the loss by its logit times each feature, and last the derivative alone. */
@inline
function setFactors(column: u32, features: u32, lossByLogit: f32): void {
  for (let feature: u32 = 0; feature < 11; feature++) {
    store<f32>(column + feature * PASSES * 4, lossByLogit * load<f32>(features + 4 * feature));
  }
  store<f32>(column + 11 * PASSES * 4, lossByLogit);
}

/** The next 624 outputs of the twister, made into factors of dropout in their order. */
function drawFactors(state: u32, keep: u32): void {
  for (let i: u32 = 0; i < WORDS; i++) {
    const next: u32 = i == WORDS - 1 ? 0 : i + 1;
    const far: u32 = i < 227 ? i + 397 : i - 227;
    const y = (load<u32>(state + 4 * i) & 0x80000000) | (load<u32>(state + 4 * next) & 0x7fffffff);
    store<u32>(state + 4 * i, load<u32>(state + 4 * far) ^ (y >> 1) ^ (y & 1 ? 0x9908b0df : 0));
  }
  const limit = i32x4.splat(SILENCED_BELOW);
  const kept = f32x4.splat(KEPT);
  for (let at: u32 = 0; at < 4 * WORDS; at += 16) {
    let y = v128.load(state + at);
    y = v128.xor(y, i32x4.shr_u(y, 11));
    y = v128.xor(y, v128.and(i32x4.shl(y, 7), i32x4.splat(0x9d2c5680)));
    y = v128.xor(y, v128.and(i32x4.shl(y, 15), i32x4.splat(0xefc60000)));
    y = v128.xor(y, i32x4.shr_u(y, 18));
    v128.store(keep + at, v128.andnot(kept, i32x4.lt_u(y, limit)));
  }
}
