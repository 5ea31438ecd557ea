import { join } from "node:path";
import { z } from "zod";
import { fileError, firstFew } from "../../errors.ts";
import { isOptionalThere } from "../../files/isThere.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import { printable, printableValue } from "../../printable.ts";
import { poolingText } from "../pooling.ts";
import { stepsText } from "../vectorSteps.ts";
import { type DeclaredModules, readModules } from "./modules.ts";

/** Everything that a sentence-transformers folder says about how its encoder is to be used. */
export interface Declaration extends DeclaredModules {
  /** The folder's `modules.json`. */
  readonly file: string;
  /** Longest input in tokens; null where the folder leaves it to the tokenizer and the model. */
  readonly maxLength: number | null;
  readonly lowerCase: boolean;
  /** From version 5.4 on, texts are not stripped, and lower-casing spares the special tokens. */
  readonly textAsItIs: boolean;
  /** Texts to put before a paper's, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** The prompt that applies where none is asked for. */
  readonly defaultPrompt: string | null;
}

/** Names of the file with the limits, the usual one first; the others are of 2019. */
const limitFiles = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"].map(
  (kind) => `sentence_${kind}_config.json`,
);

/** What of the file with the limits counts; what is of another kind would be passed over, and other vectors would come out. */
const limitSchema = z.object({
  max_seq_length: z.number().int().min(3).nullish(),
  do_lower_case: z.boolean().nullish(),
});

/** What of `config_sentence_transformers.json` counts. */
const mainSchema = z.object({
  prompts: z.record(z.string(), z.string().nullable()).nullish(),
  default_prompt_name: z.string().nullish(),
  truncate_dim: z.number().int().positive().nullish(),
});

function read<Fields>(file: string, content: unknown, schema: z.ZodType<Fields>): Fields {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw fileError(file, null, `does not declare what we can use: ${z.prettifyError(parsed.error)}`);
}

/** Whether a folder declares how its encoder is used. */
export function hasDeclaration(folder: string): boolean {
  return isOptionalThere(join(folder, "modules.json"));
}

/**
 * Reads what a sentence-transformers folder declares: https://sbert.net, versions 0.3 to 5.
 * @throws ScidocsError naming what we do not know: it would change the vectors
 */
export function readDeclaration(folder: string): Declaration {
  const modules = readModules(folder);
  const limits = limitFiles.map((name) => join(modules.encoderFolder, name)).find(isOptionalThere);
  const main = join(folder, "config_sentence_transformers.json");
  const limitConfig = limits === undefined ? {} : readJsonObject(limits);
  const config = isOptionalThere(main) ? readJsonObject(main) : {};
  refuseOthers(limits ?? "", limitConfig, main, config);
  const version = /^(\d+)\.(\d+)/.exec(String(objectOf(config.__version__).sentence_transformers ?? ""));
  const number = version === null ? 0 : Number(version[1]) + Number(version[2]) / 1000;
  const declared = read(limits ?? "", limitConfig, limitSchema);
  const said = read(main, config, mainSchema);
  const prompts = Object.fromEntries(Object.entries(said.prompts ?? {}).map(([name, text]) => [name, text ?? ""]));
  const defaultPrompt = said.default_prompt_name ?? null;
  if (defaultPrompt !== null && prompts[defaultPrompt] === undefined) {
    throw fileError(
      main,
      null,
      `default_prompt_name is "${defaultPrompt}", which is not among its prompts (${Object.keys(prompts).join(", ") || "none"})`,
    );
  }
  // The library cuts last of all: a vector that was of length 1 before is shorter then.
  const cut = said.truncate_dim == null ? [] : [{ kind: "cut", dimensions: said.truncate_dim, atMost: true } as const];
  return {
    ...modules,
    steps: [...modules.steps, ...cut],
    file: join(folder, "modules.json"),
    files: [...modules.files, ...(limits === undefined ? [] : [limits]), ...(isOptionalThere(main) ? [main] : [])],
    maxLength: declared.max_seq_length ?? null,
    lowerCase: declared.do_lower_case ?? false,
    textAsItIs: number >= 5.004,
    prompts,
    defaultPrompt,
  };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Settings that are passed on to transformers, by the library's older and newer names, and those that change no vector. */
const passedOn: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  ["model_args", "tokenizer_args", "config_args", "model_kwargs", "processor_kwargs", "config_kwargs"].map((name) => [
    name,
    [
      "trust_remote_code",
      "attn_implementation",
      "torch_dtype",
      "dtype",
      "device_map",
      "use_safetensors",
      "use_cache",
      "use_fast",
      "low_cpu_mem_usage",
    ],
  ]),
);

