import { isMainThread } from "node:worker_threads";

/** ONNX Runtime reads it once, when its binding starts: set, nothing is sent and no device id is written. */
export const telemetrySwitch = "ORT_DISABLE_TELEMETRY";

/**
 * Sets what native code must find in the process's environment, unless the user has set it otherwise: ONNX Runtime's telemetry is off.
 * It comes before a binding is loaded and before a thread starts, for a thread's own environment is a copy that native code does not see.
 * @returns false in a thread of a process where it has not been set, for there it cannot be done any more
 */
export function prepareNativeEnvironment(): boolean {
  if (process.env[telemetrySwitch] !== undefined) return true;
  if (!isMainThread) return false;
  process.env[telemetrySwitch] = "1";
  return true;
}
