import { fileError, ScidocsError } from "../errors.ts";

/** Whether an error is Node's for a path that is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** Node's error about a path as one of ours. */
export function pathError(file: string, error: unknown): ScidocsError {
  if (error instanceof ScidocsError) return error;
  if (isNotFound(error)) return new ScidocsError("NOT_FOUND", `${file} is missing`, { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return fileError(file, null, `cannot be read (${reason})`, error);
}
