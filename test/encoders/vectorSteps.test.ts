import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { safetensorsFile } from "../../scripts/tinyCheckpoints.mjs";
import { chooseSteps } from "../../src/encoders/choices/vector.ts";
import type { Declaration } from "../../src/encoders/declared/declaration.ts";
import { normalizeRows, openSteps, stepsText, type VectorStep, widthAfter } from "../../src/encoders/vectorSteps.ts";
import { lastingFolder } from "./checkpoints/lastingFolder.ts";

const rows = (...numbers: number[]) => ({ vectors: Float32Array.from(numbers), dimensions: 2 });

describe("normalizeRows", () => {
  it("scales each row to length 1 and leaves a zero row", () => {
    const vectors = Float32Array.of(3, 4, 0, 0);
    normalizeRows(vectors, 2);
    expect([...vectors]).toEqual([Math.fround(0.6), Math.fround(0.8), 0, 0]);
  });
});

describe("openSteps", () => {
  const folder = lastingFolder();
  writeFileSync(
    `${folder}/dense.safetensors`,
    safetensorsFile(
      new Map([
        ["linear.weight", { shape: [3, 2], data: Float32Array.of(1, 0, 0, 1, 1, 1) }],
        ["linear.bias", { shape: [3], data: Float32Array.of(0, 1, -9) }],
      ]),
    ),
  );
  writeFileSync(
    `${folder}/norm.safetensors`,
    safetensorsFile(
      new Map([
        ["norm.weight", { shape: [2], data: Float32Array.of(2, 1) }],
        ["norm.bias", { shape: [2], data: Float32Array.of(0, 5) }],
      ]),
    ),
  );
  const dense: VectorStep = {
    kind: "dense",
    file: `${folder}/dense.safetensors`,
    inputs: 2,
    outputs: 3,
    bias: true,
    activation: "relu",
  };

  it("multiplies, adds and bends each row in a dense step", () => {
    const { vectors, dimensions } = openSteps([dense])(rows(2, 3, -1, 4));
    expect(dimensions).toBe(3);
    expect([...vectors]).toEqual([2, 4, 0, 0, 5, 0]);
  });

  it("centres and scales each row in a layer norm", () => {
    const { vectors } = openSteps([{ kind: "layer-norm", file: `${folder}/norm.safetensors`, width: 2 }])(rows(1, 3));
    expect(vectors[0]).toBeCloseTo(-2, 4);
    expect(vectors[1]).toBeCloseTo(6, 4);
  });

  it("cuts vectors and normalizes what is left", () => {
    const steps: VectorStep[] = [{ kind: "cut", dimensions: 1 }, { kind: "normalize" }];
    expect([...openSteps(steps)(rows(3, 4, -2, 0)).vectors]).toEqual([1, -1]);
  });

  it("computes a dense step without a bias, and refuses a bias that the step does not declare, as the library does", () => {
    expect(() => openSteps([{ ...dense, bias: false }])).toThrow(/dense\.safetensors: holds linear\.bias, which/);
    const file = `${folder}/bare.safetensors`;
    writeFileSync(file, safetensorsFile(new Map([["linear.weight", { shape: [1, 2], data: Float32Array.of(2, 3) }]])));
    const bare: VectorStep = { ...dense, file, outputs: 1, bias: false, activation: "identity" };
    expect([...openSteps([bare])(rows(1, 10)).vectors]).toEqual([32]);
    expect(() => openSteps([{ ...bare, bias: true }])).toThrow(/linear\.bias as \[1\], but it is not there/);
  });

  it("refuses weights of another shape than declared, and steps that do not fit each other", () => {
    expect(() => openSteps([{ ...dense, inputs: 4 }])).toThrow(/linear\.weight as \[3, 4\], but it is \[3, 2\]/);
    expect(() => widthAfter([dense], 32)).toThrow(/Dense module takes 2 numbers.*gives 32/);
    expect(() => widthAfter([{ kind: "cut", dimensions: 9 }], 8)).toThrow(/--dimensions 9: the vectors have only 8/);
    expect(widthAfter([dense, { kind: "cut", dimensions: 2 }], 2)).toBe(2);
  });
});

describe("stepsText", () => {
  it("is another text wherever a step computes something else, since vectors are stored under it", () => {
    const dense: VectorStep = { kind: "dense", file: "f", inputs: 2, outputs: 3, bias: true, activation: "relu" };
    const steps: VectorStep[][] = [
      [dense],
      [{ ...dense, inputs: 4 }],
      [{ ...dense, outputs: 4 }],
      [{ ...dense, bias: false }],
      [{ ...dense, activation: "tanh" }],
      [{ kind: "layer-norm", file: "f", width: 2 }],
      [{ kind: "cut", dimensions: 2 }],
      [{ kind: "cut", dimensions: 1 }],
      [{ kind: "normalize" }],
      [dense, { kind: "normalize" }],
      [{ kind: "normalize" }, dense],
    ];
    expect(new Set(steps.map(stepsText)).size).toBe(steps.length);
    expect(stepsText([{ ...dense, bias: false }])).toBe("dense 2 to 3 (relu, without bias)");
  });
});

describe("chooseSteps", () => {
  const normalized = { steps: [{ kind: "normalize" }] } as unknown as Declaration;
  const text = (declaration: Declaration | null, options: Parameters<typeof chooseSteps>[2]) =>
    stepsText(chooseSteps(declaration, "mean", options));

  it("follows the folder, and the flags before it", () => {
    expect(text(normalized, {})).toBe("normalize");
    expect(text(normalized, { normalize: false })).toBe("");
    expect(text(null, { normalize: true })).toBe("normalize");
    expect(text(normalized, { normalize: true })).toBe("normalize");
  });

  it("cuts before the last normalization", () => {
    expect(text(normalized, { dimensions: 8 })).toBe("first 8 numbers, normalize");
    expect(text(null, { dimensions: 8 })).toBe("first 8 numbers");
    expect(text(null, { dimensions: 8, normalize: true })).toBe("first 8 numbers, normalize");
  });

  it("takes a model's own vectors as they are", () => {
    expect(chooseSteps(normalized, "model", {})).toEqual([]);
  });
});
