import { graphBuilder, microsoft } from "../../onnx/graph.ts";
import type { Model, ValueInfo } from "../../onnx/model.ts";
import { shareNodes } from "../../onnx/shareNodes.ts";
import type { StoredTensors } from "../../tensorFiles/storedTensor.ts";
import { poolWords, wordMask } from "../checkpoints/wordPooling.ts";
import type { AdapterShape, EncoderBlueprint, EncoderOutput, Precision } from "./architecture.ts";
import { fusedOperators } from "./operators/fused.ts";
import { parametersOf } from "./operators/parameters.ts";
import { portableOperators } from "./operators/portable.ts";

export interface EncoderModelOptions {
  readonly blueprint: EncoderBlueprint;
  /** Checked weights by the blueprint's names. */
  readonly tensors: StoredTensors;
  readonly output: EncoderOutput;
  readonly precision: Precision;
  /** Only operators of the ONNX standard. */
  readonly portable: boolean;
  /** Adapters to build in; of several, each gives outputs of its own, and what they have in common is computed once. */
  readonly adapters?: readonly AdapterShape[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The ONNX graph of an encoder: inputs `input_ids` and `attention_mask`, int64 `[batch, tokens]`.
 * Its tensors read the checkpoint only when the model is written.
 */
export function encoderModel(options: EncoderModelOptions): Model {
  const { blueprint, tensors, output, precision, portable, metadata } = options;
  const graph = graphBuilder();
  const parameters = parametersOf(graph, blueprint.derive?.(tensors) ?? tensors);
  const operators = (portable ? portableOperators : fusedOperators)(graph, parameters, blueprint, precision);
  const { adapters = [] } = options;
  const variants: readonly (AdapterShape | null)[] = adapters.length === 0 ? [null] : adapters;
  const built = variants.map((adapter) =>
    blueprint.build({ graph, operators, parameters, firstTokenOnly: output.kind === "cls", adapter }),
  );
  const { op, integers } = graph;

  const ids = (name: string): ValueInfo => ({ name, dataType: "int64", dims: ["batch", "tokens"] });
  const inputs = [ids("input_ids"), ids("attention_mask")];
  const width = blueprint.hiddenSize;
  const sentence: ValueInfo = { name: "sentence_embedding", dataType: "float32", dims: ["batch", width] };
  const perToken = (name: string): ValueInfo => ({ name, dataType: "float32", dims: ["batch", "tokens", width] });
  const outputs: ValueInfo[] = [];
  for (const [variant, layers] of built.entries()) {
    const hidden = layers.at(-1) ?? "";
    const named = (name: string): string => outputOf(name, variant);
    if (output.kind === "tokens") {
      op("Identity", [hidden], { name: named("last_hidden_state") });
      outputs.push(perToken(named("last_hidden_state")));
    } else if (output.kind === "layers") {
      for (const [index, layer] of layers.entries()) {
        const name = named(`hidden_states.${index + 1}`);
        op("Identity", [layer], { name });
        outputs.push(perToken(name));
      }
    } else if (output.kind === "cls") {
      op("Squeeze", [hidden, integers(1)], { name: named(sentence.name) });
      outputs.push({ ...sentence, name: named(sentence.name) });
    } else {
      if (variant === 0) inputs.push(wordMask);
      poolWords(graph, layers, output, named(sentence.name));
      outputs.push({ ...sentence, name: named(sentence.name) });
    }
  }
  // One encoder alone is written as it is built: its bytes are the identity of its vectors.
  const wanted = new Set(outputs.map(({ name }) => name));
  const nodes = variants.length === 1 ? graph.nodes : shareNodes(graph.nodes, wanted);

  return {
    name: blueprint.architecture,
    inputs,
    outputs,
    nodes,
    initializers: graph.initializers,
    opsetImports: portable ? { "": 17 } : { "": 17, [microsoft]: 1 },
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** The name of an output of the `variant`-th of several encoders in one model; the first has the usual names. */
export function outputOf(name: string, variant: number): string {
  return variant === 0 ? name : `${name}.${variant + 1}`;
}
