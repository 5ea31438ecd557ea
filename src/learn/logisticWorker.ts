import { parentPort, workerData } from "node:worker_threads";
import { logisticPredictions } from "./logisticProbe.ts";
import type { LabelledRows } from "./svmBlock.ts";

/** What the worker is started with; it answers with the predicted labels, then ends. */
export interface LogisticData {
  readonly train: LabelledRows;
  readonly evaluated: LabelledRows;
}

const { train, evaluated } = workerData as LogisticData;
parentPort?.postMessage(logisticPredictions(train, evaluated));
