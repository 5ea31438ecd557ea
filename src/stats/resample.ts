import type { RunControl } from "../progress.ts";
import { breathe } from "../threads/breathe.ts";
import type { PairedStatistic } from "./pairedStatistic.ts";
import { generator } from "./random/generator.ts";

/** How resampling is done; the same values give the same numbers, always. */
export interface ResampleOptions {
  /** Draws of each kind; 10,000 put the error of a 95 % bound at about 2 % of the interval's width. */
  readonly resamples: number;
  readonly seed: number;
  /** Distinguishes the tasks of one comparison, so that each has draws of its own. */
  readonly stream?: number;
  /** Which distributions to draw; default both. One that is not asked for comes back empty. */
  readonly kinds?: "both" | "bootstrap" | "exchange";
}

/** The drawn differences of a statistic: per column, one number a resample. Row r of all columns is one joint draw. */
export interface Resamples {
  readonly bootstrap: readonly Float64Array[];
  readonly exchanged: readonly Float64Array[];
}

/** Milliseconds of drawing between two looks at the stop signal. */
const sliceMs = 40;

/**
 * Draws the bootstrap and the exchange distribution of a statistic, giving way to other events as it goes.
 * @throws ScidocsError `INTERRUPTED` when stopped
 */
export async function resample(
  statistic: PairedStatistic,
  options: ResampleOptions,
  control: RunControl & { readonly stage?: string } = {},
): Promise<Resamples> {
  const { resamples, seed, stream = 0, kinds = "both" } = options;
  const columns = statistic.observed.length;
  const table = (count: number): Float64Array[] => Array.from({ length: columns }, () => new Float64Array(count));
  const bootstrap = table(kinds === "exchange" ? 0 : resamples);
  const exchanged = table(kinds === "bootstrap" ? 0 : resamples);
  const out = new Float64Array(columns);
  let sliceEnd = performance.now() + sliceMs;
  // Each kind of draw has a stream of its own: adding draws to one leaves the other's as they were.
  const draws = [
    { draw: statistic.bootstrap, into: bootstrap, random: generator(seed, 2 * stream) },
    { draw: statistic.exchange, into: exchanged, random: generator(seed, 2 * stream + 1) },
  ].filter(({ into }) => (into[0]?.length ?? 0) > 0);
  for (const [index, { draw, into, random }] of draws.entries()) {
    for (let r = 0; r < resamples; r++) {
      draw(random, out);
      for (let column = 0; column < columns; column++) into[column]![r] = out[column]!;
      if (performance.now() < sliceEnd) continue;
      control.onProgress?.({
        stage: control.stage ?? "resampling",
        done: index * resamples + r,
        total: draws.length * resamples,
        unit: "resamples",
      });
      await breathe(control);
      sliceEnd = performance.now() + sliceMs;
    }
  }
  control.onProgress?.({
    stage: control.stage ?? "resampling",
    done: draws.length * resamples,
    total: draws.length * resamples,
    unit: "resamples",
  });
  return { bootstrap, exchanged };
}
