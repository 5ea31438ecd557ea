import type { Schedule } from "./schedule.ts";

const cutFraction = 0.1;
const ratio = 32;

/**
 * Slanted triangular (Howard and Ruder 2018, section 3.2) as AllenNLP 0.9 has it: a steep rise over the first tenth, then a straight line
 * down to a 32nd. The length is worked out anew at each epoch's end, from the updates that the past ones really had, so that the rate can
 * jump there.
 */
export const slantedTriangular: Schedule = {
  id: "slanted-triangular",
  description: "a rise over a tenth of the updates, then a straight line down to a 32nd",
  risesByItself: true,
  factor({ done, epochs, updatesPerEpoch, pastEpochs }) {
    const past = pastEpochs.reduce((sum, updates) => sum + updates, 0);
    // In the first epoch the plan stretches when there are more updates than planned; afterwards the mean is cut to a whole number.
    const perEpoch =
      pastEpochs.length === 0 ? Math.max(updatesPerEpoch, done + 1) : Math.trunc(past / pastEpochs.length);
    const total = epochs * perEpoch;
    const cut = Math.trunc(total * cutFraction);
    const update = Math.min(done + 1, total);
    const height = update < cut ? update / cut : 1 - (update - cut) / (total - cut);
    return (1 + (ratio - 1) * height) / ratio;
  },
};
