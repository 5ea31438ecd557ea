import { readFile } from "node:fs/promises";
import { builtFile } from "../../threads/builtFile.ts";
import { openThreads } from "../../threads/threads.ts";
import type { LabelledRows } from "../labelledRows.ts";
import { classesOf, problemCount } from "./linearSvm.ts";
import { type SvmBlock, svmBlock } from "./svmBlock.ts";
import { lanesPerWorker, type SvmJob, workerBytes } from "./svmLanes.ts";
import type { SvmFit, SvmRequest, SvmWorkerData } from "./svmWorker.ts";

/** Where a fit was at a time. */
interface Mark {
  readonly ms: number;
  readonly share: number;
}

/** How far fits have come that run side by side. */
export interface FitsUnderWay {
  /** Visits of rows that are done. */
  readonly done: number;
  /** Visits that all fits asked for are expected to take. */
  readonly expected: number;
  /** How long the last of those under way still takes at its own pace: a fit is one chain of steps, which no idle core shortens. */
  readonly longestLeftMs: number;
}

/** Worker threads that make fits of one task along the reference path. */
export interface SvmPool {
  readonly block: SvmBlock;
  /** Makes a fit; of those that wait, the longest starts first. Rejects with `INTERRUPTED` once the pool is closed. */
  fitRows(request: SvmRequest): Promise<SvmFit>;
  /** How far all fits asked for have come. */
  work(): FitsUnderWay;
  /** Stops the threads at once, whatever they are doing. */
  close(): Promise<void>;
}

/** Visits of rows to expect, for scheduling and for progress only: from C = 0.1 on, vectors of real encoders take the solver to its limit. */
function expectedVisits({ C, rows }: SvmJob): number {
  return rows.length * Math.min(1000, 10 + 13_000 * C);
}

/**
 * Lays the rows out in shared memory and starts the threads. A fit's bits do not depend on how many there are.
 * @param onChange called when a fit has got further
 */
export async function openSvmPool(
  data: LabelledRows,
  threads: number,
  onChange: () => void = () => {},
): Promise<SvmPool> {
  const classes = classesOf(data.labels, Int32Array.from(data.labels.keys()));
  const problems = problemCount(classes.length);
  const block = await svmBlock(data, threads * workerBytes(data.rows.length, classes.length, data.dimensions));
  const module = await WebAssembly.compile(await readFile(builtFile(import.meta.url, "./linearSvm.wasm")));

  const workerData: SvmWorkerData = { module, block, problems };
  const script = builtFile(import.meta.url, "./svmWorker.js");
  const workers = openThreads<SvmRequest, SvmFit, number>({
    script,
    data: workerData,
    count: threads,
    callsEach: lanesPerWorker,
  });
  /** Of each fit under way: its visits, its share, and what was first heard of it. */
  const underWay = new Map<SvmRequest, { readonly visits: number; readonly first: Mark; share: number }>();
  let finished = 0;
  let asked = 0;

  return {
    block,
    fitRows: async (request) => {
      const visits = expectedVisits(request);
      asked += visits;
      const onProgress = (share: number): void => {
        const known = underWay.get(request);
        if (known === undefined) underWay.set(request, { visits, first: { ms: performance.now(), share }, share });
        else known.share = share;
        onChange();
      };
      const fit = await workers.call(request, { onProgress, cost: visits });
      underWay.delete(request);
      finished += visits;
      onChange();
      return fit;
    },
    work: () => {
      const now = performance.now();
      let [done, longestLeftMs] = [finished, 0];
      for (const { visits, first, share } of underWay.values()) {
        done += share * visits;
        const leftMs = ((now - first.ms) * (1 - share)) / (share - first.share);
        if (share > first.share) longestLeftMs = Math.max(longestLeftMs, leftMs);
      }
      return { done, expected: asked, longestLeftMs };
    },
    close: workers.close,
  };
}
