import { z } from "zod";

const count = z.number().int().nonnegative();
/** A number that JSON cannot hold is written as its name. */
const loss = z.number();

/** How far a training has come. */
export const trainingStateSchema = z
  .object({
    /** Updates made. */
    update: count,
    epoch: count,
    /** Batches of this epoch that are done. */
    batch: count,
    /** Batches whose gradients are in the sum of the update under way. */
    part: count,
    /** Sum of the losses of those. */
    lossSum: loss,
    /** Updates of this epoch. */
    epochUpdates: count,
    /** Sum of the losses of this epoch's updates. */
    epochLossSum: loss,
    /** Updates that each past epoch had. */
    pastEpochs: z.array(count),
    /** The checkpoint with the best score so far: a dev loss (smaller is better) or a benchmark's (larger is better). */
    best: z.object({ update: count, score: z.number() }).nullable(),
    /** Looks at epochs' ends since the best. */
    epochsSinceBest: count,
    /** Update of the last look at the dev set, and what was seen. */
    lastLook: z.object({ update: count, devLoss: z.number().nullable() }).nullable(),
    finished: z.boolean(),
  })
  // A state that contradicts itself would leave out triplets, or take them twice.
  .refine(
    ({ update, epoch, epochUpdates, pastEpochs }) =>
      epoch === pastEpochs.length && update === pastEpochs.reduce((sum, each) => sum + each, epochUpdates),
  );
export type TrainingState = z.infer<typeof trainingStateSchema>;

/** The state before the first batch. */
export const initialState: TrainingState = {
  update: 0,
  epoch: 0,
  batch: 0,
  part: 0,
  lossSum: 0,
  epochUpdates: 0,
  epochLossSum: 0,
  pastEpochs: [],
  best: null,
  epochsSinceBest: 0,
  lastLook: null,
  finished: false,
};
