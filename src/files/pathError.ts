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

/** What a system says when a file, a disk or a limit is not as it should be. Others, as EBADF and EINVAL, are faults of a program. */
const troubles = new Set(
  (
    "EACCES EAGAIN EBUSY EDQUOT EEXIST EFBIG EIO EISDIR ELOOP EMFILE EMLINK ENAMETOOLONG ENFILE ENODEV ENOENT ENOLCK ENOMEM ENOSPC " +
    "ENOTCONN ENOTDIR ENOTEMPTY ENXIO EPERM EREMOTEIO EROFS ESTALE ETIMEDOUT ETXTBSY EXDEV"
  ).split(" "),
);

/** What JavaScript says when a string, a list or a table would become longer than it can. */
const limits =
  /^(Map|Set) maximum size exceeded|^Invalid string length|^Cannot create a string longer|^Array buffer allocation failed/;

/** What it says when the system grants no memory: a WebAssembly memory reserves ten GB of addresses, however little of them it uses. */
const noMemory = /^WebAssembly\.\w+\(\): (could not allocate memory|Out of memory)/;

/**
 * A system call's failure, wherever it came from, as an error of ours; null for any other error. Most calls say by themselves what their
 * failure means; this is for the others, for a disk that breaks is no fault of the program.
 */
export function systemTrouble(error: unknown): ScidocsError | null {
  if (error instanceof Error && limits.test(error.message)) {
    return new ScidocsError(
      "BAD_INPUT",
      `something that was read is larger than a program can hold (${error.message}); give it less at once`,
      { cause: error },
    );
  }
  if (error instanceof Error && noMemory.test(error.message)) {
    return new ScidocsError(
      "UNAVAILABLE",
      `the system grants no more memory (${error.message}); lift the limit on address space (\`ulimit -v\`), if there is one, or give it less at once`,
      { cause: error },
    );
  }
  if (!(error instanceof Error && "code" in error && "syscall" in error)) return null;
  if (!troubles.has(String(error.code))) return null;
  return new ScidocsError("UNAVAILABLE", `a file or the disk fails: ${error.message}; put that right and run again`, {
    cause: error,
  });
}
