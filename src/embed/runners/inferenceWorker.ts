import { answerCalls, threadData, throwIfStopped } from "../../threads/inThread.ts";
import { type InferenceData, type InferenceReply, type InferenceRequest, openInference } from "./inference.ts";

const infer = openInference(threadData<InferenceData>(), throwIfStopped);

answerCalls<InferenceRequest, InferenceReply>(async (request) => {
  const value = await infer(request);
  return { value, transfer: [value.vectors.buffer] };
});
