import { answerCalls } from "../../threads/inThread.ts";
import type { LabelledRows } from "../labelledRows.ts";
import { logisticPredictions } from "./logisticProbe.ts";

/** What the worker is asked; it answers with the predicted labels. */
export interface LogisticRequest {
  readonly train: LabelledRows;
  readonly evaluated: LabelledRows;
}

answerCalls<LogisticRequest, Int32Array>(({ train, evaluated }) => ({ value: logisticPredictions(train, evaluated) }));
