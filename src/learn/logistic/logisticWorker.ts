import { parentPort, workerData } from "node:worker_threads";
import type { LabelledRows } from "../svm/svmBlock.ts";
import { logisticPredictions } from "./logisticProbe.ts";

/** What the worker is started with; it answers with the predicted labels, then ends. */
export interface LogisticData {
  readonly train: LabelledRows;
  readonly evaluated: LabelledRows;
}

const { train, evaluated } = workerData as LogisticData;
parentPort?.postMessage(logisticPredictions(train, evaluated));
