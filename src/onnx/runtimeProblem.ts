import { fileError, ScidocsError } from "../errors.ts";

/** What ONNX Runtime's messages mean for a user, the first fit counts. */
const causes: readonly { readonly pattern: RegExp; readonly advice: string }[] = [
  {
    pattern: /out of bounds|out of data bounds|indices element|index.*out of range/i,
    advice:
      "a token's number or its position is past the end of a table: the tokenizer belongs to another model, or the text is longer than the model takes (try a smaller --max-length)",
  },
  {
    pattern:
      /invalid dimensions|Got: \d+ Expected: \d+|dimension mismatch|cannot broadcast|BroadcastIterator|right operand cannot/i,
    advice: "the model was exported for another number of texts or tokens: export it with dynamic axes for both",
  },
  {
    pattern: /not.?implemented|could not find an implementation|unsupported/i,
    advice: "this build of ONNX Runtime lacks an operator of the model: export it with another opset or precision",
  },
];

/**
 * What went wrong inside ONNX Runtime while a batch ran, as an error of the input: the model, its tokenizer and the machine decide about it.
 * @param count texts of the batch
 * @param width tokens of the longest
 */
export function runtimeProblem(modelFile: string, count: number, width: number, error: unknown): ScidocsError {
  // A session's own error says less than what it was made from.
  const origin = error instanceof ScidocsError ? (error.cause ?? error) : error;
  const message = origin instanceof Error ? origin.message : String(origin);
  const [firstLine = ""] = message.split("\n");
  if (/bad_alloc|out of memory|failed to allocate|cannot allocate/i.test(message)) {
    return new ScidocsError(
      "UNAVAILABLE",
      `${modelFile}: not enough memory for a batch of ${count} texts of up to ${width} tokens; use a smaller --batch-tokens or --max-length (${firstLine})`,
      { cause: error },
    );
  }
  const advice =
    causes.find(({ pattern }) => pattern.test(message))?.advice ??
    "the model cannot run on this input; export it again";
  return fileError(
    modelFile,
    null,
    `ONNX Runtime stopped at a batch of ${count} texts of up to ${width} tokens: ${firstLine}. Most likely ${advice}`,
    error,
  );
}
