import type { PostNormLayer } from "./postNormLayer.ts";

/** The sizes that the weights of an encoder of BERT's kind follow from. */
export interface BertSizes {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly intermediateSize: number;
  readonly maxPositions: number;
  readonly tokenTypes: number;
}

/** Collects names and shapes of weights. */
export function shapeList(): {
  readonly shapes: Map<string, readonly number[]>;
  readonly add: (name: string, shape: readonly number[], bias?: boolean) => void;
} {
  const shapes = new Map<string, readonly number[]>();
  return {
    shapes,
    add(name, shape, bias = true) {
      shapes.set(`${name}.weight`, shape);
      if (bias) shapes.set(`${name}.bias`, shape.slice(0, 1));
    },
  };
}

/** Names and shapes of the weights of Hugging Face's BertModel and RobertaModel. */
export function bertShapes(sizes: BertSizes): Map<string, readonly number[]> {
  const { hiddenSize: hidden, intermediateSize: wide } = sizes;
  const { shapes, add } = shapeList();
  add("embeddings.word_embeddings", [sizes.vocabularySize, hidden], false);
  add("embeddings.position_embeddings", [sizes.maxPositions, hidden], false);
  add("embeddings.token_type_embeddings", [sizes.tokenTypes, hidden], false);
  add("embeddings.LayerNorm", [hidden]);
  for (let layer = 0; layer < sizes.layers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) add(`${at}.attention.self.${part}`, [hidden, hidden]);
    add(`${at}.attention.output.dense`, [hidden, hidden]);
    add(`${at}.attention.output.LayerNorm`, [hidden]);
    add(`${at}.intermediate.dense`, [wide, hidden]);
    add(`${at}.output.dense`, [hidden, wide]);
    add(`${at}.output.LayerNorm`, [hidden]);
  }
  return shapes;
}

/** The layers of Hugging Face's BertModel and RobertaModel. */
export function bertLayers(layers: number, epsilon: number): PostNormLayer[] {
  return Array.from({ length: layers }, (_, layer) => {
    const at = `encoder.layer.${layer}`;
    return {
      query: `${at}.attention.self.query`,
      key: `${at}.attention.self.key`,
      value: `${at}.attention.self.value`,
      attentionOutput: `${at}.attention.output.dense`,
      attentionNorm: { name: `${at}.attention.output.LayerNorm`, epsilon },
      wide: `${at}.intermediate.dense`,
      output: `${at}.output.dense`,
      outputNorm: { name: `${at}.output.LayerNorm`, epsilon },
      activation: "gelu",
    };
  });
}

/** LayerNorm's weight and bias as files of 2018 call them. */
export function oldNormNames(name: string): string {
  return name.replace(/(LayerNorm\.)gamma$/, "$1weight").replace(/(LayerNorm\.)beta$/, "$1bias");
}
