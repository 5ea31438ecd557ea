import { throwIfAborted } from "../errors.ts";
import type { RunControl } from "../progress.ts";

/** Lets the event loop run between two stretches of work, and stops where that is asked for. */
export async function breathe(control: Pick<RunControl, "signal"> = {}): Promise<void> {
  await new Promise(setImmediate);
  throwIfAborted(control.signal);
}
