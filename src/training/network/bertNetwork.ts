import type { BertGeometry } from "../../encoders/architectures/bert/bertConfig.ts";
import type { TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import { type OpenPiece, openPiece } from "../../onnx/gradients/openPiece.ts";
import type { PieceSpec } from "../../onnx/gradients/piece.ts";
import type { SessionOptions } from "../../onnx/session.ts";
import { bertLayers, type LayerPieces, type LayerRun, layerWeights } from "./bertLayer.ts";
import { attendPiece, type BertPieceOptions, embedPiece, mergePiece, projectPiece } from "./bertPieces.ts";
import { openDistanceBias } from "./distanceBias.ts";
import { type EmbeddingRun, openEmbeddings } from "./embeddings.ts";
import type { Dropout, NetworkWeights } from "./networkWeights.ts";
import type { PackedTexts } from "./packedTexts.ts";
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

/** A BERT encoder over packed texts, forward and backward. It must be closed. */
export interface BertNetwork {
  readonly geometry: BertGeometry;
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

/** Opens a network over weights that live elsewhere and may change between passes. */
export function openBertNetwork(
  encoder: TrainableEncoder,
  weights: NetworkWeights,
  session: SessionOptions,
): BertNetwork {
  const { geometry } = encoder;
  const hidden = geometry.hiddenSize;
  const workspace = openWorkspace();
  const bias = openDistanceBias(encoder, weights, workspace);
  const layers = bertLayers(encoder, weights, workspace, bias);
  const embeddings = openEmbeddings(encoder, weights, workspace);
  const trainsEmbeddings = weights.trained(encoder.embeddings.word);
  const trains = encoder.layers.map((names) =>
    layerWeights(names, "project").some(([, full]) => weights.trained(full)),
  );
  /** Whether something below a layer is trained, so that its input's gradient is wanted. */
  const passesOn = trains.map((_, layer) => trainsEmbeddings || trains.slice(0, layer).includes(true));

  const pieces = new Map<string, OpenPiece>();
  const piece = (
    kind: string,
    make: (options: BertPieceOptions) => PieceSpec,
    of: Omit<BertPieceOptions, "geometry">,
  ): OpenPiece => {
    const key = JSON.stringify([kind, of]);
    const opened = pieces.get(key) ?? openPiece(make({ geometry, ...of }), session);
    pieces.set(key, opened);
    return opened;
  };

  const optionsOf = (layer: number | null, dropout: Dropout | null): Omit<BertPieceOptions, "geometry"> => ({
    train: layer === null ? trainsEmbeddings : (trains[layer] ?? false),
    passOn: layer === null ? false : (passesOn[layer] ?? false),
    hiddenDropout: (dropout?.hidden ?? 0) > 0,
    attentionDropout: (dropout?.attention ?? 0) > 0,
  });

  const attendBias = bias === null ? {} : { distanceBias: bias.trained ? ("trained" as const) : ("fixed" as const) };
  const layerPieces = (layer: number, firstOnly: boolean, dropout: Dropout | null): LayerPieces => {
    const of = optionsOf(layer, dropout);
    return {
      project: piece(firstOnly ? "projectFirst" : "project", (each) => projectPiece(each, firstOnly), of),
      attend: piece("attend", attendPiece, { ...of, train: false, passOn: true, ...attendBias }),
      merge: piece("merge", mergePiece, of),
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
      hidden: input,
      prefix: needed && !options.recompute ? `layer.${layer}` : "layer",
      checkStop: options.checkStop ?? (() => {}),
    };
  };

  const embeddingRun = (texts: PackedTexts, dropout: Dropout | null): EmbeddingRun => ({
    piece: piece("embed", embedPiece, optionsOf(null, dropout)),
    texts,
    dropout,
  });

  async function forward(texts: PackedTexts, options: PassOptions): Promise<ForwardPass> {
    const { dropout } = options;
    const embedded = workspace.take("hidden.0", texts.tokens * hidden);
    options.checkStop?.();
    bias?.begin(texts);
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
    if (bias?.trained) bias.done();
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
