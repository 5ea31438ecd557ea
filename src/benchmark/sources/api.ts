import {
  type ApiEmbedding,
  type ApiPlan,
  type ApiTools,
  embedWithApi,
  planApiEmbedding,
} from "../../embed/apis/apiEmbedding.ts";
import type { ApiModel } from "../../embed/apis/apiModel.ts";
import { firstFew } from "../../errors.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import { printable } from "../../printable.ts";
import { forAllGroups } from "../scoreSuite.ts";
import { type SourceVectors, unknownModel, type VectorSource } from "../vectorSource.ts";

/** What the API is asked with. */
export interface ApiSourceOptions extends ApiTools {
  /** Name in table and record; default the model's. */
  readonly name?: string | undefined;
}

const optionNames: OptionNames<ApiSourceOptions> = { network: true, retry: true, store: true, name: true };

/** Vectors that an API gave. */
export interface ApiVectors extends SourceVectors {
  readonly embedding: ApiEmbedding;
}

/**
 * Vectors from an API. That they come from one, and what that means, stands in the record's notes.
 * @throws ScidocsError `USAGE` for an option that there is not
 */
export function apiSource(model: ApiModel, options: ApiSourceOptions): VectorSource<ApiPlan, ApiVectors> {
  refuseUnknownOptions("apiSource", options, optionNames);
  const { name, ...tools } = options;
  return {
    needs: model.needs,
    groups: null,
    stage: "embed",
    plan: async ({ papers }) =>
      planApiEmbedding(
        papers.flatMap((file) => file.papers),
        model,
        tools.store,
      ),
    vectors: async (plan, control) => {
      const embedding = await embedWithApi(plan, tools, control);
      // What a text holds is the API's affair: it may cut it or not.
      return { vectors: forAllGroups(embedding.table), texts: null, embedding };
    },
    facts: (made) => ({
      ...unknownModel(name ?? model.name, "api", made?.embedding.table.dimensions ?? null),
      fingerprint: model.identity.fingerprint,
      provider: `${model.url.origin}${model.url.pathname}`,
    }),
    settings: (_plan, { embedding }) => ({
      ...model.identity.settings,
      apiVersion: embedding.versions[0] ?? null,
    }),
    notes: (_plan, { embedding }) => [
      model.note,
      ...missingNote(model, embedding.missingIds),
      ...mergedNote(model, embedding.mergedIds),
    ],
  };
}

function missingNote(model: ApiModel, missingIds: readonly string[]): string[] {
  if (missingIds.length === 0) return [];
  const ids = firstFew(missingIds.map((id) => printable(id)));
  return [`${model.name} has no vector of ${missingIds.length} papers (${ids}); the tasks count them as missing.`];
}

function mergedNote(model: ApiModel, mergedIds: ApiEmbedding["mergedIds"]): string[] {
  if (mergedIds.length === 0) return [];
  const pairs = firstFew(mergedIds.map(([id, into]) => `${printable(id)} into ${printable(into)}`));
  return [`${model.name} has merged ${mergedIds.length} papers into others, whose vectors stand for them (${pairs}).`];
}
