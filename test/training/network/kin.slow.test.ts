import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { layerOfWeight } from "../../../src/encoders/architectures/trainable.ts";
import { type CheckedEncoder, readHuggingFace } from "../../../src/encoders/checkpoints/huggingFace.ts";
import { readDeclaration } from "../../../src/encoders/declared/declaration.ts";
import { generator } from "../../../src/stats/random/generator.ts";
import { readFloat32 } from "../../../src/tensorFiles/storedTensor.ts";
import { firstToken } from "../../../src/training/heads/firstToken.ts";
import type { VectorHead } from "../../../src/training/heads/head.ts";
import { tokenMean } from "../../../src/training/heads/tokenMean.ts";
import { openDropoutMasks } from "../../../src/training/loop/dropoutMasks.ts";
import { dropoutShares } from "../../../src/training/loop/dropoutShares.ts";
import { l2Norm } from "../../../src/training/losses/l2Norm.ts";
import { tripletLoss } from "../../../src/training/losses/tripletLoss.ts";
import { openNetwork } from "../../../src/training/network/network.ts";
import type { Dropout } from "../../../src/training/network/networkWeights.ts";
import { packTexts } from "../../../src/training/network/packedTexts.ts";
import { openParameters } from "../../../src/training/parameters.ts";
import { planTraining } from "../../../src/training/planTraining.ts";
import { openStart } from "../../../src/training/start/openStart.ts";
import type { TrainingRequest } from "../../../src/training/trainingRequest.ts";
import { trainModel } from "../../../src/training/trainModel.ts";
import { hasShared, sharedPath } from "../../shared.ts";

