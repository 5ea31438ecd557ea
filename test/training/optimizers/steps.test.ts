import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../../src/tensorFiles/safetensors.ts";
import { readFloat32 } from "../../../src/tensorFiles/storedTensor.ts";
import { heads } from "../../../src/training/heads/heads.ts";
import { l2Norm } from "../../../src/training/losses/l2Norm.ts";
import { tripletLoss } from "../../../src/training/losses/tripletLoss.ts";
import { packTexts } from "../../../src/training/network/packedTexts.ts";
import { optimizers } from "../../../src/training/optimizers/optimizers.ts";
import { hasShared } from "../../shared.ts";
import { goldenBatches, goldenTexts, openGoldenModel, plainName, stepsPath } from "../stepsGolden.ts";

const cases = [
  { golden: "hf-adamw", optimizer: "adamw", head: "cls", recipe: "hf", weightDecay: 0.01, clampEach: null },
  { golden: "torch-adamw", optimizer: "adamw-torch", head: "cls", recipe: "hf", weightDecay: 0.01, clampEach: null },
  { golden: "bertadam-sum", optimizer: "bertadam", head: "words-sum", recipe: "last", weightDecay: 0.01, clampEach: 1 },
] as const;

describe.skipIf(!hasShared)("five updates over two micro-batches each", () => {
  for (const { golden, optimizer: id, head: headId, recipe, weightDecay, clampEach } of cases) {
    it(`give the reference's weights to 2e-6, with its rates and losses: ${golden}`, async () => {
      const optimizer = optimizers.find((each) => each.id === id);
      const chosen = heads.find((each) => each.id === headId);
      if (optimizer === undefined || chosen === undefined) throw new Error("not registered");
      const { geometry, parameters, network, head } = openGoldenModel(chosen, clampEach);
      const { float64: updates, float32_minus_float64_after_step5: spread } = JSON.parse(
        readFileSync(stepsPath(`steps-${golden}.json`), "utf8"),
      );
      const single = readSafetensors(stepsPath(`steps-${golden}.f32.safetensors`));
      const double = readSafetensors(stepsPath(`steps-${golden}.f64.safetensors`));
      const batches = goldenBatches();
      for (const [index, { update, lr_used: rate, losses }] of updates.entries()) {
        parameters.beginUpdate();
        for (const [part, expected] of losses.entries()) {
          const texts = packTexts(goldenTexts(batches[2 * index + part] ?? [], recipe));
          const pass = await network.forward(texts, {
            firstOnly: chosen.firstOnly,
            keep: true,
            recompute: false,
            dropout: null,
          });
          const { loss, gradient } = tripletLoss(await head.forward(pass), geometry.hiddenSize, l2Norm, 1);
          expect(Math.abs(loss - expected)).toBeLessThan(1e-5 * Math.max(1, expected));
          await network.backward(
            pass,
            await head.backward(
              pass,
              gradient.map((value) => value / 2),
            ),
          );
        }
        parameters.endUpdate();
        for (const weight of parameters.trainedWeights) {
          optimizer.update(weight, { ...optimizer.defaults, rate, update, weightDecay, gradientScale: 1 });
        }
        const truth = double.has(`step${update}.${[...double.keys()][0]?.replace(/^step\d+\./, "")}`) ? double : single;
        let compared = 0;
        for (const [name, tensor] of truth) {
          const [, step, plain = ""] = /^step(\d+)\.(.*)$/.exec(name) ?? [];
          // Adam makes whole steps of the rounding that some weights have for a gradient: PyTorch does not agree with itself there.
          if (Number(step) !== update || plain.endsWith("key.bias") || spread[plain]?.moved < 1e-9) continue;
          const expected = readFloat32(tensor);
          const found = parameters.value(plainName(plain));
          let largest = 0;
          for (let at = 0; at < expected.length; at++) {
            largest = Math.max(largest, Math.abs((found[at] ?? Number.NaN) - (expected[at] ?? 0)));
          }
          expect(largest, `${plain} after update ${update}`).toBeLessThan(2e-6);
          compared += 1;
        }
        expect(compared).toBeGreaterThan(45);
      }
      await head.close();
      await network.close();
    });
  }
});
