import { readFile } from "node:fs/promises";
import { builtFile } from "../../threads/builtFile.ts";
import { openThreads } from "../../threads/threads.ts";
import type { LabelledRows } from "../labelledRows.ts";
import { type FitsUnderWay, fitAccount } from "./fitsUnderWay.ts";
import { allRows, classesOf, problemCount } from "./linearSvm.ts";
import { solvedPasses } from "./passesExpected.ts";
import { machineCores } from "./sharedCores.ts";
import { type SvmBlock, svmBlock } from "./svmBlock.ts";
import { lanesPerWorker, workerBytes } from "./svmLanes.ts";
import type { FitReached, SvmFit, SvmRequest, SvmWorkerData } from "./svmWorker.ts";

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

/** What problems took in all searches of this process. */
const passesLately = solvedPasses();

/**
 * Lays the rows out in shared memory and starts the threads. A fit's bits do not depend on how many there are.
 * @param onChange called when a fit has got further
 */
export async function openSvmPool(
  data: LabelledRows,
  threads: number,
  onChange: () => void = () => {},
): Promise<SvmPool> {
  const classes = classesOf(data.labels, allRows(data.labels));
  const problems = problemCount(classes.length);
  const block = await svmBlock(data, threads * workerBytes(data.rows.length, classes.length, data.dimensions));
  const module = await WebAssembly.compile(await readFile(builtFile(import.meta.url, "./linearSvm.wasm")));

  const workerData: SvmWorkerData = { module, block, problems };
  const script = builtFile(import.meta.url, "./svmWorker.js");
  const workers = openThreads<SvmRequest, SvmFit, FitReached>({
    script,
    data: workerData,
    count: threads,
    callsEach: lanesPerWorker,
  });
  const account = fitAccount(machineCores, passesLately, threads, block.stride);

  return {
    block,
    fitRows: async (request) => {
      const { C, rows } = request;
      const meter = account.asked({ C, rows: rows.length, problems });
      const onProgress = (so: FitReached): void => {
        meter.reached(so);
        onChange();
      };
      // The larger C is, the longer a fit takes, until all go to the limit: those that may be long begin first, spread over the threads.
      const fit = await workers.call(request, { onProgress, cost: rows.length * C });
      meter.ended();
      onChange();
      return fit;
    },
    work: account.work,
    close: () => {
      account.close();
      return workers.close();
    },
  };
}
