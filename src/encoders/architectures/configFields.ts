import { z } from "zod";
import { fileError } from "../../errors.ts";
import { printableValue } from "../../printable.ts";

/** A whole number above 0. */
export const positive = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1);
/** Layers of a model: the deepest that is known has some hundred, and each costs names and nodes before any weight is read. */
export const layerCount = positive.max(1000);

/** What a norm adds to a variance: of another size it would be all that counts, or nothing in single precision. */
export const normEpsilon = z.number().min(1e-30).max(1);

/**
 * Positions of an encoder that has no table of them among its weights: rows of cosines and sines are made for each. The longest contexts
 * that encoders are published with are a quarter of it.
 */
export const madePositions = positive.max(2 ** 17);

/** Base of rotary positions; published ones are from 1,000 to some millions. */
export const rotaryBase = z.number().min(1).max(1e12);

/** What transformers 5 writes of rotary positions; a base that is missing stands elsewhere or is the class's own. */
export const rotaryParameters = z.strictObject({
  rope_theta: rotaryBase.optional(),
  rope_type: z.string().default("default"),
  partial_rotary_factor: z.literal(1).optional(),
});

/** Refuses rotary positions that are stretched or scaled. */
export function requirePlainRotary(
  file: string,
  parameters: z.infer<typeof rotaryParameters> | null | undefined,
): void {
  const type = parameters?.rope_type ?? "default";
  if (type !== "default") refuse(file, `rope_type is "${type}"`);
}

/** Names of the activation x·Φ(x) computed with the error function; `gelu_new` and the like are approximations by tanh. */
const erfGelus: readonly string[] = ["gelu", "gelu_python"];

/**
 * Says that a configuration asks for something that the graph would not compute.
 * @throws ScidocsError always
 */
export function refuse(file: string, what: string): never {
  throw fileError(
    file,
    null,
    `${what}, which cannot be converted. Export the model to ONNX with its own tools and give the .onnx file`,
  );
}

/**
 * Reads a configuration's fields.
 * @param what the kind of model, for the message
 * @throws ScidocsError listing the fields that are missing or of another type
 */
export function readFields<Fields>(file: string, config: unknown, schema: z.ZodType<Fields>, what: string): Fields {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  throw fileError(file, null, `is not the configuration of ${what}: ${z.prettifyError(parsed.error)}`);
}

/**
 * Refuses a size that a file states under two names and differently: which of them counts depends on the code that reads it.
 * @param names each with its other one
 */
export function refuseTwoSizes(
  file: string,
  config: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
): void {
  for (const [name, other] of Object.entries(names)) {
    const [first, second] = [config[name], config[other]];
    if (first == null || second == null || first === second) continue;
    throw fileError(
      file,
      null,
      `${name} is ${printableValue(first, 40)} and ${other} ${printableValue(second, 40)}, two names of one size; remove the one that is not meant`,
    );
  }
}

/**
 * Refuses what any kind of encoder may be declared to be used as, and no graph of ours does.
 * @throws ScidocsError naming the field
 */
export function refuseOtherUses(file: string, config: Readonly<Record<string, unknown>>): void {
  const { is_causal: causal, per_layer_config: layers } = config;
  if (causal != null && causal !== false) refuse(file, `is_causal is ${printableValue(causal, 40)}`);
  if (layers != null && Object.keys(Object(layers)).length > 0) refuse(file, "per_layer_config is not empty");
}

/** Refuses an activation that is not the exact GELU. */
export function requireGelu(file: string, key: string, value: string): void {
  if (!erfGelus.includes(value)) refuse(file, `${key} is "${value}"`);
}

/** Refuses heads whose numbers do not pair up, as rotary positions turn them. */
export function requirePairs(file: string, hiddenSize: number, heads: number): void {
  const width = hiddenSize / heads;
  if (width % 2 !== 0) throw fileError(file, null, `its heads are ${width} wide, and rotary positions turn pairs`);
}

/** Refuses a width that does not split into heads. */
export function requireHeads(file: string, hiddenSize: number, heads: number, names: readonly [string, string]): void {
  if (hiddenSize % heads === 0) return;
  throw fileError(file, null, `${names[0]} ${hiddenSize} is no multiple of ${names[1]} ${heads}`);
}