const scratch = mkdtempSync(join(tmpdir(), "scidocs-kin-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const goldens = (name: string): string => sharedPath(`goldens/encoders/${name}`);

/** A golden folder as training opens it, and the golden tokens of its papers. */
async function openKin(name: string) {
  const start = await openStart(join(goldens(name), "folder"), undefined, 0, scratch);
  const parameters = openParameters(
    start.weights.map((weight) => ({ ...weight, trained: layerOfWeight(start.encoder, weight.name) !== null })),
    { clampEach: null },
  );
  const network = openNetwork(start.encoder, parameters, { threads: 1 });
  const expected = JSON.parse(readFileSync(join(goldens(name), "expected.json"), "utf8"));
  const text = (ids: readonly number[]) => ({ ids, positions: null, truncated: false });
  const forward = async (
    { firstOnly }: VectorHead,
    texts: readonly (readonly number[])[],
    keep: boolean,
    dropout: Dropout | null = null,
  ) => {
    const options = { firstOnly, keep, recompute: false, dropout };
    return network.forward(packTexts(texts.map(text)), options);
  };
  return { start, parameters, network, expected, forward };
}

/** The golden folders that are trained, with the heads whose vectors they have. */
const kin: readonly [name: string, kinds: readonly VectorHead[]][] = [
  ...["roberta", "xlm-roberta", "distilbert", "mpnet", "modernbert"].map((name): [string, VectorHead[]] => [
    name,
    [firstToken, tokenMean],
  ]),
  ["st-modernbert", [firstToken]],
  ["st-nomic-bert", [tokenMean]],
];

/** The golden case of a head: folders of sentence-transformers have one of their own. */
const caseOf = (name: string, kind: VectorHead): string => (name.startsWith("st-") ? "declared" : `hf-${kind.id}`);

describe.skipIf(!hasShared)("an encoder as it is trained", () => {
  for (const [name, kinds] of kin) {
    for (const kind of kinds) {
      it(`gives the original's vectors: ${name}, ${kind.id}`, async () => {
        const { network, parameters, expected, forward } = await openKin(name);
        const { vectors, tokens } = expected.cases.find((each: { name: string }) => each.name === caseOf(name, kind));
        const ids: Record<string, number[]> = expected.tokenizations[tokens].ids;
        const papers = Object.keys(vectors);
        const texts = papers.map((paper) => ids[paper] ?? []);
        const head = kind.open(network, parameters, { threads: 1 });
        const found = await head.forward(await forward(kind, texts, false));
        const width = network.geometry.hiddenSize;
        for (const [row, paper] of papers.entries()) {
          for (const [k, value] of vectors[paper].entries()) expect(found[row * width + k]).toBeCloseTo(value, 4);
        }
        expect(papers.length).toBeGreaterThan(10);
        await head.close();
        await network.close();
      });
    }

    // Each head once or more often: what is beneath it is the same.
    const kind = ["roberta", "mpnet", "st-modernbert", "st-nomic-bert"].includes(name) ? tokenMean : firstToken;
    // With masks that stand where the encoder has them, for those whose layers are not BERT's.
    const dropped = ["modernbert", "st-nomic-bert"].includes(name);
    it(`has the gradients of its loss, weight by weight, by differences along each: ${name}, ${kind.id}`, async () => {
      const { parameters, network, forward, start } = await openKin(name);
      const random = generator(7);
      // Texts of several lengths, one beyond ModernBERT's windows; a literal padding token in the middle takes no position in RoBERTa and
      // its kin.
      const ids = [7, 4, 24].map((length) => Array.from({ length }, () => 5 + Math.floor(random.uniform() * 40)));
      ids[0]![3] = 1;
      const width = network.geometry.hiddenSize;
      const head = kind.open(network, parameters, { threads: 1 });
      const shares = dropoutShares({ hiddenDropout: 0.2, attentionDropout: 0.1, vectorDropout: 0 }, start.encoder);
      const dropout = dropped ? openDropoutMasks(shares).of([[1], [2], [3]]) : null;
      const lossOf = async (): Promise<number> =>
        tripletLoss(await head.forward(await forward(kind, ids, false, dropout)), width, l2Norm, 50).loss;
      const pass = await forward(kind, ids, true, dropout);
      const { gradient } = tripletLoss(await head.forward(pass), width, l2Norm, 50);
      parameters.beginUpdate();
      await network.backward(pass, await head.backward(pass, gradient));
      parameters.endUpdate();
      let compared = 0;
      for (const { name: weight, weights, gradient: slope } of parameters.trainedWeights) {
        const steepness = Math.sqrt(slope.reduce((sum, value) => sum + value * value, 0));
        // Some have no gradient but rounding: a key's bias moves every score of a token alike, the last bias every vector.
        if (steepness < 1e-4) {
          expect(weight).toMatch(/(key|k_lin|attn\.k|1\.output\.LayerNorm|1\.output_layer_norm|1\.norm2)\.bias$/);
          continue;
        }
        const before = weights.slice();
        const step = 2e-2 / steepness;
        const moved = async (sign: number): Promise<number> => {
          for (let at = 0; at < weights.length; at++)
            weights[at] = before[at]! + (sign * step * slope[at]!) / steepness;
          return lossOf();
        };
        const rise = ((await moved(1)) - (await moved(-1))) / (2 * step);
        weights.set(before);
        expect(rise / steepness, weight).toBeGreaterThan(0.98);
        expect(rise / steepness, weight).toBeLessThan(1.02);
        compared++;
      }
      expect(compared).toBeGreaterThan(start.weights.length - 8);
      await head.close();
      await network.close();
    });
  }
});

/** Two updates on made-up triplets of the golden papers. */
function request(name: string): TrainingRequest {
  const ids = Object.keys(JSON.parse(readFileSync(goldens("papers.json"), "utf8")));
  const triplets = ids.slice(2).map((negative, index) => {
    const [query, positive] = [ids[index], ids[index + 1]];
    return `${JSON.stringify({ query, positive, negative, kind: "easy" })}\n`;
  });
  writeFileSync(join(scratch, "train.jsonl"), triplets.join(""));
  return {
    init: join(goldens(name), "folder"),
    trainFile: join(scratch, "train.jsonl"),
    papersFile: goldens("papers.json"),
    output: join(scratch, name),
    maxSteps: 2,
    accumulate: 2,
    threads: 1,
  };
}

describe.skipIf(!hasShared)("a training of such an encoder", () => {
  it("takes the mean over tokens where that is asked for, and writes a folder that declares it", async () => {
    const { job } = await planTraining({ ...request("roberta"), pooling: "mean", output: join(scratch, "mean") });
    await trainModel(job);
    const declared = readDeclaration(join(scratch, "mean", "best"));
    expect(declared.pooling.modes).toEqual(["mean"]);
    expect(declared.steps).toEqual([]);
    const module = JSON.parse(readFileSync(join(scratch, "mean", "best", "1_Pooling", "config.json"), "utf8"));
    expect(module).toEqual({
      word_embedding_dimension: 32,
      pooling_mode_cls_token: false,
      pooling_mode_max_tokens: false,
      pooling_mode_mean_tokens: true,
      pooling_mode_mean_sqrt_len_tokens: false,
    });
    // It is a start itself, and its declaration is honoured without a word.
    const again = await planTraining({ ...request("roberta"), init: join(scratch, "mean", "best") });
    expect(again.job.settings.pooling).toBe("mean");
    expect(again.notes).toEqual([]);
  });

  it("takes one share of dropout, and asks which where a configuration states several", async () => {
    const folder = join(scratch, "shares");
    cpSync(join(goldens("modernbert"), "folder"), folder, { recursive: true });
    const file = join(folder, "config.json");
    const config = JSON.parse(readFileSync(file, "utf8"));
    const state = (changes: object): void => writeFileSync(file, JSON.stringify({ ...config, ...changes }));
    const plan = (changes: Partial<TrainingRequest> = {}) =>
      planTraining({ ...request("modernbert"), init: folder, ...changes });
    state({ embedding_dropout: 0.1, mlp_dropout: 0.1, attention_dropout: 0.2 });
    expect((await plan()).job.settings).toMatchObject({ hiddenDropout: 0.1, attentionDropout: 0.2 });
    state({ embedding_dropout: 0.1, mlp_dropout: 0.2 });
    await expect(plan()).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/different shares of dropout as embedding_dropout and mlp_dropout.*--dropout/),
    });
    expect((await plan({ dropout: 0.3 })).job.settings).toMatchObject({ hiddenDropout: 0.3, attentionDropout: 0.3 });
    // What is not stated is the class's own: none. What is no share is not taken for one.
    state({ embedding_dropout: undefined, mlp_dropout: null, attention_dropout: undefined });
    expect((await plan()).job.settings).toMatchObject({ hiddenDropout: 0, attentionDropout: 0 });
    state({ attention_dropout: "0.2" });
    await expect(plan()).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringMatching(/config\.json: attention_dropout is "0.2", and should be a share/),
    });
  });

  it("refuses a folder that declares more than is trained, until it is told what to train instead", async () => {
    await expect(planTraining(request("st-mpnet"))).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/modules\.json declares pooling mean, normalize.*--pooling/),
    });
    const { notes, job } = await planTraining({ ...request("st-mpnet"), pooling: "mean" });
    expect(job.settings.pooling).toBe("mean");
    expect(notes.join()).toMatch(/declares pooling mean, normalize.*trained with --pooling mean alone/);
  });

  for (const [name, pythonClass] of [
    ["roberta", "RobertaModel"],
    ["xlm-roberta", "XLMRobertaModel"],
    ["distilbert", "DistilBertModel"],
    ["mpnet", "MPNetModel"],
    ["modernbert", "ModernBertModel"],
    ["st-nomic-bert", "NomicBertModel"],
  ] as const) {
    it(`writes the folder that it was given, weights moved: ${name}`, async () => {
      const { job } = await planTraining({ ...request(name), freeze: "0" });
      await trainModel(job);
      const [before, after] = [join(goldens(name), "folder"), join(scratch, name, "best")].map((folder) =>
        readHuggingFace(folder),
      );
      expect([...(after?.tensors.keys() ?? [])].sort()).toEqual([...(before?.tensors.keys() ?? [])].sort());
      const moved = [...(before?.tensors ?? [])].filter(([weight, tensor]) => {
        const trained = after?.tensors.get(weight);
        return trained === undefined || !isDeepStrictEqual(readFloat32(tensor), readFloat32(trained));
      });
      const layers = new Set(moved.map(([weight]) => (after === undefined ? null : layerIn(after, weight))));
      // The frozen layer stays as it was.
      const others = Array.from({ length: before?.blueprint.layers ?? 0 }, (_, layer) => layer).slice(1);
      expect(layers).toEqual(new Set(["embeddings", ...others]));
      const { architectures } = JSON.parse(readFileSync(join(scratch, name, "best", "config.json"), "utf8"));
      expect(architectures).toEqual([pythonClass]);
    });
  }
});

function layerIn({ blueprint }: CheckedEncoder, weight: string) {
  return layerOfWeight(blueprint.trainable, weight);
}
