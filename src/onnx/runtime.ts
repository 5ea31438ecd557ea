import { createRequire } from "node:module";
import type * as OnnxRuntime from "onnxruntime-node";
import { ScidocsError } from "../errors.ts";
import { prepareNativeEnvironment, telemetrySwitch } from "../threads/nativeEnvironment.ts";

export type { InferenceSession, Tensor } from "onnxruntime-node";

let loaded: typeof OnnxRuntime | null = null;

/**
 * ONNX Runtime, loaded at the first call and with its telemetry off. The only place that loads it: a static import elsewhere would start
 * the binding before the telemetry is off, and would make every command need a binding that only some of them use.
 * @throws ScidocsError `UNAVAILABLE` where this machine cannot load it, or its telemetry cannot be turned off
 */
export function runtime(): typeof OnnxRuntime {
  if (loaded !== null) return loaded;
  if (!prepareNativeEnvironment()) {
    throw new ScidocsError(
      "UNAVAILABLE",
      `ONNX Runtime sends telemetry, which cannot be turned off from a worker thread: start the program with ${telemetrySwitch}=1 ` +
        `in its environment (or ${telemetrySwitch}=0 to allow it)`,
    );
  }
  try {
    loaded = createRequire(import.meta.url)("onnxruntime-node") as typeof OnnxRuntime;
  } catch (error) {
    throw loadingError(error);
  }
  // Native code would print what goes wrong straight to stderr, into the middle of our own lines; each error also comes as an exception.
  loaded.env.logLevel = "fatal";
  return loaded;
}

/** A tensor in JavaScript's memory; `data` is not copied. */
export function tensor(
  type: OnnxRuntime.Tensor.Type,
  data: OnnxRuntime.Tensor.DataType,
  dims: readonly number[],
): OnnxRuntime.Tensor {
  return new (runtime().Tensor)(type, data, dims);
}

function loadingError(error: unknown): ScidocsError {
  const problem = (error instanceof Error ? error.message : String(error)).split("\n")[0];
  return new ScidocsError(
    "UNAVAILABLE",
    `ONNX Runtime cannot be loaded on ${process.platform}-${process.arch}: ${problem}. Its package holds binaries for Linux (x64, arm64; ` +
      "glibc), macOS (arm64) and Windows (x64, arm64); where one of these is missing, install again with " +
      "`npm install --onnxruntime-node-install=skip`",
    { cause: error },
  );
}
