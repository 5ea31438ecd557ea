import type { RunControl } from "../progress.ts";
import { breathe } from "../threads/breathe.ts";

/** Milliseconds of work between two looks at the stop signal. */
const sliceMs = 40;

/** Calls back for every row, giving way to other events as it goes. @throws ScidocsError `INTERRUPTED` */
export async function forEachRow(rows: number, onRow: (row: number) => void, control: RunControl): Promise<void> {
  let sliceEnd = performance.now() + sliceMs;
  for (let row = 0; row < rows; row++) {
    onRow(row);
    if ((row & 15) !== 0 || performance.now() < sliceEnd) continue;
    await breathe(control);
    sliceEnd = performance.now() + sliceMs;
  }
}