/** Newer versions can declare other uses of a model in the same files. */
function refuseOthers(
  limitFile: string,
  limits: Record<string, unknown>,
  mainFile: string,
  main: Record<string, unknown>,
): void {
  const { model_type: kind = "SentenceTransformer" } = main;
  if (kind !== "SentenceTransformer") {
    throw fileError(
      mainFile,
      null,
      `model_type is ${printableValue(kind, 40)}: only dense encoders (SentenceTransformer) give vectors`,
    );
  }
  const task = limits.transformer_task ?? "feature-extraction";
  if (task !== "feature-extraction") {
    throw fileError(limitFile, null, `transformer_task is "${task}"; only feature-extraction gives vectors`);
  }
  const { tokenizer_name_or_path: tokenizer, module_output_name: name } = limits;
  if (tokenizer != null) {
    throw fileError(
      limitFile,
      null,
      `tokenizer_name_or_path is ${printableValue(tokenizer, 40)}; only the folder's own is taken`,
    );
  }
  if (name != null && name !== "token_embeddings") {
    throw fileError(
      limitFile,
      null,
      `module_output_name is ${printableValue(name, 40)}; only token_embeddings is known`,
    );
  }
  for (const [key, harmless] of Object.entries(passedOn)) {
    const others = Object.keys(objectOf(limits[key])).filter((name) => !harmless.includes(name));
    if (others.length > 0) {
      throw fileError(
        limitFile,
        null,
        `${key} sets ${firstFew(others)}, which is not known here and may change vectors`,
      );
    }
  }
  for (const part of ["common", "text"]) {
    const set = Object.keys(objectOf(objectOf(limits.processing_kwargs)[part]));
    if (set.length > 0) {
      throw fileError(
        limitFile,
        null,
        `processing_kwargs.${part} sets ${firstFew(set)}, which is not known here; texts may be cut otherwise`,
      );
    }
  }
  const text = objectOf(objectOf(limits.modality_config).text);
  const output = text.method_output_name ?? "last_hidden_state";
  if ((text.method ?? "forward") !== "forward" || output !== "last_hidden_state") {
    throw fileError(limitFile, null, `takes ${output} of ${text.method}; only last_hidden_state of forward is known`);
  }
}

/** Characters of a prompt that are shown; some tell a model its whole task. */
const longestShown = 2000;

/** What a folder declares, in words for plans and records. */
export function declarationText(declaration: Declaration): string {
  const { pooling, steps, maxLength, lowerCase, prompts, defaultPrompt } = declaration;
  const shown = (text = ""): string => printable(text, longestShown);
  const names = Object.keys(prompts).filter((name) => prompts[name] !== "");
  return [
    `pooling ${poolingText(pooling.modes)}${pooling.includePrompt ? "" : " without the prompt's tokens"}`,
    stepsText(steps),
    maxLength === null ? "" : `at most ${maxLength} tokens`,
    lowerCase ? "lower case" : "",
    defaultPrompt === null ? "" : `prompt ${shown(defaultPrompt)} ("${shown(prompts[defaultPrompt])}")`,
    defaultPrompt === null && names.length > 0 ? `prompts ${names.map(shown).join(", ")} (none by itself)` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}
