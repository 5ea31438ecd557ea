import { Models } from "./encoderThreads.ts";
import type { WindowRunner } from "./runner.ts";

/**
 * Embeds with threads of this process, each with a session of the model.
 * @param threads threads of the inference
 */
export function threadRunner(threads: number): WindowRunner {
  return {
    open: async ({ encoder }, { signal }) => {
      const models = await Models.open(encoder, threads, signal);
      return {
        parcelTexts: 1,
        // One batch waits behind the one under way, so that no session is ever idle.
        capacity: () => 2 * models.count,
        run: ({ batches }) => Promise.all(batches.map(({ request }) => models.call(request))),
        detail: () => null,
        notes: async () => [],
        close: () => models.close(),
      };
    },
  };
}
