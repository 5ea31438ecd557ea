// asc: --sharedMemory --enable threads --maximumMemory 65536
//
// Dual coordinate descent for the squared-hinge linear SVM, on several independent fits ("lanes") at once.
//
// The dot product of a row and the weights must be added up in one accumulator, in order, or the bits differ from the reference's; alone
// it therefore waits for the latency of every addition. Lanes hide that: their dot products run side by side in the halves of SIMD
// registers. A step's update of the weights is put off and done in the same sweep as the next row's dot product, so that weights travel
// through the registers once a row instead of twice. Products and sums are the same, in the same order, as in the plain loop.

// Fields of a lane, as byte offsets.
@inline const RUNNING: u32 = 0;
@inline const ROWS: u32 = 4;
@inline const ACTIVE: u32 = 8;
@inline const POSITION: u32 = 12;
@inline const EPOCH: u32 = 16;
@inline const PROBLEM: u32 = 20;
@inline const PROBLEMS: u32 = 24;
@inline const RECORDS: u32 = 28;
@inline const ORDER: u32 = 32;
@inline const WEIGHTS: u32 = 36;
@inline const RESULT: u32 = 40;
@inline const GENERATOR: u32 = 44;
@inline const GENERATOR_POSITION: u32 = 48;
@inline const EPOCHS: u32 = 52;
@inline const CONVERGED: u32 = 56;
@inline const DIMENSIONS: u32 = 60;
@inline const D: u32 = 64;
@inline const LARGEST: u32 = 72;
@inline const SMALLEST: u32 = 80;
@inline const LIMIT: u32 = 88;
@inline const STEP: u32 = 96;
@inline const PREVIOUS_ROW: u32 = 104;
@inline const ROW: u32 = 108;
@inline const CURRENT: u32 = 112;
@inline const POSITIVE: u32 = 116;

// Fields of a training row's record.
@inline const ALPHA: u32 = 0;
@inline const DIAGONAL: u32 = 8;
@inline const SIGN: u32 = 16;
@inline const ROW_POINTER: u32 = 24;
@inline const CLASS: u32 = 28;
@inline const RECORD_BYTES: u32 = 32;

@inline const MAX_EPOCHS: i32 = 1000;
@inline const TOLERANCE: f64 = 1e-3;

/** Two numbers of a row, as doubles. */
@inline
function pair<T>(address: u32): v128 {
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(address));
  return v128.load(address);
}

/** w += step * previous, then the dot product of w and row, for one lane. */
@inline
function sweep1<T>(lane: u32): f64 {
  let w = load<u32>(lane, WEIGHTS);
  let previous = load<u32>(lane, PREVIOUS_ROW);
  let row = load<u32>(lane, ROW);
  const step = f64x2.splat(load<f64>(lane, STEP));
  const end = w + (load<u32>(lane, DIMENSIONS) << 3);
  let dot: f64 = 0;
  while (w < end) {
    const w0 = f64x2.add(v128.load(w), f64x2.mul(step, pair<T>(previous)));
    const w1 = f64x2.add(v128.load(w, 16), f64x2.mul(step, pair<T>(previous + 2 * sizeof<T>())));
    v128.store(w, w0);
    v128.store(w, w1, 16);
    const p0 = f64x2.mul(w0, pair<T>(row));
    const p1 = f64x2.mul(w1, pair<T>(row + 2 * sizeof<T>()));
    dot += f64x2.extract_lane(p0, 0);
    dot += f64x2.extract_lane(p0, 1);
    dot += f64x2.extract_lane(p1, 0);
    dot += f64x2.extract_lane(p1, 1);
    w += 32;
    previous += 4 * sizeof<T>();
    row += 4 * sizeof<T>();
  }
  return dot;
}

/** The same for two lanes; the dot products come back as the halves of one register. */
@inline
function sweep2<T>(a: u32, b: u32): v128 {
  const wa = load<u32>(a, WEIGHTS);
  const wb = load<u32>(b, WEIGHTS);
  const pa = load<u32>(a, PREVIOUS_ROW);
  const pb = load<u32>(b, PREVIOUS_ROW);
  const ra = load<u32>(a, ROW);
  const rb = load<u32>(b, ROW);
  const sa = f64x2.splat(load<f64>(a, STEP));
  const sb = f64x2.splat(load<f64>(b, STEP));
  const bytes = load<u32>(a, DIMENSIONS) << 3;
  const shift = sizeof<T>() == 4 ? 1 : 0;
  let dots = f64x2.splat(0);
  for (let i: u32 = 0; i < bytes; i += 32) {
    const x = i >> shift;
    const wa0 = f64x2.add(v128.load(wa + i), f64x2.mul(sa, pair<T>(pa + x)));
    const wb0 = f64x2.add(v128.load(wb + i), f64x2.mul(sb, pair<T>(pb + x)));
    v128.store(wa + i, wa0);
    v128.store(wb + i, wb0);
    const qa0 = f64x2.mul(wa0, pair<T>(ra + x));
    const qb0 = f64x2.mul(wb0, pair<T>(rb + x));
    dots = f64x2.add(dots, v128.shuffle<f64>(qa0, qb0, 0, 2));
    dots = f64x2.add(dots, v128.shuffle<f64>(qa0, qb0, 1, 3));
    const y = x + 2 * sizeof<T>();
    const wa1 = f64x2.add(v128.load(wa + i, 16), f64x2.mul(sa, pair<T>(pa + y)));
    const wb1 = f64x2.add(v128.load(wb + i, 16), f64x2.mul(sb, pair<T>(pb + y)));
    v128.store(wa + i, wa1, 16);
    v128.store(wb + i, wb1, 16);
    const qa1 = f64x2.mul(wa1, pair<T>(ra + y));
    const qb1 = f64x2.mul(wb1, pair<T>(rb + y));
    dots = f64x2.add(dots, v128.shuffle<f64>(qa1, qb1, 0, 2));
    dots = f64x2.add(dots, v128.shuffle<f64>(qa1, qb1, 1, 3));
  }
  return dots;
}

