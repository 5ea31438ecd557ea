import type { TrainableEncoder } from "../../encoders/architectures/trainable.ts";
import type { NumbersByName, OpenPiece } from "../../onnx/gradients/openPiece.ts";
import { gradientOf, seedOf } from "../../onnx/gradients/piece.ts";
import type { ValueInfo } from "../../onnx/model.ts";
import type { AttentionBias } from "./attentionBias.ts";
import { keptValues } from "./keptValues.ts";
import { givenWeights, gradientRooms, layerWeights } from "./layerWeights.ts";
import type { Dropout, DropoutSite, NetworkWeights } from "./networkWeights.ts";
import type { PackedTexts } from "./packedTexts.ts";
import { maskOf } from "./pieces/parts.ts";
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
  /** What is added to attention's scores; null for nothing. */
  readonly bias: AttentionBias | null;
  /** What goes in, one row a token. */
  readonly hidden: Float32Array;
  /** Before the names of this layer's arrays in the workspace. */
  readonly prefix: string;
  /** Asked between pieces: throws to stop the run. */
  readonly checkStop: () => void;
}

/** Runs an encoder's layers over packed texts. */
export function openLayers({ geometry, layers }: TrainableEncoder, weights: NetworkWeights, workspace: Workspace) {
  const hidden = geometry.hiddenSize;
  const allWeights = layers.map(layerWeights);
  const weightsOf = (layer: number) => {
    const found = allWeights[layer];
    if (found === undefined) throw new RangeError(`there is no layer ${layer}`);
    return found;
  };

  const matrix = (data: Float32Array, width: number): NumbersByName[string] => ({
    data,
    dims: [data.length / width, width],
  });
  const rows = (data: Float32Array): NumbersByName[string] => matrix(data, hidden);
  const take = (name: string, count: number): Float32Array => workspace.take(name, count * hidden);
  const byHeads = (data: Float32Array, from: number, to: number): NumbersByName[string] => ({
    data: data.subarray(from * hidden, to * hidden),
    dims: [to - from, geometry.heads, hidden / geometry.heads],
  });
  const keptRoom = (prefix: string, kept: readonly ValueInfo[], sizes: Readonly<Record<string, number>>) =>
    keptValues(workspace, prefix, kept, sizes);

  /** Places of dropout in a layer's last piece, and the width of what is silenced there. */
  const mergeSites: readonly (readonly [DropoutSite, number])[] = [
    ["attended", hidden],
    ["inner", geometry.intermediateSize],
    ["output", hidden],
  ];

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

  const projectRoom = ({ prefix, pieces, texts }: LayerRun, asked: number): NumbersByName =>
    keptRoom(`${prefix}.project`, pieces.project.kept, { tokens: texts.tokens, rows: asked });

  const attentionMask = ({ layer, texts, firstOnly, dropout }: LayerRun, text: number): NumbersByName => {
    if (!dropout?.drops.includes("attention")) return {};
    const length = (texts.starts[text + 1] ?? 0) - (texts.starts[text] ?? 0);
    const dims = [geometry.heads, firstOnly ? 1 : length, length];
    const size = dims.reduce((product, each) => product * each, 1);
    dropout.room("attention", size);
    dropout.fill("attention", 0, size, text, layer, "attention");
    return { [maskOf("attention")]: { data: dropout.room("attention", size), dims } };
  };

  const hiddenMasks = (run: LayerRun, asked: number): NumbersByName => {
    const { layer, texts, dropout } = run;
    const masks: Record<string, NumbersByName[string]> = {};
    for (const [site, width] of mergeSites) {
      if (!dropout?.drops.includes(site)) continue;
      dropout.room(site, asked * width);
      for (let text = 0; text < texts.count; text++) {
        const { askFrom, askTo } = placeOf(run, text);
        dropout.fill(site, askFrom * width, askTo * width, text, layer, site);
      }
      masks[maskOf(site)] = matrix(dropout.room(site, asked * width), width);
    }
    return masks;
  };

  /** Rows of a text among those that ask and among those that are asked. */
  const placeOf = ({ texts, firstOnly }: LayerRun, text: number) => {
    const [from, to] = [texts.starts[text] ?? 0, texts.starts[text + 1] ?? 0];
    return { from, to, askFrom: firstOnly ? text : from, askTo: firstOnly ? text + 1 : to };
  };

  // What the pieces take is the same forward and backward. Masks are filled when they are asked for, into rooms that layers share.
  const projectGiven = (run: LayerRun): NumbersByName => ({
    hidden: rows(run.hidden),
    wanted: rows(arrays(run).wanted),
    ...givenWeights(weights, weightsOf(run.layer).project),
  });
  const attendGiven = (run: LayerRun, text: number): NumbersByName => {
    const { queries, keys, values } = arrays(run);
    const { from, to, askFrom, askTo } = placeOf(run, text);
    return {
      queries: byHeads(queries, askFrom, askTo),
      keys: byHeads(keys, from, to),
      values: byHeads(values, from, to),
      ...(run.bias === null ? {} : { bias: run.bias.of(to - from, run.firstOnly) }),
      ...attentionMask(run, text),
    };
  };
  const mergeGiven = (run: LayerRun): NumbersByName => {
    const { context, wanted, asked } = arrays(run);
    return {
      context: rows(context),
      skip: rows(wanted),
      ...givenWeights(weights, weightsOf(run.layer).merge),
      ...hiddenMasks(run, asked),
    };
  };

  /** Runs a layer and writes what comes out, one row a token, or one a text. */
  async function forward(run: LayerRun, output: Float32Array): Promise<void> {
    const { pieces, texts, firstOnly, keep, prefix } = run;
    const { wanted, queries, keys, values, context, asked } = arrays(run);
    if (firstOnly) copyFirstRows(run.hidden, wanted, texts, hidden);
    run.checkStop();
    await pieces.project.forward(projectGiven(run), {
      ...{ queries: rows(queries), keys: rows(keys), values: rows(values) },
      ...(keep ? projectRoom(run, asked) : {}),
    });
    for (let text = 0; text < texts.count; text++) {
      const { from, to, askFrom, askTo } = placeOf(run, text);
      const sizes = { asked: askTo - askFrom, tokens: to - from };
      await pieces.attend.forward(attendGiven(run, text), {
        context: byHeads(context, askFrom, askTo),
        ...(keep ? keptRoom(`${prefix}.attend.${text}`, pieces.attend.kept, sizes) : {}),
      });
    }
    run.checkStop();
    await pieces.merge.forward(mergeGiven(run), {
      output: rows(output),
      ...(keep ? keptRoom(`${prefix}.merge`, pieces.merge.kept, { rows: asked }) : {}),
    });
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
    const { layer, pieces, texts, firstOnly, prefix, bias } = run;
    const { asked } = arrays(run);
    const { project, merge } = weightsOf(layer);
    const room = (name: string, count: number): Float32Array => take(`gradient.${name}`, count);
    const byContext = room("context", asked);
    const bySkip = room("skip", asked);

    run.checkStop();
    const byMerge = gradientRooms(weights, train ? merge : []);
    await pieces.merge.backward(
      {
        ...mergeGiven(run),
        ...keptRoom(`${prefix}.merge`, pieces.merge.kept, { rows: asked }),
        [seedOf("output")]: rows(seed),
      },
      {
        [gradientOf("context")]: rows(byContext),
        ...(input === null ? {} : { [gradientOf("skip")]: rows(bySkip) }),
        ...byMerge.targets,
      },
    );
    byMerge.done();

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
          ...attendGiven(run, text),
          ...keptRoom(`${prefix}.attend.${text}`, pieces.attend.kept, sizes),
          [seedOf("context")]: byHeads(byContext, askFrom, askTo),
        },
        {
          [gradientOf("queries")]: byHeads(byQueries, askFrom, askTo),
          [gradientOf("keys")]: byHeads(byKeys, from, to),
          [gradientOf("values")]: byHeads(byValues, from, to),
          ...(bias?.gradient ? { [gradientOf("bias")]: bias.gradient.room(sizes.tokens, firstOnly) } : {}),
        },
      );
      bias?.gradient?.add(sizes.tokens, firstOnly);
    }

    run.checkStop();
    const byWanted = firstOnly ? room("wanted", asked) : null;
    const byProject = gradientRooms(weights, train ? project : []);
    await pieces.project.backward(
      {
        ...projectGiven(run),
        ...projectRoom(run, asked),
        [seedOf("queries")]: rows(byQueries),
        [seedOf("keys")]: rows(byKeys),
        [seedOf("values")]: rows(byValues),
        [seedOf(firstOnly ? "wanted" : "hidden")]: rows(bySkip),
      },
      {
        ...(input === null ? {} : { [gradientOf("hidden")]: rows(input) }),
        ...(input === null || byWanted === null ? {} : { [gradientOf("wanted")]: rows(byWanted) }),
        ...byProject.targets,
      },
    );
    byProject.done();
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
