import { graphBuilder, microsoft } from "../../onnx/graph.ts";
import type { Model, ValueInfo } from "../../onnx/model.ts";
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
  readonly adapter?: AdapterShape | null;
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
  const layers = blueprint.build({
    graph,
    operators,
    parameters,
    firstTokenOnly: output.kind === "cls",
    adapter: options.adapter ?? null,
  });
  const hidden = layers.at(-1) ?? "";
  const { op, integers } = graph;

  const ids = (name: string): ValueInfo => ({ name, dataType: "int64", dims: ["batch", "tokens"] });
  const inputs = [ids("input_ids"), ids("attention_mask")];
  const width = blueprint.hiddenSize;
  const sentence: ValueInfo = { name: "sentence_embedding", dataType: "float32", dims: ["batch", width] };
  const perToken = (name: string): ValueInfo => ({ name, dataType: "float32", dims: ["batch", "tokens", width] });
  const outputs: ValueInfo[] = [];
  if (output.kind === "tokens") {
    op("Identity", [hidden], { name: "last_hidden_state" });
    outputs.push(perToken("last_hidden_state"));
  } else if (output.kind === "layers") {
    for (const [index, layer] of layers.entries()) {
      const name = `hidden_states.${index + 1}`;
      op("Identity", [layer], { name });
      outputs.push(perToken(name));
    }
  } else if (output.kind === "cls") {
    op("Squeeze", [hidden, integers(1)], { name: sentence.name });
    outputs.push(sentence);
  } else {
    inputs.push(wordMask);
    poolWords(graph, layers, output, sentence.name);
    outputs.push(sentence);
  }

  return {
    name: blueprint.architecture,
    inputs,
    outputs,
    nodes: graph.nodes,
    initializers: graph.initializers,
    opsetImports: portable ? { "": 17 } : { "": 17, [microsoft]: 1 },
    ...(metadata === undefined ? {} : { metadata }),
  };
}
