import { fileError } from "../../errors.ts";

/** Runs some texts' token ids together, and gives their vectors end to end. */
export type RunTexts = (texts: readonly Int32Array[]) => Promise<Float32Array>;

/** What an exported graph must be for its vectors to mean anything. */
interface Trial {
  readonly modelFile: string;
  /** A text of the run. */
  readonly text: Int32Array;
  /** Whether shorter texts run beside longer ones. */
  readonly padded: boolean;
}

/** Share of a vector's length by which two runs of one text may differ: sums that threads add up in another order come to far less. */
const mostBetweenRuns = 1e-3;
/** The same for a text alone and beside another: 8-bit products, which are scaled over a batch, come to a tenth. */
const mostBetweenBatches = 0.1;

/**
 * Tries a model whose graph is not of our making on half a text, twice: a graph exported in training mode draws random numbers, which is
 * not seen in its vectors.
 * @throws ScidocsError `BAD_INPUT` where the same text does not get the same vector
 */
export async function tryTwice({ modelFile, text }: Trial, run: RunTexts): Promise<void> {
  const half = firstHalf(text);
  const apart = difference(await run([half]), await run([half]));
  if (apart <= mostBetweenRuns) return;
  throw fileError(
    modelFile,
    null,
    `gives one text another vector every time (${percent(apart)} off): it draws random numbers or keeps a state, as a model in training does; ` +
      "export it in evaluation mode (model.eval())",
  );
}

/**
 * Tries it on half a text alone and beside a longer one: a graph that takes means over the batch as in training, or that overlooks its
 * mask and counts padding, gives other vectors there.
 * @returns what a user should hear; null for nothing
 * @throws ScidocsError `BAD_INPUT` where even the lengths of the vectors differ
 */
export async function tryBeside({ modelFile, text, padded }: Trial, run: RunTexts): Promise<string | null> {
  const half = firstHalf(text);
  // Backwards, so that the two differ at every place.
  const mate = text.slice(padded ? 0 : text.length - half.length).reverse();
  const alone = await run([half]);
  const both = await run([half, mate]);
  if (both.length !== 2 * alone.length) {
    throw fileError(
      modelFile,
      null,
      `gives vectors of ${alone.length} numbers for a text alone and of ${both.length / 2} beside a longer one; name another output with --output`,
    );
  }
  const apart = difference(alone, both.subarray(0, alone.length));
  if (apart <= mostBetweenBatches) return null;
  return (
    `${modelFile}: the vector of a text depends on the texts that run beside it (${percent(apart)} off beside a longer one): its graph counts padding, or ` +
    "takes means over the batch as in training; export it again, or run texts one by one with --batch-tokens 1"
  );
}

function firstHalf(text: Int32Array): Int32Array {
  return text.slice(0, Math.ceil(text.length / 2));
}

/** How far two vectors are apart, as a share of the first one's length; 0 where numbers are not finite, which the run itself tells. */
function difference(a: Float32Array, b: Float32Array): number {
  let [apart, length] = [0, 0];
  for (const [k, value] of a.entries()) {
    apart += (value - (b[k] ?? 0)) ** 2;
    length += value ** 2;
  }
  const share = Math.sqrt(apart / length);
  return Number.isFinite(share) ? share : 0;
}

function percent(share: number): string {
  return `${Math.ceil(1000 * share) / 10} %`;
}
