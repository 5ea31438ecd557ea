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
@inline const DOT: u32 = 120;

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

/** Puts w += step * previous into effect for one lane, and with it the dot product of w and the current row into the lane. */
@inline
function sweep1<T>(a: u32): void {
  const wa = load<u32>(a, WEIGHTS);
  const pa = load<u32>(a, PREVIOUS_ROW);
  const ra = load<u32>(a, ROW);
  const sa = f64x2.splat(load<f64>(a, STEP));
  const bytes = load<u32>(a, DIMENSIONS) << 3;
  const shift = sizeof<T>() == 4 ? 1 : 0;
  let dot: f64 = 0;
  for (let i: u32 = 0; i < bytes; i += 16) {
    const x = i >> shift;
    const va = f64x2.add(v128.load(wa + i), f64x2.mul(sa, pair<T>(pa + x)));
    v128.store(wa + i, va);
    const qa = f64x2.mul(va, pair<T>(ra + x));
    dot += f64x2.extract_lane(qa, 0);
    dot += f64x2.extract_lane(qa, 1);
  }
  store<f64>(a, dot, DOT);
}

/** The same for two lanes, whose dot products are the halves of one register. */
@inline
function sweep2<T>(a: u32, b: u32): void {
  const wa = load<u32>(a, WEIGHTS);
  const pa = load<u32>(a, PREVIOUS_ROW);
  const ra = load<u32>(a, ROW);
  const sa = f64x2.splat(load<f64>(a, STEP));
  const wb = load<u32>(b, WEIGHTS);
  const pb = load<u32>(b, PREVIOUS_ROW);
  const rb = load<u32>(b, ROW);
  const sb = f64x2.splat(load<f64>(b, STEP));
  const bytes = load<u32>(a, DIMENSIONS) << 3;
  const shift = sizeof<T>() == 4 ? 1 : 0;
  let dots = f64x2.splat(0);
  for (let i: u32 = 0; i < bytes; i += 16) {
    const x = i >> shift;
    const va = f64x2.add(v128.load(wa + i), f64x2.mul(sa, pair<T>(pa + x)));
    v128.store(wa + i, va);
    const qa = f64x2.mul(va, pair<T>(ra + x));
    const vb = f64x2.add(v128.load(wb + i), f64x2.mul(sb, pair<T>(pb + x)));
    v128.store(wb + i, vb);
    const qb = f64x2.mul(vb, pair<T>(rb + x));
    dots = f64x2.add(dots, v128.shuffle<f64>(qa, qb, 0, 2));
    dots = f64x2.add(dots, v128.shuffle<f64>(qa, qb, 1, 3));
  }
  store<f64>(a, f64x2.extract_lane(dots, 0), DOT);
  store<f64>(b, f64x2.extract_lane(dots, 1), DOT);
}

/** The same for four lanes: no faster to compute, but four rows are on their way from memory at once. */
@inline
function sweep4<T>(a: u32, b: u32, c: u32, d: u32): void {
  const wa = load<u32>(a, WEIGHTS);
  const pa = load<u32>(a, PREVIOUS_ROW);
  const ra = load<u32>(a, ROW);
  const sa = f64x2.splat(load<f64>(a, STEP));
  const wb = load<u32>(b, WEIGHTS);
  const pb = load<u32>(b, PREVIOUS_ROW);
  const rb = load<u32>(b, ROW);
  const sb = f64x2.splat(load<f64>(b, STEP));
  const wc = load<u32>(c, WEIGHTS);
  const pc = load<u32>(c, PREVIOUS_ROW);
  const rc = load<u32>(c, ROW);
  const sc = f64x2.splat(load<f64>(c, STEP));
  const wd = load<u32>(d, WEIGHTS);
  const pd = load<u32>(d, PREVIOUS_ROW);
  const rd = load<u32>(d, ROW);
  const sd = f64x2.splat(load<f64>(d, STEP));
  const bytes = load<u32>(a, DIMENSIONS) << 3;
  const shift = sizeof<T>() == 4 ? 1 : 0;
  let dots = f64x2.splat(0);
  let others = f64x2.splat(0);
  for (let i: u32 = 0; i < bytes; i += 16) {
    const x = i >> shift;
    const va = f64x2.add(v128.load(wa + i), f64x2.mul(sa, pair<T>(pa + x)));
    v128.store(wa + i, va);
    const qa = f64x2.mul(va, pair<T>(ra + x));
    const vb = f64x2.add(v128.load(wb + i), f64x2.mul(sb, pair<T>(pb + x)));
    v128.store(wb + i, vb);
    const qb = f64x2.mul(vb, pair<T>(rb + x));
    const vc = f64x2.add(v128.load(wc + i), f64x2.mul(sc, pair<T>(pc + x)));
    v128.store(wc + i, vc);
    const qc = f64x2.mul(vc, pair<T>(rc + x));
    const vd = f64x2.add(v128.load(wd + i), f64x2.mul(sd, pair<T>(pd + x)));
    v128.store(wd + i, vd);
    const qd = f64x2.mul(vd, pair<T>(rd + x));
    dots = f64x2.add(dots, v128.shuffle<f64>(qa, qb, 0, 2));
    others = f64x2.add(others, v128.shuffle<f64>(qc, qd, 0, 2));
    dots = f64x2.add(dots, v128.shuffle<f64>(qa, qb, 1, 3));
    others = f64x2.add(others, v128.shuffle<f64>(qc, qd, 1, 3));
  }
  store<f64>(a, f64x2.extract_lane(dots, 0), DOT);
  store<f64>(b, f64x2.extract_lane(dots, 1), DOT);
  store<f64>(c, f64x2.extract_lane(others, 0), DOT);
  store<f64>(d, f64x2.extract_lane(others, 1), DOT);
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
function advance<T>(lane: u32): void {
  const dot = load<f64>(lane, DOT);
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

@inline
function isRunning(lane: u32): bool {
  return load<i32>(lane, RUNNING) != 0;
}

/** Runs one lane until it is done or has visited so many rows. */
@inline
function run1<T>(a: u32, visits: i32): void {
  for (; visits > 0 && isRunning(a); visits--) {
    sweep1<T>(a);
    advance<T>(a);
  }
}
export function run1F32(a: u32, visits: i32): void { run1<f32>(a, visits); }
export function run1F64(a: u32, visits: i32): void { run1<f64>(a, visits); }

/** Runs two lanes side by side until one of them is done or both have visited so many rows. */
@inline
function run2<T>(a: u32, b: u32, visits: i32): void {
  for (; visits > 0 && isRunning(a) && isRunning(b); visits--) {
    sweep2<T>(a, b);
    advance<T>(a);
    advance<T>(b);
  }
}
export function run2F32(a: u32, b: u32, visits: i32): void { run2<f32>(a, b, visits); }
export function run2F64(a: u32, b: u32, visits: i32): void { run2<f64>(a, b, visits); }

/** Runs four lanes side by side until one of them is done or all have visited so many rows. */
@inline
function run4<T>(a: u32, b: u32, c: u32, d: u32, visits: i32): void {
  for (; visits > 0 && isRunning(a) && isRunning(b) && isRunning(c) && isRunning(d); visits--) {
    sweep4<T>(a, b, c, d);
    advance<T>(a);
    advance<T>(b);
    advance<T>(c);
    advance<T>(d);
  }
}
export function run4F32(a: u32, b: u32, c: u32, d: u32, visits: i32): void { run4<f32>(a, b, c, d, visits); }
export function run4F64(a: u32, b: u32, c: u32, d: u32, visits: i32): void { run4<f64>(a, b, c, d, visits); }