/** numpy's MT19937: the next 32-bit output of a lane's generator. */
@inline
function nextUint32(lane: u32): u32 {
  let position = load<u32>(lane, GENERATOR_POSITION);
  const state = load<u32>(lane, GENERATOR);
  if (position == 624) {
    twist(state);
    position = 0;
  }
  store<u32>(lane, position + 1, GENERATOR_POSITION);
  let y = load<u32>(state + (position << 2));
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  y ^= y >> 18;
  return y;
}

function twist(state: u32): void {
  for (let i: u32 = 0; i < 624; i++) {
    const next = i == 623 ? 0 : i + 1;
    const far = i < 227 ? i + 397 : i - 227;
    const y = (load<u32>(state + (i << 2)) & 0x80000000) | (load<u32>(state + (next << 2)) & 0x7fffffff);
    const value = load<u32>(state + (far << 2)) ^ (y >> 1) ^ (y & 1 ? 0x9908b0df : 0);
    store<u32>(state + (i << 2), value);
  }
}

/** Shuffles the active part of a lane's order. */
function shuffle(lane: u32): void {
  const order = load<u32>(lane, ORDER);
  for (let i = load<i32>(lane, ACTIVE) - 1; i > 0; i--) {
    const mask: u32 = 0xffffffff >> clz(i);
    let j = nextUint32(lane) & mask;
    while (j > u32(i)) j = nextUint32(lane) & mask;
    const mine = order + (i << 2);
    const other = order + (j << 2);
    const kept = load<u32>(mine);
    store<u32>(mine, load<u32>(other));
    store<u32>(other, kept);
  }
}

function beginEpoch(lane: u32): void {
  shuffle(lane);
  store<f64>(lane, -Infinity, LARGEST);
  store<f64>(lane, Infinity, SMALLEST);
  store<i32>(lane, 0, POSITION);
}

/** Sets a lane up for its binary problem: signs, zero alphas and weights, natural order. */
function beginProblem(lane: u32): void {
  const rows = load<i32>(lane, ROWS);
  const positive = load<i32>(load<u32>(lane, POSITIVE) + (load<i32>(lane, PROBLEM) << 2));
  const order = load<u32>(lane, ORDER);
  let record = load<u32>(lane, RECORDS);
  for (let i = 0; i < rows; i++) {
    store<f64>(record, 0, ALPHA);
    store<f64>(record, load<i32>(record, CLASS) == positive ? 1 : -1, SIGN);
    store<u32>(order + (i << 2), record);
    record += RECORD_BYTES;
  }
  memory.fill(load<u32>(lane, WEIGHTS), 0, load<u32>(lane, DIMENSIONS) << 3);
  store<i32>(lane, rows, ACTIVE);
  store<i32>(lane, 0, EPOCH);
  store<f64>(lane, Infinity, LIMIT);
  store<f64>(lane, 0, STEP);
  store<u32>(lane, load<u32>(load<u32>(lane, RECORDS), ROW_POINTER), PREVIOUS_ROW);
  beginEpoch(lane);
}

/** Writes a solved problem's weights out, the last step included. */
function endProblem<T>(lane: u32, converged: bool): void {
  const problem = load<i32>(lane, PROBLEM);
  store<i32>(load<u32>(lane, EPOCHS) + (problem << 2), load<i32>(lane, EPOCH));
  store<u8>(load<u32>(lane, CONVERGED) + problem, converged ? 1 : 0);
  const dimensions = load<i32>(lane, DIMENSIONS);
  const weights = load<u32>(lane, WEIGHTS);
  const previous = load<u32>(lane, PREVIOUS_ROW);
  const result = load<u32>(lane, RESULT) + problem * (dimensions << 3);
  const step = load<f64>(lane, STEP);
  for (let j = 0; j < dimensions; j++) {
    const x = <f64>load<T>(previous + j * sizeof<T>());
    store<f64>(result + (j << 3), load<f64>(weights + (j << 3)) + step * x);
  }
}

