import { cosine } from "./cosine.ts";
import type { Distance } from "./distance.ts";
import { dot } from "./dot.ts";
import { l2Norm } from "./l2Norm.ts";

/** The distances that a triplet loss can be made of. */
export const distances: readonly Distance[] = [l2Norm, cosine, dot];
