import { type InferenceData, type InferenceReply, type InferenceRequest, openInference } from "./inference.ts";
import { answerCalls, threadData, throwIfStopped } from "./workerCalls.ts";

const infer = openInference(threadData<InferenceData>(), throwIfStopped);

answerCalls<InferenceRequest, InferenceReply>(async (request) => {
  const value = await infer(request);
  return { value, transfer: [value.vectors.buffer] };
});
