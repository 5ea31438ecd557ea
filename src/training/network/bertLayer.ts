import type { PostNormLayer } from "../../encoders/architectures/operators/postNormLayer.ts";
import type { TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import type { NumbersByName, OpenPiece } from "../../onnx/gradients/openPiece.ts";
import { gradientOf, seedOf } from "../../onnx/gradients/piece.ts";
import type { ValueInfo } from "../../onnx/model.ts";
import type { DistanceBias } from "./distanceBias.ts";
import { keptValues } from "./keptValues.ts";
import type { Dropout, NetworkWeights } from "./networkWeights.ts";
import type { PackedTexts } from "./packedTexts.ts";
import type { Workspace } from "./workspace.ts";

/** The pieces of one layer. */
export interface LayerPieces {
  readonly project: OpenPiece;
  readonly attend: OpenPiece;
  readonly merge: OpenPiece;
}

/** Everything that a run of one layer, forward or backward, is about. */
export interface LayerRun {
  readonly layer: number;
  readonly pieces: LayerPieces;
  readonly texts: PackedTexts;
  /** Whether only the texts' first tokens are wanted of it: one row a text comes out. */
  readonly firstOnly: boolean;
  /** Whether what the backward pass needs is kept. */
  readonly keep: boolean;
  readonly dropout: Dropout | null;
  /** What goes in, one row a token. */
  readonly hidden: Float32Array;
  /** Before the names of this layer's arrays in the workspace. */
  readonly prefix: string;
  /** Asked between pieces: throws to stop the run. */
  readonly checkStop: () => void;
}

const weightAndBias = (pairs: readonly (readonly [local: string, full: string])[]): [string, string][] =>
  pairs.flatMap(([local, full]): [string, string][] => [
    [`${local}.weight`, `${full}.weight`],
    [`${local}.bias`, `${full}.bias`],
  ]);

/** Full names of the weights of one of a layer's pieces, by their names in the piece. */
export function layerWeights(names: PostNormLayer, piece: "project" | "merge"): [local: string, full: string][] {
  if (piece === "project") {
    return weightAndBias([
      ["query", names.query],
      ["key", names.key],
      ["value", names.value],
    ]);
  }
  return weightAndBias([
    ["attention.output.dense", names.attentionOutput],
    ["attention.output.LayerNorm", names.attentionNorm.name],
    ["intermediate.dense", names.wide],
    ["output.dense", names.output],
    ["output.LayerNorm", names.outputNorm.name],
  ]);
}

/** Runs BERT's layers over packed texts. */
export function bertLayers(
  { geometry, layers }: TrainableEncoder,
  weights: NetworkWeights,
  workspace: Workspace,
  bias: DistanceBias | null,
) {
  const hidden = geometry.hiddenSize;
  const namesOf = (layer: number): PostNormLayer => {
    const names = layers[layer];
    if (names === undefined) throw new RangeError(`there is no layer ${layer}`);
    return names;
  };

  const given = (pairs: readonly [string, string][]): NumbersByName =>
    Object.fromEntries(pairs.map(([local, full]) => [local, { data: weights.value(full), dims: weights.dims(full) }]));
  const rows = (data: Float32Array): NumbersByName[string] => ({ data, dims: [data.length / hidden, hidden] });
  const take = (name: string, count: number): Float32Array => workspace.take(name, count * hidden);
  const byHeads = (data: Float32Array, from: number, to: number): NumbersByName[string] => ({
    data: data.subarray(from * hidden, to * hidden),
    dims: [to - from, geometry.heads, hidden / geometry.heads],
  });
  const keptRoom = (prefix: string, kept: readonly ValueInfo[], sizes: Readonly<Record<string, number>>) =>
    keptValues(workspace, prefix, kept, sizes);

  /** What lies in the workspace for a run; the same for its forward and backward pass. */
  const arrays = ({ prefix, texts, firstOnly, hidden: input }: LayerRun) => {
    const { tokens, count } = texts;
    const asked = firstOnly ? count : tokens;
    return {
      wanted: firstOnly ? take(`${prefix}.wanted`, count) : input,
      queries: take(`${prefix}.queries`, asked),
      keys: take(`${prefix}.keys`, tokens),
      values: take(`${prefix}.values`, tokens),
      context: take(`${prefix}.context`, asked),
      asked,
    };
  };

  const attentionMask = ({ layer, texts, firstOnly, dropout }: LayerRun, text: number): NumbersByName => {
    if (dropout === null || dropout.attention === 0) return {};
    const length = (texts.starts[text + 1] ?? 0) - (texts.starts[text] ?? 0);
    const dims = [geometry.heads, firstOnly ? 1 : length, length];
    const size = dims.reduce((product, each) => product * each, 1);
    dropout.room("attention", size);
    dropout.fill("attention", 0, size, text, layer, "attention");
    return { mask: { data: dropout.room("attention", size), dims } };
  };

  const hiddenMasks = ({ layer, texts, firstOnly, dropout }: LayerRun, asked: number): NumbersByName => {
    if (dropout === null || dropout.hidden === 0) return {};
    const masks: Record<string, NumbersByName[string]> = {};
    for (const site of ["attended", "output"] as const) {
      dropout.room(site, asked * hidden);
      for (let text = 0; text < texts.count; text++) {
        const from = firstOnly ? text : (texts.starts[text] ?? 0);
        const to = firstOnly ? text + 1 : (texts.starts[text + 1] ?? 0);
        dropout.fill(site, from * hidden, to * hidden, text, layer, site);
      }
      masks[`${site}_mask`] = rows(dropout.room(site, asked * hidden));
    }
    return masks;
  };

  /** Rows of a text among those that ask and among those that are asked. */
  const placeOf = ({ texts, firstOnly }: LayerRun, text: number) => {
    const [from, to] = [texts.starts[text] ?? 0, texts.starts[text + 1] ?? 0];
    return { from, to, askFrom: firstOnly ? text : from, askTo: firstOnly ? text + 1 : to };
  };

  /** Runs a layer and writes what comes out, one row a token, or one a text. */
  async function forward(run: LayerRun, output: Float32Array): Promise<void> {
    const { layer, pieces, texts, firstOnly, keep, prefix } = run;
    const { wanted, queries, keys, values, context, asked } = arrays(run);
    if (firstOnly) copyFirstRows(run.hidden, wanted, texts, hidden);
    run.checkStop();
    await pieces.project.forward(
      { hidden: rows(run.hidden), wanted: rows(wanted), ...given(layerWeights(namesOf(layer), "project")) },
      { queries: rows(queries), keys: rows(keys), values: rows(values) },
    );
    for (let text = 0; text < texts.count; text++) {
      const { from, to, askFrom, askTo } = placeOf(run, text);
      const sizes = { asked: askTo - askFrom, tokens: to - from };
      await pieces.attend.forward(
        {
          queries: byHeads(queries, askFrom, askTo),
          keys: byHeads(keys, from, to),
          values: byHeads(values, from, to),
          ...(bias === null ? {} : { bias: bias.of(sizes.tokens, firstOnly) }),
          ...attentionMask(run, text),
        },
        {
          context: byHeads(context, askFrom, askTo),
          ...(keep ? keptRoom(`${prefix}.attend.${text}`, pieces.attend.kept, sizes) : {}),
        },
      );
    }
    run.checkStop();
    await pieces.merge.forward(
      {
        context: rows(context),
        skip: rows(wanted),
        ...given(layerWeights(namesOf(layer), "merge")),
        ...hiddenMasks(run, asked),
      },
      { output: rows(output), ...(keep ? keptRoom(`${prefix}.merge`, pieces.merge.kept, { rows: asked }) : {}) },
    );
  }

  /**
   * Runs a layer backward after `forward` with `keep`.
   * @param seed the loss's derivative by what came out
   * @param input receives the derivative by what went in; null where it is not wanted
   * @param train whether gradients by the weights are added up
   */
  async function backward(
    run: LayerRun,
    seed: Float32Array,
    input: Float32Array | null,
    train: boolean,
  ): Promise<void> {
    const { layer, pieces, texts, firstOnly, prefix } = run;
    const { wanted, queries, keys, values, context, asked } = arrays(run);
    const places = train
      ? (piece: "project" | "merge") =>
          layerWeights(namesOf(layer), piece).map(([local, full]) => ({ local, full, place: weights.gradient(full) }))
      : () => [];
    const targets = (of: ReturnType<typeof places>): NumbersByName =>
      Object.fromEntries(
        of.map(({ local, full, place }) => [gradientOf(local), { data: place.target, dims: weights.dims(full) }]),
      );
    const room = (name: string, count: number): Float32Array => take(`gradient.${name}`, count);
    const byContext = room("context", asked);
    const bySkip = room("skip", asked);

    run.checkStop();
    const mergePlaces = places("merge");
    await pieces.merge.backward(
      {
        context: rows(context),
        skip: rows(wanted),
        ...given(layerWeights(namesOf(layer), "merge")),
        ...hiddenMasks(run, asked),
        ...keptRoom(`${prefix}.merge`, pieces.merge.kept, { rows: asked }),
        [seedOf("output")]: rows(seed),
      },
      {
        [gradientOf("context")]: rows(byContext),
        ...(input === null ? {} : { [gradientOf("skip")]: rows(bySkip) }),
        ...targets(mergePlaces),
      },
    );
    for (const { place } of mergePlaces) place.done();

    const [byQueries, byKeys, byValues] = [
      room("queries", asked),
      room("keys", texts.tokens),
      room("values", texts.tokens),
    ];
    for (let text = 0; text < texts.count; text++) {
      const { from, to, askFrom, askTo } = placeOf(run, text);
      const sizes = { asked: askTo - askFrom, tokens: to - from };
      await pieces.attend.backward(
        {
          queries: byHeads(queries, askFrom, askTo),
          keys: byHeads(keys, from, to),
          values: byHeads(values, from, to),
          ...(bias === null ? {} : { bias: bias.of(sizes.tokens, firstOnly) }),
          ...attentionMask(run, text),
          ...keptRoom(`${prefix}.attend.${text}`, pieces.attend.kept, sizes),
          [seedOf("context")]: byHeads(byContext, askFrom, askTo),
        },
        {
          [gradientOf("queries")]: byHeads(byQueries, askFrom, askTo),
          [gradientOf("keys")]: byHeads(byKeys, from, to),
          [gradientOf("values")]: byHeads(byValues, from, to),
          ...(bias?.trained ? { [gradientOf("bias")]: bias.gradient(sizes.tokens, firstOnly) } : {}),
        },
      );
      if (bias?.trained) bias.add(sizes.tokens, firstOnly);
    }

    run.checkStop();
    const byWanted = firstOnly ? room("wanted", asked) : null;
    const projectPlaces = places("project");
    await pieces.project.backward(
      {
        hidden: rows(run.hidden),
        wanted: rows(wanted),
        ...given(layerWeights(namesOf(layer), "project")),
        [seedOf("queries")]: rows(byQueries),
        [seedOf("keys")]: rows(byKeys),
        [seedOf("values")]: rows(byValues),
        [seedOf(firstOnly ? "wanted" : "hidden")]: rows(bySkip),
      },
      {
        ...(input === null ? {} : { [gradientOf("hidden")]: rows(input) }),
        ...(input === null || byWanted === null ? {} : { [gradientOf("wanted")]: rows(byWanted) }),
        ...targets(projectPlaces),
      },
    );
    for (const { place } of projectPlaces) place.done();
    if (input !== null && byWanted !== null) addFirstRows(byWanted, input, texts, hidden);
  }

  return { forward, backward };
}

/** Copies every text's first row. */
export function copyFirstRows(from: Float32Array, to: Float32Array, texts: PackedTexts, width: number): void {
  for (let text = 0; text < texts.count; text++) {
    const start = (texts.starts[text] ?? 0) * width;
    to.set(from.subarray(start, start + width), text * width);
  }
}

/** Adds one row a text to every text's first row. */
export function addFirstRows(from: Float32Array, to: Float32Array, texts: PackedTexts, width: number): void {
  for (let text = 0; text < texts.count; text++) {
    const start = (texts.starts[text] ?? 0) * width;
    for (let k = 0; k < width; k++) to[start + k] = (to[start + k] ?? 0) + (from[text * width + k] ?? 0);
  }
}
