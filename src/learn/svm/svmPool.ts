import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { interrupted } from "../../errors.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { classesOf, type FitReport, problemCount } from "./linearSvm.ts";
import { type LabelledRows, type SvmBlock, svmBlock } from "./svmBlock.ts";
import { lanesPerWorker, type SvmJob, workerBytes } from "./svmLanes.ts";
import type { SvmAnswer, SvmRequest, SvmWorkerData } from "./svmWorker.ts";

/** A fit along the reference path and its accuracy on the rows held out of it. */
export interface SvmFit {
  readonly report: FitReport;
  /** Share of the held-out rows predicted rightly; NaN when there were none. */
  readonly accuracy: number;
}

/** Worker threads that make fits of one task along the reference path. */
export interface SvmPool {
  readonly block: SvmBlock;
  /** Makes a fit; of those that wait, the longest starts first. Rejects with `INTERRUPTED` once the pool is closed. */
  fitRows(job: SvmJob & { readonly heldOut: Int32Array }): Promise<SvmFit>;
  /** Visits of rows that all fits asked for are expected to take, and how many of them are done. */
  visits(): { readonly done: number; readonly expected: number };
  /** Stops the threads at once, whatever they are doing. */
  close(): Promise<void>;
}

interface Waiting {
  readonly request: SvmRequest;
  readonly resolve: (fit: SvmFit) => void;
  readonly reject: (error: unknown) => void;
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

  const waiting: Waiting[] = [];
  const running = new Map<number, Waiting & { readonly worker: number; share: number }>();
  let finishedVisits = 0;
  let askedVisits = 0;
  let nextId = 0;
  let failure: unknown = null;

  const fail = (error: unknown): void => {
    failure ??= error;
    for (const { reject } of [...waiting.splice(0), ...running.values()]) reject(failure);
    running.clear();
  };

  const dispatch = (): void => {
    while (waiting.length > 0) {
      const load = workers.map((_, worker) => [...running.values()].filter((fit) => fit.worker === worker).length);
      const worker = load.indexOf(Math.min(...load));
      if (load[worker]! >= lanesPerWorker) return;
      const next = waiting.reduce((a, b) => (expectedVisits(b.request) > expectedVisits(a.request) ? b : a));
      waiting.splice(waiting.indexOf(next), 1);
      running.set(next.request.id, { ...next, worker, share: 0 });
      workers[worker]!.postMessage(next.request);
    }
  };

  const settle = (answer: SvmAnswer): void => {
    const fit = running.get(answer.id);
    if (fit === undefined) return;
    if ("share" in answer) {
      fit.share = answer.share;
    } else {
      running.delete(answer.id);
      finishedVisits += expectedVisits(fit.request);
      fit.resolve({ report: answer.report, accuracy: answer.accuracy });
      dispatch();
    }
    onChange();
  };

  const workers = Array.from({ length: threads }, (_, worker) => {
    const workerData: SvmWorkerData = { module, block, worker, problems };
    return new Worker(builtFile(import.meta.url, "./svmWorker.js"), { workerData })
      .on("message", settle)
      .on("error", fail);
  });

  return {
    block,
    fitRows: (job) =>
      new Promise((resolve, reject) => {
        if (failure !== null) {
          reject(failure);
          return;
        }
        askedVisits += expectedVisits(job);
        waiting.push({ request: { ...job, id: nextId++ }, resolve, reject });
        // Jobs asked for in one go are all queued before the longest of them is taken.
        queueMicrotask(dispatch);
      }),
    visits: () => ({
      done: [...running.values()].reduce(
        (sum, { request, share }) => sum + share * expectedVisits(request),
        finishedVisits,
      ),
      expected: askedVisits,
    }),
    close: async () => {
      fail(interrupted());
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
