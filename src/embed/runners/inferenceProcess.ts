import { answerInProcess } from "../../threads/inProcess.ts";
import { type InferenceData, type InferenceReply, type InferenceRequest, openInference } from "./inference.ts";

answerInProcess<InferenceData, InferenceRequest, InferenceReply>((data) => openInference(data));
