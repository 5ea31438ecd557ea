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

test("many steps are those of the formula, gradient by gradient", () => {
  const parameters = Float32Array.of(1);
  const state = adadeltaState(1);
  let [place, gradients, steps] = [1, 0, 0];
  for (const slope of [0.5, -0.2, 0.9, 0.1, -1, 3]) {
    adadeltaStep(parameters, Float64Array.of(slope), state);
    gradients = 0.95 * gradients + 0.05 * slope ** 2;
    const step = (Math.sqrt(steps + 1e-6) / Math.sqrt(gradients + 1e-6)) * slope;
    steps = 0.95 * steps + 0.05 * step ** 2;
    place -= step;
    expect(parameters[0]).toBeCloseTo(place, 6);
    expect(state.squaredGradients[0]! / gradients).toBeCloseTo(1, 5);
    expect(state.squaredSteps[0]! / steps).toBeCloseTo(1, 5);
  }
});
