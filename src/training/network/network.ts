import type { EncoderGeometry, TrainableEncoder, TrainableLayer } from "../../encoders/architectures/trainable.ts";
import { type OpenPiece, openPiece } from "../../onnx/gradients/openPiece.ts";
import type { PieceSpec } from "../../onnx/gradients/piece.ts";
import type { SessionOptions } from "../../onnx/session.ts";
import { openAttentionBiases } from "./attentionBiases.ts";
import { type EmbeddingRun, openEmbeddings } from "./embeddings.ts";
import { type LayerPieces, type LayerRun, openLayers } from "./layers.ts";
import { layerWeights } from "./layerWeights.ts";
import type { Dropout, NetworkWeights } from "./networkWeights.ts";
import type { PackedTexts } from "./packedTexts.ts";
import { attendPiece } from "./pieces/attendPiece.ts";
import { embedPiece } from "./pieces/embedPiece.ts";
import { mergePiece } from "./pieces/mergePiece.ts";
import type { PieceOptions } from "./pieces/parts.ts";
import { projectPiece } from "./pieces/projectPiece.ts";
import { openWorkspace } from "./workspace.ts";

/** How a batch of texts goes through the network. */
export interface PassOptions {
  /** Whether the last layer is wanted for the texts' first tokens only: one row a text comes out then. */
  readonly firstOnly: boolean;
  /** Whether a backward pass will follow. */
  readonly keep: boolean;
  /** Keep only each layer's input, and compute the rest again in the backward pass. */
  readonly recompute: boolean;
  readonly dropout: Dropout | null;
  /** Asked between the parts of the computation; throws to stop it. */
  readonly checkStop?: () => void;
}

/** A batch that has gone through the network. The arrays are the network's own, and good until the next pass. */
export interface ForwardPass {
  readonly texts: PackedTexts;
  /** Outputs of the layers, one row a token (a text, for the last layer with `firstOnly`). */
  readonly layers: readonly Float32Array[];
  readonly options: PassOptions;
}

/** An encoder over packed texts, forward and backward. It must be closed. */
export interface EncoderNetwork {
  readonly geometry: EncoderGeometry;
  readonly forward: (texts: PackedTexts, options: PassOptions) => Promise<ForwardPass>;
  /**
   * Adds up the gradients of all trained weights.
   * @param addTo adds the loss's derivative by a layer's output to an array of its size, which holds what the layers above it gave
   *   (zeros for the last)
   */
  readonly backward: (pass: ForwardPass, addTo: (layer: number, gradient: Float32Array) => void) => Promise<void>;
  /** Bytes of activations held at the moment. */
  readonly workspaceBytes: () => number;
  readonly close: () => Promise<void>;
}

/** What of a layer differs where the graph is the same. */
const namesOfWeights: ReadonlySet<string> = new Set(["name", "part"]);

