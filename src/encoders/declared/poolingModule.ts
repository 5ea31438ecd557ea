import { fileError, firstFew } from "../../errors.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import { printableValue } from "../../printable.ts";
import type { PoolingMode } from "../pooling.ts";

/** What a `1_Pooling/config.json` says. */
export interface DeclaredPooling {
  readonly modes: readonly PoolingMode[];
  /** Whether the prompt's tokens count. */
  readonly includePrompt: boolean;
}

/** Modes by the library's names and by its older flags, in the order in which it concatenates them. */
const modes: readonly { readonly mode: PoolingMode; readonly name: string; readonly flag: string }[] = [
  { mode: "cls", name: "cls", flag: "pooling_mode_cls_token" },
  { mode: "max", name: "max", flag: "pooling_mode_max_tokens" },
  { mode: "mean", name: "mean", flag: "pooling_mode_mean_tokens" },
  { mode: "mean-sqrt-length", name: "mean_sqrt_len_tokens", flag: "pooling_mode_mean_sqrt_len_tokens" },
  { mode: "weighted-mean", name: "weightedmean", flag: "pooling_mode_weightedmean_tokens" },
  { mode: "last", name: "lasttoken", flag: "pooling_mode_lasttoken" },
];

/** Modes whose flags every version of the library knows; earlier ones refuse the later flags. */
const firstModes: readonly PoolingMode[] = ["cls", "max", "mean", "mean-sqrt-length"];

/** What else a Pooling declares: the width of what it pools, under two names, and its modes. */
const otherKeys: readonly string[] = [
  "word_embedding_dimension",
  "embedding_dimension",
  "pooling_mode",
  "include_prompt",
];

/** What a `1_Pooling/config.json` says of one mode. */
export function poolingModule(mode: PoolingMode, dimensions: number): Record<string, number | boolean> {
  const flags = modes
    .filter((each) => each.mode === mode || firstModes.includes(each.mode))
    .map((each) => [each.flag, each.mode === mode] as const);
  return { word_embedding_dimension: dimensions, ...Object.fromEntries(flags) };
}

/**
 * Reads the configuration of a Pooling module: flags as sentence-transformers wrote them to 5.3, or `pooling_mode`, a name or a list
 * of names in its own order, as it does since.
 * @throws ScidocsError for modes we do not know, or none
 */
export function readPoolingModule(file: string): DeclaredPooling {
  const config = readJsonObject(file);
  const strange = Object.keys(config).filter((key) => !key.startsWith("pooling_mode_") && !otherKeys.includes(key));
  // The library ends with an error; one of a later version may change the vector.
  if (strange.length > 0) throw fileError(file, null, `is no Pooling we know: ${firstFew(strange)}`);
  const odd = Object.keys(config).filter(
    (key) => (key.startsWith("pooling_mode_") || key === "include_prompt") && typeof config[key] !== "boolean",
  );
  if (odd.length > 0) throw fileError(file, null, `${firstFew(odd)}: expected true or false`);
  const includePrompt = config.include_prompt !== false;
  const named = config.pooling_mode;
  if (named !== undefined && named !== null) {
    const names: unknown[] = Array.isArray(named) ? named : [named];
    const found = names.map((name) => {
      const known = modes.find((one) => one.name === name);
      if (known === undefined) throw fileError(file, null, `pooling_mode ${printableValue(name)} is not known`);
      return known.mode;
    });
    if (found.length === 0) throw fileError(file, null, "pooling_mode is empty: no pooling is declared");
    return { modes: found, includePrompt };
  }
  const unknown = Object.keys(config).filter(
    (key) => key.startsWith("pooling_mode_") && config[key] === true && !modes.some(({ flag }) => flag === key),
  );
  if (unknown.length > 0) throw fileError(file, null, `${unknown.join(", ")} is not a pooling we know`);
  // The library's default for the mean is true, and files of 2019 do not write it.
  const on = modes.filter(({ flag }) =>
    flag === "pooling_mode_mean_tokens" ? config[flag] !== false : config[flag] === true,
  );
  if (on.length === 0) {
    throw fileError(file, null, "every pooling is switched off in it; say with --pooling which one is meant");
  }
  return { modes: on.map(({ mode }) => mode), includePrompt };
}
