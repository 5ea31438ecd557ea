import { describe, expect, it } from "vitest";
import { activations } from "../../src/encoders/activations.ts";

/** Values at -2, -0.25, 0, 1 and 7, worked out from the formulas of PyTorch's documentation in double precision. */
const expected: Readonly<Record<keyof typeof activations, readonly number[]>> = {
  identity: [-2, -0.25, 0, 1, 7],
  tanh: [-0.9640275800758169, -0.24491866240370913, 0.0, 0.7615941559557649, 0.9999983369439447],
  relu: [0, 0, 0, 1, 7],
  gelu: [-0.04550026389635844, -0.10032341857926907, 0.0, 0.8413447460685429, 6.999999999991041],
  sigmoid: [0.11920292202211755, 0.43782349911420193, 0.5, 0.7310585786300049, 0.9990889488055994],
  silu: [-0.2384058440442351, -0.10945587477855048, 0.0, 0.7310585786300049, 6.993622641639195],
  mish: [-0.2525014826957089, -0.129926963679141, 0.0, 0.8650983882673103, 6.999988379809741],
  elu: [-0.8646647167633873, -0.22119921692859512, 0.0, 1, 7],
  celu: [-0.8646647167633873, -0.22119921692859512, 0, 1, 7],
  selu: [-1.520166468595695, -0.3888901974781189, 0.0, 1.0507009873554805, 7.354906911488364],
  leakyrelu: [-0.02, -0.0025, 0.0, 1.0, 7.0],
  relu6: [0, 0, 0, 1, 6],
  softplus: [0.1269280110429725, 0.5759394198788436, Math.LN2, 1.3132616875182228, 7.000911466453774],
  softsign: [-0.6666666666666666, -0.2, 0.0, 0.5, 0.875],
  logsigmoid: [-2.1269280110429727, -0.8259394198788435, -Math.LN2, -0.3132616875182228, -0.0009114664537742021],
  hardtanh: [-1, -0.25, 0, 1, 1],
  hardsigmoid: [0.16666666666666669, 0.4583333333333333, 0.5, 0.6666666666666666, 1],
  hardswish: [-0.3333333333333333, -0.11458333333333333, 0.0, 0.6666666666666666, 7],
  tanhshrink: [-1.035972419924183, -0.005081337596290869, 0.0, 0.23840584404423515, 6.0000016630560555],
  softshrink: [-1.5, 0, 0, 0.5, 6.5],
  hardshrink: [-2, 0, 0, 1, 7],
};

describe("activations", () => {
  it.each(Object.entries(activations))("%s has PyTorch's values", (name, activation) => {
    const values = expected[name as keyof typeof activations];
    for (const [index, x] of [-2, -0.25, 0, 1, 7].entries()) {
      expect(activation(x)).toBeCloseTo(values[index] ?? Number.NaN, 12);
    }
  });

  it("stay finite far from 0", () => {
    for (const [name, activation] of Object.entries(activations)) {
      for (const x of [-1e4, -40, 40, 1e4]) expect([name, x, Number.isFinite(activation(x))]).toEqual([name, x, true]);
    }
  });
});
