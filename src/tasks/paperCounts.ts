import { z } from "zod";

const count = z.int().nonnegative();

/** The counters behind "nothing is skipped silently". Every number counts distinct papers unless its name says otherwise. */
export const paperCounts = z.object({
  /** Distinct papers that the task and split need. */
  expected: count,
  /** Of those, how many had a vector. */
  embedded: count,
  /** Of those, how many had none, an empty vector (`[]`) included. */
  missing: count,
  /** Papers given an empty vector (`[]`); they are among `missing`. */
  emptyVector: count,
  /** Papers whose title and abstract are both empty; null where the texts were not read. */
  emptyText: count.nullable(),
  /** Papers whose text was cut to the maximum length; null where the texts were not read. */
  truncated: count.nullable(),
});
export type PaperCounts = z.infer<typeof paperCounts>;
