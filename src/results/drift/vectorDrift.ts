import { checkNumbers } from "../../checkNumbers.ts";
import { ScidocsError } from "../../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import { breathe } from "../../threads/breathe.ts";
import { tableFault } from "../../vectors/tableFault.ts";
import { type VectorTable, vectorAt } from "../../vectors/vectorTable.ts";
import { linearCka } from "./linearCka.ts";
import { neighbourOverlap } from "./neighbourOverlap.ts";

/** How far apart the two vectors of one paper are. */
export interface PaperDrift {
  readonly id: string;
  /** Of two zero vectors 1, of a zero and another one 0. */
  readonly cosine: number;
  /** Euclidean distance: what the ranking tasks score by. */
  readonly l2: number;
}

/** How far two models' vectors of the same papers are apart. */
export interface VectorDrift {
  /** Papers that both have. */
  readonly papers: number;
  readonly onlyInA: number;
  readonly onlyInB: number;
  readonly dimensionsA: number;
  readonly dimensionsB: number;
  /** Paper by paper; null where the vectors differ in length and cannot be set against each other. */
  readonly byPaper: {
    readonly meanCosine: number;
    /** The 1st percentile: one paper in a hundred is worse. */
    readonly lowCosine: number;
    readonly meanL2: number;
    /** The 99th percentile: one paper in a hundred is worse. */
    readonly highL2: number;
    /** The papers of the lowest cosines, lowest first. */
    readonly worst: readonly PaperDrift[];
  } | null;
  /** Mean share of a paper's nearest neighbours (by Euclidean distance) that both models have. */
  readonly neighbourOverlap: number;
  readonly neighbours: number;
  /** Linear centred kernel alignment: 1 for the same geometry up to rotation and scale. */
  readonly linearCka: number;
  /** Papers that neighbours and alignment were computed over, evenly spaced among the ids. */
  readonly sampledPapers: number;
}

export interface DriftOptions {
  /** Neighbours of a paper; default 10. */
  readonly neighbours?: number | undefined;
  /** Papers to name; default 10. */
  readonly worst?: number | undefined;
  /** Most papers for what takes all pairs of them; default 5,000. */
  readonly sample?: number | undefined;
  /** Threads of the matrix products; default 1. */
  readonly threads?: number | undefined;
}

const optionNames: OptionNames<DriftOptions> = { neighbours: true, worst: true, sample: true, threads: true };

/**
 * Compares two tables of vectors over the papers that both have.
 * @throws ScidocsError `BAD_INPUT` for a table that is none, and when fewer than three papers are in both, `INTERRUPTED`
 */
export async function vectorDrift(
  a: VectorTable,
  b: VectorTable,
  options: DriftOptions = {},
  control: RunControl = {},
): Promise<VectorDrift> {
  refuseUnknownOptions("vectorDrift", options, optionNames);
  checkNumbers("vectorDrift", options, { neighbours: "count", worst: "size", sample: "length", threads: "count" });
  for (const [name, table] of [
    ["A", a],
    ["B", b],
  ] as const) {
    const fault = tableFault(table);
    if (fault !== null) throw new ScidocsError("BAD_INPUT", `vectorDrift: ${name}: ${fault}`);
  }
  const ids = a.ids.filter((id) => b.rowOf.has(id)).sort();
  if (ids.length < 3) {
    throw new ScidocsError(
      "BAD_INPUT",
      `only ${ids.length} papers have a vector on both sides (A has ${a.ids.length}, B has ${b.ids.length}); compare vectors of the same papers`,
    );
  }
  const byPaper = a.dimensions === b.dimensions ? await paperDrifts(a, b, ids, options.worst ?? 10, control) : null;
  const sampled = evenly(ids, options.sample ?? 5000);
  const [rowsA, rowsB] = [rowsOf(a, sampled), rowsOf(b, sampled)];
  const neighbours = Math.min(options.neighbours ?? 10, sampled.length - 1);
  const threads = options.threads ?? 1;
  return {
    papers: ids.length,
    onlyInA: a.ids.length - ids.length,
    onlyInB: b.ids.length - ids.length,
    dimensionsA: a.dimensions,
    dimensionsB: b.dimensions,
    byPaper,
    neighbourOverlap: await neighbourOverlap(rowsA, rowsB, sampled.length, neighbours, threads, control),
    neighbours,
    linearCka: await linearCka(rowsA, rowsB, sampled.length, threads, control),
    sampledPapers: sampled.length,
  };
}

async function paperDrifts(
  a: VectorTable,
  b: VectorTable,
  ids: readonly string[],
  worst: number,
  control: RunControl,
): Promise<VectorDrift["byPaper"]> {
  const drifts: PaperDrift[] = [];
  for (const id of ids) {
    if (drifts.length % 4096 === 4095) await breathe(control);
    drifts.push({ id, ...difference(rowOf(a, id), rowOf(b, id)) });
  }
  const byCosine = drifts.toSorted((x, y) => x.cosine - y.cosine);
  const distances = Float64Array.from(drifts, ({ l2 }) => l2).sort();
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const onePercent = Math.floor((drifts.length - 1) / 100);
  return {
    meanCosine: mean(drifts.map(({ cosine }) => cosine)),
    lowCosine: byCosine[onePercent]?.cosine ?? 0,
    meanL2: mean(drifts.map(({ l2 }) => l2)),
    highL2: distances[distances.length - 1 - onePercent] ?? 0,
    worst: byCosine.slice(0, worst),
  };
}

function difference(x: ArrayLike<number>, y: ArrayLike<number>): { cosine: number; l2: number } {
  let [dot, xx, yy, apart] = [0, 0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    const [p, q] = [x[k] ?? 0, y[k] ?? 0];
    dot += p * q;
    xx += p * p;
    yy += q * q;
    apart += (p - q) * (p - q);
  }
  const cosine = xx === 0 || yy === 0 ? (xx === yy ? 1 : 0) : dot / Math.sqrt(xx * yy);
  // Rounding can carry equal vectors a last digit past 1.
  return { cosine: Math.min(1, Math.max(-1, cosine)), l2: Math.sqrt(apart) };
}

function rowOf(table: VectorTable, id: string): Float32Array | Float64Array {
  return vectorAt(table, table.rowOf.get(id) ?? 0);
}

/** Rows of some papers as one row-major float64 block. */
function rowsOf(table: VectorTable, ids: readonly string[]): Float64Array {
  const rows = new Float64Array(ids.length * table.dimensions);
  for (const [row, id] of ids.entries()) rows.set(rowOf(table, id), row * table.dimensions);
  return rows;
}

/** At most `most` of the ids, at even distances, so that the sample depends on nothing but the ids. */
function evenly(ids: readonly string[], most: number): readonly string[] {
  if (ids.length <= most) return ids;
  return Array.from({ length: most }, (_, index) => ids[Math.floor((index * ids.length) / most)] ?? "");
}
