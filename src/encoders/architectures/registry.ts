import { fileError } from "../../errors.ts";
import { readJsonFileSync } from "../../files/jsonFile.ts";
import { ownValue } from "../../ownValue.ts";
import { printableValue } from "../../printable.ts";
import { fewestTokens } from "../text/fewestTokens.ts";
import type { Architecture, EncoderBlueprint } from "./architecture.ts";
import { bert } from "./bert/bert.ts";
import { refuse, refuseOtherUses } from "./configFields.ts";
import { distilbert } from "./distilbert/distilbert.ts";
import { modernbert } from "./modernbert/modernbert.ts";
import { mpnet } from "./mpnet/mpnet.ts";
import { nomicbert } from "./nomicbert/nomicbert.ts";
import { roberta } from "./roberta/roberta.ts";

/** Every kind of encoder that a checkpoint can be. */
export const architectures: readonly Architecture[] = [bert, roberta, distilbert, mpnet, modernbert, nomicbert];

/** Kinds of models that people try, and what is missing for them. */
const missing: Readonly<Record<string, string>> = {
  qwen2: "a decoder: grouped attention, a causal mask and last-token pooling with an end token are not built yet",
  qwen3: "a decoder: grouped attention, a causal mask and last-token pooling with an end token are not built yet",
  mistral: "a decoder: grouped attention, a causal mask and last-token pooling with an end token are not built yet",
  llama: "a decoder: grouped attention, a causal mask and last-token pooling with an end token are not built yet",
  "deberta-v2": "its disentangled attention is not built",
  t5: "its encoder with relative positions is not built",
  albert: "its shared layers are not built",
};

/**
 * Understands the `config.json` of a Hugging Face folder.
 * @throws ScidocsError for a kind that we do not know, or that is used in a way that we do not know, before any weight is read
 */
export function openArchitecture(file: string): EncoderBlueprint {
  const json = readJsonFileSync(file);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw fileError(file, null, "should hold a JSON object");
  }
  const config: Readonly<Record<string, unknown>> = { ...json };
  // The first files of BERT did not name their kind.
  const { model_type: type = "bert" } = config;
  if (typeof type !== "string")
    throw fileError(file, null, `model_type is ${printableValue(type, 40)}: expected a text`);
  refuseOtherUses(file, config);
  const known = architectures.find(({ modelTypes }) => modelTypes.includes(type));
  if (known !== undefined) return requireRoom(file, known.open(file, { ...config, model_type: type }));
  const why = ownValue(missing, type) ?? `known: ${architectures.flatMap(({ modelTypes }) => modelTypes).join(", ")}`;
  return refuse(file, `model_type is "${type}" (${why})`);
}

function requireRoom(file: string, blueprint: EncoderBlueprint): EncoderBlueprint {
  if (blueprint.maxTokens >= fewestTokens) return blueprint;
  throw fileError(
    file,
    null,
    `leaves room for ${Math.max(0, blueprint.maxTokens)} tokens, where every text has at least ${fewestTokens}`,
  );
}
