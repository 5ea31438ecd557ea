import { answerCalls } from "../../threads/inThread.ts";
import { measureStep, type StepTimes, type StepToMeasure } from "./measureStep.ts";

// In a thread of its own: ONNX Runtime blocks the thread that runs it, and the memory is given back when it ends.
answerCalls<StepToMeasure, StepTimes>(async (step) => ({ value: await measureStep(step) }));
