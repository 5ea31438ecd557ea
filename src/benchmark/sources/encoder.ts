import { type EmbeddingResult, embedPapers } from "../../embed/embedPapers.ts";
import { type EmbeddingPlan, type PlanOptions, planEmbedding } from "../../embed/plan.ts";
import type { WindowRunner } from "../../embed/runners/runner.ts";
import type { Encoder } from "../../encoders/encoder.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import { forAllGroups } from "../scoreSuite.ts";
import type { ModelFacts, SourceVectors, VectorSource } from "../vectorSource.ts";

/** How the encoder works and where its vectors are kept. No number depends on `threads` or `store`. */
export interface EncoderSourceOptions extends Pick<PlanOptions, "batchTokens" | "store" | "shard"> {
  /** Threads of the inference; default the machine's. */
  readonly threads?: number | undefined;
  /** Who runs the model; default threads of this process. */
  readonly runner?: WindowRunner | undefined;
}

const optionNames: OptionNames<EncoderSourceOptions> = {
  batchTokens: true,
  store: true,
  threads: true,
  runner: true,
  shard: true,
};

/** Vectors that were embedded here. */
export interface EncodedVectors extends SourceVectors {
  readonly embedding: EmbeddingResult;
}

/**
 * Vectors by an encoder on this machine: each distinct text once, what the store has left out.
 * @throws ScidocsError `USAGE` for an option that there is not
 */
export function encoderSource(
  encoder: Encoder,
  options: EncoderSourceOptions = {},
): VectorSource<EmbeddingPlan, EncodedVectors> {
  refuseUnknownOptions("encoderSource", options, optionNames);
  const { batchTokens, store, threads, runner, shard } = options;
  return {
    needs: "texts",
    groups: null,
    stage: "embed",
    plan: ({ papers }, control) => planEmbedding(papers, encoder, { batchTokens, store, shard }, control),
    vectors: async (plan, control) => {
      const embedding = await embedPapers(plan, { threads, store, runner }, control);
      const texts = { emptyIds: embedding.emptyPapers, truncatedIds: embedding.truncatedPapers };
      return { vectors: forAllGroups(embedding.table), texts, embedding };
    },
    facts: (made) => modelOfRecord(encoder, made?.embedding.table.dimensions ?? encoder.dimensions),
    settings: (plan) => {
      const { model: _model, tokenizer: _tokenizer, ...settings } = encoder.settings;
      return { ...settings, batchTokens: plan.batchTokens };
    },
    notes: ({ conflictingPapers }, { embedding }) => [
      ...embedding.notes,
      ...(conflictingPapers === 0
        ? []
        : [
            `${conflictingPapers} papers have different texts in different metadata files; the first text was embedded.`,
          ]),
    ],
  };
}

/** What a run record says about the model of its vectors. */
export function modelOfRecord(encoder: Encoder, dimensions: number | null): ModelFacts {
  return {
    name: encoder.name,
    source: encoder.source,
    files: [...encoder.files],
    sha256: encoder.sha256,
    fingerprint: encoder.fingerprint,
    dimensions,
    recipe: encoder.recipe.recipe,
    pooling: encoder.settings.pooling,
    precision: encoder.precision,
    provider: encoder.provider,
    maxLength: encoder.maxLength,
    declared: encoder.declared,
    ...(encoder.training === null ? {} : { training: encoder.training }),
  };
}
