import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { fileError } from "../../errors.ts";
import { isOptionalThere } from "../../files/isThere.ts";
import { readJsonFileSync, readJsonObject } from "../../files/jsonFile.ts";
import { printable } from "../../printable.ts";
import { type Activation, activations } from "../activations.ts";
import type { VectorStep } from "../vectorSteps.ts";
import { type DeclaredPooling, readPoolingModule } from "./poolingModule.ts";

/** The modules of a sentence-transformers folder, each understood. */
export interface DeclaredModules {
  /** Where configuration, weights and tokenizer of the encoder lie. */
  readonly encoderFolder: string;
  readonly pooling: DeclaredPooling;
  readonly steps: readonly VectorStep[];
  /** The files that decide about the vectors, the encoder's own aside. */
  readonly files: readonly string[];
}

const modulesSchema = z
  .array(
    z.object({
      path: z
        .string()
        .refine((path) => !isAbsolute(path) && !path.split(/[\\/]/).includes(".."), "expected a place in this folder")
        .default(""),
      type: z.string(),
      name: z.string().optional(),
    }),
  )
  .min(1);

/**
 * Reads `modules.json`: the encoder, its pooling, and the steps after it.
 * @throws ScidocsError naming a module that we do not know, or what one of them lacks
 */
export function readModules(folder: string): DeclaredModules {
  const file = join(folder, "modules.json");
  const parsed = modulesSchema.safeParse(readJsonFileSync(file));
  if (!parsed.success) throw fileError(file, null, `is no list of modules: ${z.prettifyError(parsed.error)}`);
  const names = parsed.data.flatMap(({ name }) => name ?? []);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw fileError(file, null, `names two modules ${printable(twice, 40)}: the library would leave one of them out`);
  }
  const modules = parsed.data.map(({ path, type }) => ({ kind: kindOf(file, type), folder: join(folder, path) }));
  const [encoder, pooling, ...rest] = modules;
  if (encoder?.kind !== "Transformer" || pooling?.kind !== "Pooling") {
    const kinds = modules.map(({ kind }) => kind).join(", ");
    throw fileError(file, null, `its modules are ${kinds}; a Transformer and a Pooling should come first`);
  }
  const poolingFile = join(pooling.folder, "config.json");
  if (!isOptionalThere(poolingFile)) {
    throw fileError(file, null, `declares a Pooling whose ${poolingFile} is missing; download the whole folder`);
  }
  const files = [file, poolingFile];
  const steps = rest.flatMap(({ kind, folder: place }): VectorStep[] => {
    const config = join(place, "config.json");
    if (kind === "Normalize") {
      if (isOptionalThere(config)) files.push(config);
      return [normalizeStep(config)];
    }
    // Dropout does nothing outside training.
    if (kind === "Dropout") return [];
    const weights = ["model.safetensors", "pytorch_model.bin"].map((name) => join(place, name)).find(isOptionalThere);
    if (!isOptionalThere(config) || weights === undefined) {
      throw fileError(
        file,
        null,
        `declares a ${kind} whose ${isOptionalThere(config) ? "weights are" : "config.json is"} missing in ${place}`,
      );
    }
    files.push(config, weights);
    return [kind === "Dense" ? denseStep(config, weights) : layerNormStep(config, weights)];
  });
  return { encoderFolder: encoder.folder, pooling: readPoolingModule(poolingFile), steps, files };
}

/** Modules by the last part of their class's name. */
const kinds = ["Transformer", "Pooling", "Dense", "LayerNorm", "Normalize", "Dropout"] as const;
type Kind = (typeof kinds)[number];

function kindOf(file: string, type: string): Kind {
  const kind = kinds.find((known) => known === type.slice(type.lastIndexOf(".") + 1));
  if (kind !== undefined && type.startsWith("sentence_transformers.")) return kind;
  throw fileError(
    file,
    null,
    type.startsWith("sentence_transformers.")
      ? `declares the module ${type}, which we do not know (known: ${kinds.join(", ")}). Its vectors would be others without it`
      : `declares the module ${type}, a class of the folder's own Python code, which is never run here`,
  );
}

// A key that the library does not know ends it; one of a later version may change the vector.
const denseSchema = z.strictObject({
  in_features: z.number().int().positive(),
  out_features: z.number().int().positive(),
  bias: z.boolean().default(true),
  activation_function: z.string().default("torch.nn.modules.activation.Tanh"),
  module_input_name: z.literal("sentence_embedding").default("sentence_embedding"),
  module_output_name: z.literal("sentence_embedding").nullish(),
  use_residual: z.literal(false, "expected false: adding what came in is not built").optional(),
});

/** Of a Normalize: since 2026 it may normalize something else than the vector. */
const normalizeSchema = denseSchema.pick({ module_input_name: true, module_output_name: true });

function normalizeStep(config: string): VectorStep {
  const parsed = normalizeSchema.safeParse(isOptionalThere(config) ? readJsonObject(config) : {});
  if (!parsed.success) throw fileError(config, null, `is no Normalize we know: ${z.prettifyError(parsed.error)}`);
  return { kind: "normalize" };
}

function denseStep(config: string, file: string): VectorStep {
  const parsed = denseSchema.safeParse(readJsonObject(config));
  if (!parsed.success) throw fileError(config, null, `is no Dense module we know: ${z.prettifyError(parsed.error)}`);
  const { in_features: inputs, out_features: outputs, bias, activation_function: name } = parsed.data;
  const short = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const known = Object.keys(activations).find((activation): activation is Activation => activation === short);
  if (known === undefined || !name.startsWith("torch.nn.")) {
    throw fileError(
      config,
      null,
      `activation_function ${name} is not known (known are these of torch.nn: ${Object.keys(activations).join(", ")})`,
    );
  }
  return { kind: "dense", file, inputs, outputs, bias, activation: known };
}

const layerNormSchema = z.strictObject({ dimension: z.number().int().positive() });

function layerNormStep(config: string, file: string): VectorStep {
  const parsed = layerNormSchema.safeParse(readJsonObject(config));
  if (!parsed.success) throw fileError(config, null, `is no LayerNorm module: ${z.prettifyError(parsed.error)}`);
  return { kind: "layer-norm", file, width: parsed.data.dimension };
}
