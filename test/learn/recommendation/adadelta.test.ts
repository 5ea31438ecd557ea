import { expect, test } from "vitest";
import { adadeltaState, adadeltaStep } from "../../../src/learn/recommendation/adadelta.ts";

test("the first step is sqrt(1e-6 / (0.05 g^2 + 1e-6)) times the gradient, against it", () => {
  const parameters = Float32Array.of(1, 1, 1);
  const state = adadeltaState(3);
  adadeltaStep(parameters, Float64Array.of(0.5, -0.5, 0), state);
  const step = Math.sqrt(1e-6 / (0.05 * 0.25 + 1e-6)) * 0.5;
  expect(parameters[0]).toBeCloseTo(1 - step, 6);
  expect(parameters[1]).toBeCloseTo(1 + step, 6);
  expect(parameters[2]).toBe(1);
  expect(state.squaredGradients[0]).toBeCloseTo(0.0125, 8);
  expect(state.squaredSteps[0]).toBeCloseTo(0.05 * step * step, 10);
});

test("under a steady gradient the steps grow, for past steps set the next one's unit", () => {
  const parameters = new Float32Array(1);
  const state = adadeltaState(1);
  const positions = Array.from({ length: 20 }, () => {
    adadeltaStep(parameters, Float64Array.of(1), state);
    return parameters[0]!;
  });
  const steps = positions.map((position, i) => (positions[i - 1] ?? 0) - position);
  expect(steps[19]!).toBeGreaterThan(steps[2]!);
});
