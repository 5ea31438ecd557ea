import { ScidocsError } from "../../errors.ts";
import { progress, rising, type Schedule } from "./schedule.ts";

/** The same rate all along, after the rise. */
export const constant: Schedule = {
  id: "constant",
  description: "the same all along, after a rise",
  factor: (state) => rising(state) ?? 1,
};

/** A straight line down to 0. */
export const linear: Schedule = {
  id: "linear",
  description: "a straight line down to 0, after a rise",
  factor: (state) => rising(state) ?? Math.max(0, 1 - progress(state)),
};

/** Half a wave of the cosine down to 0; it would rise again beyond the planned end, as the reference's does. */
export const cosineSchedule: Schedule = {
  id: "cosine",
  description: "half a wave of the cosine down to 0, after a rise",
  factor: (state) => rising(state) ?? Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress(state)))),
};

/** Half a wave of the cosine down to 0, where it stays. */
export const cosineWithRestarts: Schedule = {
  id: "cosine-with-restarts",
  description: "the cosine with one cycle: as cosine, but 0 beyond the planned end",
  factor(state) {
    const up = rising(state);
    if (up !== null) return up;
    const share = progress(state);
    return share >= 1 ? 0 : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (share % 1))));
  },
};

/** Where `polynomial` ends, as a rate. */
const lastRate = 1e-7;

/**
 * A straight line down to a small rate, where it stays: transformers' polynomial decay as the reference calls it, with power 1.
 * @throws ScidocsError `USAGE` where the highest rate is below the last
 */
export const polynomial: Schedule = {
  id: "polynomial",
  description: `a straight line down to a rate of ${lastRate}, where it stays, after a rise`,
  factor(state) {
    if (state.highest <= lastRate) {
      throw new ScidocsError("USAGE", `--schedule polynomial ends at a rate of ${lastRate}: --lr must be above that`);
    }
    const last = lastRate / state.highest;
    return rising(state) ?? last + (1 - last) * Math.max(0, 1 - progress(state));
  },
};
