import { type ErrorCode, exitCodes, ScidocsError } from "../errors.ts";

/** An error on its way from one thread to another; copied as it is, it would lose its class, its code and its cause. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** What Node says about a failed system call. */
  readonly fields: Readonly<Record<string, string | number>>;
  readonly cause: PackedError | null;
}

const fieldNames = ["code", "errno", "syscall", "path"] as const;

/** Packs whatever was thrown. */
export function packError(thrown: unknown): PackedError {
  if (!(thrown instanceof Error)) {
    return { name: "Error", message: String(thrown), stack: undefined, fields: {}, cause: null };
  }
  const { name, message, stack, cause } = thrown;
  const fields = fieldNames.flatMap((field): [string, string | number][] => {
    const value = (thrown as NodeJS.ErrnoException)[field];
    return typeof value === "string" || typeof value === "number" ? [[field, value]] : [];
  });
  return {
    name,
    message,
    stack,
    fields: Object.fromEntries(fields),
    cause: cause === undefined ? null : packError(cause),
  };
}

/** The error as it was thrown, with the stack of the thread that threw it. */
export function unpackError({ name, message, stack, fields, cause }: PackedError): Error {
  const options = cause === null ? undefined : { cause: unpackError(cause) };
  const { code } = fields;
  const error =
    name === "ScidocsError" && isErrorCode(code)
      ? new ScidocsError(code, message, options)
      : Object.assign(new Error(message, options), { name }, fields);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && code in exitCodes;
}
