/** What Adadelta remembers of every parameter: decaying means of squared gradients and of squared steps. */
export interface AdadeltaState {
  readonly squaredGradients: Float32Array;
  readonly squaredSteps: Float32Array;
}

const decay = 0.95;
const epsilon = 1e-6;

/** The state before the first step. */
export function adadeltaState(length: number): AdadeltaState {
  return { squaredGradients: new Float32Array(length), squaredSteps: new Float32Array(length) };
}

/**
 * One step of Adadelta with PyTorch's settings (learning rate 1, rho 0.95, epsilon 1e-6), in place.
 * Parameters and state are kept in single precision.
 * Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
 */
export function adadeltaStep(parameters: Float32Array, gradient: Float64Array, state: AdadeltaState): void {
  const { squaredGradients, squaredSteps } = state;
  for (let i = 0; i < parameters.length; i++) {
    const slope = gradient[i]!;
    squaredGradients[i] = decay * squaredGradients[i]! + (1 - decay) * slope * slope;
    const step = (Math.sqrt(squaredSteps[i]! + epsilon) / Math.sqrt(squaredGradients[i]! + epsilon)) * slope;
    squaredSteps[i] = decay * squaredSteps[i]! + (1 - decay) * step * step;
    parameters[i]! -= step;
  }
}
