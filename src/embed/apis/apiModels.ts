import { ScidocsError } from "../../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import { printable } from "../../printable.ts";
import type { ApiModel, ApiOptions } from "./apiModel.ts";
import { semanticScholarModel, semanticScholarVersions } from "./apiSemanticScholar.ts";
import { specterModel } from "./apiSpecter.ts";

/** Every name that {@link resolveApiModel} takes. */
export const apiModelNames: readonly string[] = [
  "api:specter",
  ...semanticScholarVersions.map((version) => `s2:${version}`),
];

const optionNames: OptionNames<ApiOptions> = { apiUrl: true, insecure: true, env: true };

/**
 * The API model of a `--model` argument; null when the argument names no API.
 * @throws ScidocsError `USAGE` for an unknown API, an address that is none, or a key that would travel in the clear
 */
export function resolveApiModel(argument: string, options: ApiOptions = {}): ApiModel | null {
  refuseUnknownOptions("resolveApiModel", options, optionNames);
  if (argument === "api:specter") return specterModel(options);
  const version = semanticScholarVersions.find((one) => argument === `s2:${one}`);
  if (version !== undefined) return semanticScholarModel(version, options);
  if (!/^(api|s2):/.test(argument)) return null;
  throw new ScidocsError("USAGE", `--model ${printable(argument)}: the APIs are ${apiModelNames.join(", ")}`);
}
