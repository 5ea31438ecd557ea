export { type ErrorCode, exitCodes, ScidocsError } from "./errors.ts";
export type { OnProgress, ProgressEvent, RunControl } from "./progress.ts";
export { type VectorTable, vectorTable } from "./vectors/vectorTable.ts";
