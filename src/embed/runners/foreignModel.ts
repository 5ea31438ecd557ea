import { fileError, ScidocsError } from "../../errors.ts";
import { openProcess, ProcessEnded, type ProcessLimits } from "../../threads/boundedProcess.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { memoryLimitBytes } from "../../threads/memoryLimit.ts";
import type { InferenceData, InferenceReply, InferenceRequest } from "./inference.ts";

/** A session of a model, wherever it runs. */
export interface ModelSession {
  readonly call: (request: InferenceRequest) => Promise<InferenceReply>;
  readonly close: () => Promise<void>;
}

/** Processor time for a batch, by far more than any needs: for each thread ten minutes, and a second for each megabyte of weights. */
function limitsFor(weights: number, threads: number): ProcessLimits {
  return { memoryBytes: memoryLimitBytes(), cpuMs: threads * (600_000 + weights / 1000) };
}

/**
 * Opens a session of a model whose graph is not of our making, in a process of its own: a graph can run for ever, take all memory, or end
 * the process that runs it, by a whole-number division that the processor refuses for one. Which graphs can is not to be seen in them.
 * @param weights bytes of the model
 * @param limits what a batch may take; by far more than any needs, where nothing is said
 * @throws ScidocsError from its calls: `BAD_INPUT` where the process came to its end, naming the model
 */
export function openForeign(
  data: InferenceData,
  weights: number,
  signal?: AbortSignal,
  limits: ProcessLimits = limitsFor(weights, data.threads),
): ModelSession {
  const script = builtFile(import.meta.url, "./inferenceProcess.js");
  const { call, close } = openProcess<InferenceRequest, InferenceReply>({ script, data, limits, signal });
  return {
    call: (request) =>
      call(request).catch((error: unknown) => {
        throw error instanceof ProcessEnded ? endOf(error, data.modelFile, request, limits) : error;
      }),
    close,
  };
}

function endOf(
  error: ProcessEnded,
  modelFile: string,
  { lengths }: InferenceRequest,
  limits: ProcessLimits,
): ScidocsError {
  const batch = `a batch of ${lengths.length} texts of up to ${Math.max(...lengths)} tokens`;
  switch (error.reason) {
    case "memory":
      return new ScidocsError(
        "UNAVAILABLE",
        `${modelFile}: not enough memory for ${batch}; use a smaller --batch-tokens or --max-length. If others of its size run here, its graph asks for too much`,
        { cause: error },
      );
    case "time":
      return fileError(
        modelFile,
        null,
        `did not come to an end with ${batch} in ${Math.round(limits.cpuMs / 60_000)} minutes of processor time: its graph holds a loop without end, most likely`,
        error,
      );
    case "crash":
      return fileError(
        modelFile,
        null,
        `breaks ONNX Runtime (${error.how}) when it is opened or runs ${batch}: as a whole-number division of the least number by -1 does, or functions ` +
          "that lie too deeply in each other; export it again",
        error,
      );
  }
}
