import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { schedules } from "../../../src/training/schedules/schedules.ts";
import { hasShared } from "../../shared.ts";
import { stepsPath } from "../stepsGolden.ts";

interface SlantedCase {
  readonly num_epochs: number;
  readonly num_steps_per_epoch: number;
  readonly actual_updates_per_epoch: readonly number[];
  readonly cut_frac?: number;
  readonly ratio?: number;
  readonly "lr_of_update_1_2_3…": readonly number[];
}

interface TransformersCase {
  readonly schedule: string;
  readonly num_warmup_steps: number;
  readonly num_training_steps: number;
  readonly "lr_of_update_1_2_3…": readonly number[];
}

const factorOf = (id: string) => {
  const schedule = schedules.find((each) => each.id === id);
  if (schedule === undefined) throw new Error(`no schedule ${id}`);
  return schedule.factor;
};

const plain = { highest: 1, updatesPerEpoch: 10, epochs: 1, pastEpochs: [] };

describe("a schedule", () => {
  it("rises from 0 over the warm-up, whose first update has rate 0", () => {
    for (const id of ["linear", "cosine", "cosine-with-restarts", "polynomial", "constant"]) {
      const rates = [0, 1, 2].map((done) => factorOf(id)({ ...plain, done, total: 10, warmup: 2 }));
      expect(rates, id).toEqual([0, 0.5, 1]);
    }
  });
});

describe.skipIf(!hasShared)("schedules of the reference", () => {
  const golden = JSON.parse(
    hasShared ? readFileSync(stepsPath("schedules.json"), "utf8") : '{"slanted_triangular":[],"transformers":[]}',
  );

  const slanted: SlantedCase[] = golden.slanted_triangular.filter((each: SlantedCase) => each.cut_frac === undefined);
  for (const each of slanted) {
    it(`slanted triangular: ${each.num_epochs} epochs of ${each.num_steps_per_epoch}, really ${each.actual_updates_per_epoch}`, () => {
      const past: number[] = [];
      let done = 0;
      for (const updates of each.actual_updates_per_epoch) {
        for (let update = 0; update < updates; update++) {
          const factor = factorOf("slanted-triangular")({
            done,
            total: each.num_epochs * each.num_steps_per_epoch,
            warmup: 0,
            highest: 1,
            epochs: each.num_epochs,
            updatesPerEpoch: each.num_steps_per_epoch,
            pastEpochs: past,
          });
          expect(factor).toBeCloseTo(each["lr_of_update_1_2_3…"][done] ?? Number.NaN, 12);
          done += 1;
        }
        past.push(updates);
      }
    });
  }

  const names: Readonly<Record<string, string>> = {
    linear: "linear",
    cosine: "cosine",
    cosine_w_restarts: "cosine-with-restarts",
    polynomial: "polynomial",
  };
  const transformers: TransformersCase[] = golden.transformers.filter(
    (each: TransformersCase) => names[each.schedule] !== undefined,
  );
  for (const each of transformers) {
    it(`transformers: ${each.schedule}, ${each.num_warmup_steps} of ${each.num_training_steps}`, () => {
      for (const [done, rate] of each["lr_of_update_1_2_3…"].entries()) {
        const state = { ...plain, done, total: each.num_training_steps, warmup: each.num_warmup_steps };
        expect(factorOf(names[each.schedule] ?? "")(state)).toBeCloseTo(rate, 12);
      }
    });
  }
});
