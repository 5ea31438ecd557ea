import type { RunControl } from "../progress.ts";
import { breathe } from "../threads/breathe.ts";
import { addSeeds, type PairedStatistic, type SeedPart } from "./pairedStatistic.ts";
import { generator } from "./random/generator.ts";
import { type UnitDraws, unitDraws } from "./random/unitDraws.ts";

/** How resampling is done; the same values give the same numbers, always. */
export interface ResampleOptions {
  /** Draws of each kind; 10,000 put the error of a 95 % bound at about 2 % of the interval's width. */
  readonly resamples: number;
  readonly seed: number;
  /** Which distributions to draw; default both. One that is not asked for comes back empty. */
  readonly kinds?: "both" | "counted" | "exchanged";
}

/** One task's statistic and whose draws its items take. */
export interface ResampledTask {
  /** Name of the task; decides the draws of its seeds. */
  readonly key: string;
  readonly statistic: PairedStatistic;
  /** Per item, the id of its query or paper: items of one id, in whatever task, are drawn together. */
  readonly units: readonly string[];
}

/** The drawn differences of a task: per column, one number a resample. Row r of all columns of all tasks is one joint draw. */
export interface Resamples {
  /** Items counted at random, as the bootstrap does. */
  readonly counted: readonly Float64Array[];
  /** A and B exchanged at random: what a difference looks like where there is none. */
  readonly exchanged: readonly Float64Array[];
}

/** Milliseconds of drawing between two looks at the stop signal. */
const sliceMs = 40;

/** The ids of all tasks, each once, and per task where its items find theirs. */
export interface SharedUnits {
  readonly ids: readonly string[];
  readonly places: readonly Uint32Array[];
}

/** Gives each id one place, in order of first appearance. */
export function shareUnits(unitsOfTasks: readonly (readonly string[])[]): SharedUnits {
  const placeOf = new Map<string, number>();
  const places = unitsOfTasks.map((units) =>
    Uint32Array.from(units, (id) => {
      const known = placeOf.get(id);
      if (known !== undefined) return known;
      placeOf.set(id, placeOf.size);
      return placeOf.size - 1;
    }),
  );
  return { ids: [...placeOf.keys()], places };
}

/** A stream of its own for each task, kind and side of seeds, so that none depends on which others are there. */
export function seedStream(seed: number, key: string, kind: DrawKind, side: SeedPart["side"]): () => number {
  let hash = 0;
  for (const character of `${key} ${kind} ${side}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return generator(seed, hash).normal;
}

/** One kind of draw of one task: writes what the shared draw makes of it to `out`. */
type Draw = (out: Float64Array) => void;

function drawsOf(
  task: ResampledTask,
  places: Uint32Array,
  kind: DrawKind,
  shared: Uint8Array | Int8Array,
  seed: number,
): Draw {
  const { statistic, key } = task;
  const counts = new Uint8Array(kind === "counted" ? places.length : 0);
  const signs = new Int8Array(kind === "exchanged" ? places.length : 0);
  const parts = statistic.seedParts.map((part) => ({
    part,
    normal: seedStream(seed, key, kind, part.side),
    multipliers: new Float64Array(part.seeds),
  }));
  return (out) => {
    if (kind === "counted") {
      for (let item = 0; item < places.length; item++) counts[item] = shared[places[item]!]!;
      statistic.counted(counts, out);
    } else {
      for (let item = 0; item < places.length; item++) signs[item] = shared[places[item]!]!;
      statistic.exchanged(signs, out);
    }
    for (const { part, normal, multipliers } of parts) {
      for (let s = 0; s < part.seeds; s++) multipliers[s] = normal();
      addSeeds(part, multipliers, out);
    }
  };
}

/** Draws that go on where they stopped. */
export interface Resampling {
  /**
   * The next draws of a kind: per task, per column, one number a draw.
   * @throws ScidocsError `INTERRUPTED` when stopped
   */
  readonly next: (kind: DrawKind, draws: number, control?: ResampleControl) => Promise<Float64Array[][]>;
}

export type DrawKind = "counted" | "exchanged";

/** How it is called, and where these draws stand among all that the stage makes; default: they are all. */
export type ResampleControl = RunControl & {
  readonly stage?: string;
  readonly before?: number;
  readonly total?: number;
};

/**
 * Opens the draws of several tasks: the bootstrap's and the exchanges'. What tasks share (a query that all of them rank for) is drawn
 * once for all, so that sums over tasks vary as they should. Ten draws and ten more are the same as twenty.
 */
export function openResampling(tasks: readonly ResampledTask[], seed: number): Resampling {
  const { ids, places } = shareUnits(tasks.map(({ units }) => units));
  const random: UnitDraws = unitDraws(ids, seed);
  const kindOf = (kind: DrawKind) => {
    const shared = kind === "counted" ? new Uint8Array(ids.length) : new Int8Array(ids.length);
    const draws = tasks.map((task, index) => drawsOf(task, places[index]!, kind, shared, seed));
    const drawShared = (r: number): void =>
      shared instanceof Uint8Array ? random.counts(r, shared) : random.signs(r, shared);
    return { draws, drawShared, done: 0 };
  };
  const kinds = { counted: kindOf("counted"), exchanged: kindOf("exchanged") };
  const outs = tasks.map(({ statistic }) => new Float64Array(statistic.observed.length));
  return {
    next: async (kind, draws, control = {}) => {
      const own = kinds[kind];
      const into = outs.map((out) => Array.from(out, () => new Float64Array(draws)));
      const { stage = "resampling", before = 0, total = before + draws } = control;
      let sliceEnd = performance.now() + sliceMs;
      for (let r = 0; r < draws; r++) {
        own.drawShared(own.done++);
        for (const [index, draw] of own.draws.entries()) {
          const out = outs[index]!;
          draw(out);
          for (let column = 0; column < out.length; column++) into[index]![column]![r] = out[column]!;
        }
        if (performance.now() < sliceEnd) continue;
        control.onProgress?.({ stage, done: before + r, total, unit: "resamples" });
        await breathe(control);
        sliceEnd = performance.now() + sliceMs;
      }
      control.onProgress?.({ stage, done: before + draws, total, unit: "resamples" });
      return into;
    },
  };
}

/** Draws both distributions of several tasks at once, see {@link openResampling}. @throws ScidocsError `INTERRUPTED` when stopped */
export async function resample(
  tasks: readonly ResampledTask[],
  { resamples, seed, kinds = "both" }: ResampleOptions,
  control: ResampleControl = {},
): Promise<Resamples[]> {
  const resampling = openResampling(tasks, seed);
  const [bootstraps, exchanges] = [kinds === "exchanged" ? 0 : resamples, kinds === "counted" ? 0 : resamples];
  const total = bootstraps + exchanges;
  const counted = await resampling.next("counted", bootstraps, { ...control, total });
  const exchanged = await resampling.next("exchanged", exchanges, { ...control, before: bootstraps, total });
  return tasks.map((_, index) => ({ counted: counted[index]!, exchanged: exchanged[index]! }));
}
