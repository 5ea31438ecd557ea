import type { Architecture, EncoderParts } from "../architecture.ts";
import { shapeList } from "../operators/bertWeightNames.ts";
import { namedParts } from "../operators/derivedWeights.ts";
import { rotaryTables } from "../operators/rotary.ts";
import { postNormSites, type TrainableLayer } from "../trainable.ts";
import { readNomicBertConfig } from "./nomicBertConfig.ts";

/** nomic-bert (Nussbaum et al. 2024, https://arxiv.org/abs/2402.01613): BERT with rotary positions and SwiGLU. */
export const nomicbert: Architecture = {
  modelTypes: ["nomic_bert"],
  open(file, json) {
    const geometry = readNomicBertConfig(file, json);
    const { vocabularySize, hiddenSize: hidden, layers, heads, intermediateSize: wide, maxTokens, epsilon } = geometry;
    const { tokenTypes, attentionBias, wideBias, outputBias, base } = geometry;
    const { shapes, add } = shapeList();
    add("embeddings.word_embeddings", [vocabularySize, hidden], false);
    if (tokenTypes > 0) add("embeddings.token_type_embeddings", [tokenTypes, hidden], false);
    add("emb_ln", [hidden]);
    for (let layer = 0; layer < layers; layer++) {
      const at = `encoder.layers.${layer}`;
      add(`${at}.attn.Wqkv`, [3 * hidden, hidden], attentionBias);
      add(`${at}.attn.out_proj`, [hidden, hidden], attentionBias);
      add(`${at}.norm1`, [hidden]);
      for (const part of ["fc11", "fc12"]) add(`${at}.mlp.${part}`, [wide, hidden], wideBias);
      add(`${at}.mlp.fc2`, [hidden, wide], outputBias);
      add(`${at}.norm2`, [hidden]);
    }
    return {
      architecture: "nomic_bert",
      vocabularySize,
      hiddenSize: hidden,
      layers,
      heads,
      maxTokens,
      weights: shapes,
      anchor: "embeddings.word_embeddings.weight",
      harmless: /rotary_emb\.inv_freq$|^embeddings\.position_ids$/,
      trainable: {
        geometry: { vocabularySize, hiddenSize: hidden, layers, heads, intermediateSize: wide },
        embeddings: {
          word: "embeddings.word_embeddings.weight",
          position: null,
          type: tokenTypes > 0 ? "embeddings.token_type_embeddings.weight" : null,
          norm: { name: "emb_ln", epsilon, bias: true },
        },
        layers: Array.from({ length: layers }, (_, layer) =>
          trainableLayer(layer, {
            epsilon,
            rotary: { base, positions: maxTokens },
            attentionBias,
            wideBias,
            outputBias,
          }),
        ),
        padding: null,
        distanceBias: null,
        pythonClass: "NomicBertModel",
        dropout: { ...geometry.dropout, otherwise: 0, sites: postNormSites },
      },
      derive: (tensors) => {
        const ats = Array.from({ length: layers }, (_, layer) => `encoder.layers.${layer}.attn`);
        const parts = ats.map((at) => [`${at}.Wqkv`, ["q", "k", "v"].map((part) => `${at}.${part}`)] as const);
        return namedParts(tensors, new Map(parts));
      },
      build: (parts) =>
        buildLayers(parts, {
          hidden,
          wide,
          layers,
          heads,
          maxTokens,
          epsilon,
          base,
          types: tokenTypes > 0,
        }),
    };
  },
};

/** What the layers share that training wants to know. */
interface LayerSettings {
  readonly epsilon: number;
  readonly rotary: { readonly base: number; readonly positions: number };
  readonly attentionBias: boolean;
  readonly wideBias: boolean;
  readonly outputBias: boolean;
}

/** A layer as training takes it; `Wqkv` stays whole, as it is saved. */
function trainableLayer(layer: number, settings: LayerSettings): TrainableLayer {
  const { epsilon, rotary, attentionBias, wideBias, outputBias } = settings;
  const at = `encoder.layers.${layer}`;
  const joined = (index: number) => ({ name: `${at}.attn.Wqkv`, bias: attentionBias, part: { index, of: 3 } });
  const norm = (name: string) => ({ name: `${at}.${name}`, epsilon, bias: true });
  return {
    inputNorm: null,
    query: joined(0),
    key: joined(1),
    value: joined(2),
    attention: { rotary, reach: null },
    attentionOutput: { name: `${at}.attn.out_proj`, bias: attentionBias },
    middleNorm: norm("norm1"),
    feedForward: {
      curve: "silu",
      curved: { name: `${at}.mlp.fc12`, bias: wideBias },
      gate: { name: `${at}.mlp.fc11`, bias: wideBias },
      output: { name: `${at}.mlp.fc2`, bias: outputBias },
    },
    around: "norm",
    outputNorm: norm("norm2"),
  };
}

interface Sizes {
  readonly hidden: number;
  readonly wide: number;
  readonly layers: number;
  readonly heads: number;
  readonly maxTokens: number;
  readonly epsilon: number;
  readonly base: number;
  readonly types: boolean;
}

function buildLayers({ graph, operators, parameters, firstTokenOnly }: EncoderParts, sizes: Sizes): string[] {
  const { op, integers } = graph;
  const { hidden: width, epsilon } = sizes;
  const word = "embeddings.word_embeddings.weight";
  // Every token has the first type.
  const table = sizes.types
    ? parameters.tableWithRow(word, "embeddings.token_type_embeddings.weight")
    : parameters.plain(word);
  const { cosines, sines } = rotaryTables(parameters, sizes.base, width / sizes.heads, sizes.maxTokens);
  const turn = (input: string): string => operators.rotate(input, cosines, sines);
  const mask = operators.mask("attention_mask");
  const outputs: string[] = [];
  let hidden = operators.normalize(op("Gather", [table, "input_ids"]), { name: "emb_ln", epsilon });
  for (let layer = 0; layer < sizes.layers; layer++) {
    const at = `encoder.layers.${layer}`;
    const names = ["q", "k", "v"].map((part) => `${at}.attn.${part}`);
    let context: string;
    if (firstTokenOnly && layer === sizes.layers - 1) {
      const [query = "", ...others] = names;
      const [keys = "", values = ""] = others.map((name) => operators.linear(hidden, name));
      hidden = op("Slice", [hidden, integers(0), integers(1), integers(1)]);
      // The first token stands at position 0, where nothing is turned.
      context = operators.attention(operators.linear(hidden, query), turn(keys), values, mask);
    } else {
      const [queries = "", keys = "", values = ""] = names.map((name) => operators.linear(hidden, name));
      context = operators.attention(turn(queries), turn(keys), values, mask);
    }
    const attended = operators.linearAddNormalize(context, `${at}.attn.out_proj`, hidden, {
      name: `${at}.norm1`,
      epsilon,
    });
    const [value = "", gate = ""] = ["fc11", "fc12"].map((part) => operators.linear(attended, `${at}.mlp.${part}`));
    const product = op("Mul", [value, operators.activate(gate, "silu")]);
    hidden = operators.linearAddNormalize(product, `${at}.mlp.fc2`, attended, { name: `${at}.norm2`, epsilon });
    outputs.push(hidden);
  }
  return outputs;
}
