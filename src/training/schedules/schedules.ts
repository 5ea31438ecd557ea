import { constant, cosineSchedule, cosineWithRestarts, linear, polynomial } from "./plain.ts";
import type { Schedule } from "./schedule.ts";
import { slantedTriangular } from "./slantedTriangular.ts";

/** The learning rates over time that a training can follow. */
export const schedules: readonly Schedule[] = [
  linear,
  cosineSchedule,
  cosineWithRestarts,
  polynomial,
  slantedTriangular,
  constant,
];