/** Ends epochs and problems until a row is next; the lane stops running after its last problem. */
function findRow<T>(lane: u32): void {
  while (load<i32>(lane, POSITION) >= load<i32>(lane, ACTIVE)) {
    const epoch = load<i32>(lane, EPOCH) + 1;
    store<i32>(lane, epoch, EPOCH);
    const largest = load<f64>(lane, LARGEST);
    let solved = false;
    if (largest - load<f64>(lane, SMALLEST) <= TOLERANCE) {
      const rows = load<i32>(lane, ROWS);
      if (load<i32>(lane, ACTIVE) == rows) solved = true;
      store<i32>(lane, rows, ACTIVE);
      store<f64>(lane, Infinity, LIMIT);
    } else {
      store<f64>(lane, largest > 0 ? largest : Infinity, LIMIT);
    }
    if (solved || epoch == MAX_EPOCHS) {
      endProblem<T>(lane, solved);
      const problem = load<i32>(lane, PROBLEM) + 1;
      store<i32>(lane, problem, PROBLEM);
      if (problem == load<i32>(lane, PROBLEMS)) {
        store<i32>(lane, 0, RUNNING);
        return;
      }
      beginProblem(lane);
    } else {
      beginEpoch(lane);
    }
  }
  const record = load<u32>(load<u32>(lane, ORDER) + (load<i32>(lane, POSITION) << 2));
  store<u32>(lane, record, CURRENT);
  store<u32>(lane, load<u32>(record, ROW_POINTER), ROW);
}

/** One coordinate's step, given the dot product of its row and the weights; then the next row. */
function advance<T>(lane: u32, dot: f64): void {
  const record = load<u32>(lane, CURRENT);
  const sign = load<f64>(record, SIGN);
  const alpha = Math.abs(load<f64>(record, ALPHA));
  const gradient = sign * dot - 1 + load<f64>(lane, D) * alpha;
  const position = load<i32>(lane, POSITION);
  let projected = gradient;
  store<u32>(lane, load<u32>(lane, ROW), PREVIOUS_ROW);
  store<f64>(lane, 0, STEP);
  if (alpha == 0 && gradient >= 0) {
    projected = 0;
    if (gradient > load<f64>(lane, LIMIT)) {
      // Shrunk: out of the active part until the epoch ends within the tolerance.
      const active = load<i32>(lane, ACTIVE) - 1;
      const order = load<u32>(lane, ORDER);
      store<i32>(lane, active, ACTIVE);
      store<u32>(order + (position << 2), load<u32>(order + (active << 2)));
      store<u32>(order + (active << 2), record);
      findRow<T>(lane);
      return;
    }
  }
  store<f64>(lane, max<f64>(load<f64>(lane, LARGEST), projected), LARGEST);
  store<f64>(lane, min<f64>(load<f64>(lane, SMALLEST), projected), SMALLEST);
  if (Math.abs(projected) > 1e-12) {
    const next = max<f64>(alpha - gradient / load<f64>(record, DIAGONAL), 0);
    store<f64>(lane, (next - alpha) * sign, STEP);
    store<f64>(record, next * sign, ALPHA);
  }
  store<i32>(lane, position + 1, POSITION);
  findRow<T>(lane);
}

@inline
function startLane<T>(lane: u32): void {
  store<i32>(lane, 0, PROBLEM);
  store<i32>(lane, 1, RUNNING);
  beginProblem(lane);
  findRow<T>(lane);
}

/** Begins the fit that a lane's fields describe. */
export function startF32(lane: u32): void { startLane<f32>(lane); }
export function startF64(lane: u32): void { startLane<f64>(lane); }

/** Runs one lane until it is done or has visited so many rows. */
@inline
function run1<T>(a: u32, visits: i32): void {
  while (visits > 0 && load<i32>(a, RUNNING)) {
    advance<T>(a, sweep1<T>(a));
    visits -= 1;
  }
}
export function run1F32(a: u32, visits: i32): void { run1<f32>(a, visits); }
export function run1F64(a: u32, visits: i32): void { run1<f64>(a, visits); }

/** Runs two lanes side by side until one of them is done or both have visited so many rows. */
@inline
function run2<T>(a: u32, b: u32, visits: i32): void {
  while (visits > 0 && load<i32>(a, RUNNING) && load<i32>(b, RUNNING)) {
    const dots = sweep2<T>(a, b);
    advance<T>(a, f64x2.extract_lane(dots, 0));
    advance<T>(b, f64x2.extract_lane(dots, 1));
    visits -= 1;
  }
}
export function run2F32(a: u32, b: u32, visits: i32): void { run2<f32>(a, b, visits); }
export function run2F64(a: u32, b: u32, visits: i32): void { run2<f64>(a, b, visits); }