/** Opens a network over weights that live elsewhere and may change between passes. */
export function openNetwork(
  encoder: TrainableEncoder,
  weights: NetworkWeights,
  session: SessionOptions,
): EncoderNetwork {
  const { geometry } = encoder;
  const hidden = geometry.hiddenSize;
  const workspace = openWorkspace();
  const biases = openAttentionBiases(encoder, weights, workspace);
  const layers = openLayers(encoder, weights, workspace);
  const embeddings = openEmbeddings(encoder, weights, workspace);
  const layerOf = (index: number): TrainableLayer => {
    const layer = encoder.layers[index];
    if (layer === undefined) throw new RangeError(`there is no layer ${index}`);
    return layer;
  };
  const trainsEmbeddings = weights.trained(encoder.embeddings.word);
  const trains = encoder.layers.map((layer) => layerWeights(layer).project.some(({ full }) => weights.trained(full)));
  /** Whether something below a layer is trained, so that its input's gradient is wanted. */
  const passesOn = trains.map((_, layer) => trainsEmbeddings || trains.slice(0, layer).includes(true));

  const pieces = new Map<string, OpenPiece>();
  /** The piece of these settings, opened once: layers that differ in their weights' names alone share theirs. */
  const piece = (kind: string, settings: unknown, make: () => PieceSpec): OpenPiece => {
    const key = JSON.stringify([kind, settings], (name, value) => (namesOfWeights.has(name) ? undefined : value));
    const opened = pieces.get(key) ?? openPiece(make(), session);
    pieces.set(key, opened);
    return opened;
  };

  const optionsOf = (layer: number | null, dropout: Dropout | null): PieceOptions => ({
    geometry,
    train: layer === null ? trainsEmbeddings : (trains[layer] ?? false),
    passOn: layer === null ? false : (passesOn[layer] ?? false),
    drops: dropout?.drops ?? [],
  });

  const layerPieces = (index: number, firstOnly: boolean, dropout: Dropout | null): LayerPieces => {
    const options = optionsOf(index, dropout);
    const attends = { ...options, train: false, passOn: true };
    const layer = layerOf(index);
    const { inputNorm, query, key, value, attention } = layer;
    const { attentionOutput, middleNorm, feedForward, around, outputNorm } = layer;
    const [project, merge] = [
      { inputNorm, query, key, value },
      { attentionOutput, middleNorm, feedForward, around, outputNorm },
    ];
    const known = biases.of(index);
    const bias = known === null ? null : { heads: known.heads, trained: known.gradient !== null };
    return {
      project: piece("project", [options, project, firstOnly], () => projectPiece(options, project, firstOnly)),
      attend: piece("attend", [attends, attention.rotary, bias], () => attendPiece(attends, attention, bias)),
      merge: piece("merge", [options, merge], () => mergePiece(options, merge)),
    };
  };

  const runOf = (
    layer: number,
    input: Float32Array,
    texts: PackedTexts,
    options: PassOptions,
    again: boolean,
  ): LayerRun => {
    const needed = options.keep && ((trains[layer] ?? false) || (passesOn[layer] ?? false));
    const firstOnly = options.firstOnly && layer === geometry.layers - 1;
    return {
      layer,
      pieces: layerPieces(layer, firstOnly, options.dropout),
      texts,
      firstOnly,
      keep: needed && (again || !options.recompute),
      dropout: options.dropout,
      bias: biases.of(layer),
      hidden: input,
      prefix: needed && !options.recompute ? `layer.${layer}` : "layer",
      checkStop: options.checkStop ?? (() => {}),
    };
  };

  const embeddingRun = (texts: PackedTexts, dropout: Dropout | null): EmbeddingRun => {
    const options = optionsOf(null, dropout);
    return { piece: piece("embed", options, () => embedPiece(options, encoder.embeddings)), texts, dropout };
  };

  async function forward(texts: PackedTexts, options: PassOptions): Promise<ForwardPass> {
    const { dropout } = options;
    const embedded = workspace.take("hidden.0", texts.tokens * hidden);
    options.checkStop?.();
    biases.begin(texts);
    await embeddings.forward(embeddingRun(texts, dropout), embedded, options.keep && trainsEmbeddings);
    const outputs: Float32Array[] = [];
    let input = embedded;
    for (let layer = 0; layer < geometry.layers; layer++) {
      const run = runOf(layer, input, texts, options, false);
      const rows = run.firstOnly ? texts.count : texts.tokens;
      // Without a backward pass and with only the last layer wanted, two arrays would do; one a layer is little beside the weights.
      const output = workspace.take(`hidden.${layer + 1}`, rows * hidden);
      await layers.forward(run, output);
      outputs.push(output);
      input = output;
    }
    return { texts, layers: outputs, options };
  }

  async function backward(pass: ForwardPass, addTo: (layer: number, gradient: Float32Array) => void): Promise<void> {
    const { texts, options } = pass;
    const last = geometry.layers - 1;
    let gradient = workspace.take(`gradient.hidden.${(last + 1) % 2}`, pass.layers[last]?.length ?? 0).fill(0);
    for (let layer = last; layer >= 0; layer--) {
      const passOn = passesOn[layer] ?? false;
      const train = trains[layer] ?? false;
      if (!train && !passOn) return;
      addTo(layer, gradient);
      const input = layer === 0 ? workspace.take("hidden.0", texts.tokens * hidden) : pass.layers[layer - 1];
      if (input === undefined) throw new RangeError("a layer's input is missing");
      const run = runOf(layer, input, texts, options, true);
      if (options.recompute) await layers.forward(run, workspace.take("again", pass.layers[layer]?.length ?? 0));
      const below = passOn ? workspace.take(`gradient.hidden.${layer % 2}`, texts.tokens * hidden) : null;
      await layers.backward(run, gradient, below, train);
      if (below === null) return;
      gradient = below;
    }
    if (trainsEmbeddings) await embeddings.backward(embeddingRun(texts, options.dropout), gradient);
    biases.done();
  }

  return {
    geometry,
    forward,
    backward,
    workspaceBytes: workspace.bytes,
    close: async () => {
      for (const opened of pieces.values()) await opened.close();
    },
  };
}
