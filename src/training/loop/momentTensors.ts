import { fileError } from "../../errors.ts";
import { readFloat32, type StoredTensors } from "../../tensorFiles/storedTensor.ts";
import type { TensorToWrite } from "../../tensorFiles/writeSafetensors.ts";
import type { CheckpointContent } from "../checkpoints/checkpointFolder.ts";
import type { Parameters } from "../parameters.ts";

/**
 * What an optimiser must find again, as tensors: both moments of every trained weight, the weights that a model's folder has no place for,
 * and the gradients of an update under way.
 */
export function momentTensors({ trainedWeights }: Parameters, withGradients: boolean): TensorToWrite[] {
  return trainedWeights.flatMap(({ name, dims, first, second, gradient, weights }) => [
    { name: `first.${name}`, dims, data: first },
    { name: `second.${name}`, dims, data: second },
    ...(withGradients ? [{ name: `gradient.${name}`, dims, data: gradient }] : []),
    ...(name.startsWith("scalar_mix.") ? [{ name: `weights.${name}`, dims, data: weights }] : []),
  ]);
}

/**
 * Puts a checkpoint's numbers in place.
 * @throws ScidocsError `BAD_INPUT` for a checkpoint that lacks some
 */
export function restoreParameters(folder: string, parameters: Parameters, content: CheckpointContent): void {
  const put = (target: Float32Array, tensors: StoredTensors, name: string): void => {
    const tensor = tensors.get(name);
    const numbers = tensor === undefined ? null : readFloat32(tensor);
    if (numbers?.length !== target.length) {
      throw fileError(folder, null, `lacks ${name}; remove this checkpoint's folder to go on from the one before`);
    }
    target.set(numbers);
  };
  for (const { name, weights, first, second, gradient } of parameters.trainedWeights) {
    const apart = name.startsWith("scalar_mix.");
    put(weights, apart ? content.moments : content.weights, apart ? `weights.${name}` : name);
    put(first, content.moments, `first.${name}`);
    put(second, content.moments, `second.${name}`);
    if (content.state.part > 0) put(gradient, content.moments, `gradient.${name}`);
  }
  if (content.state.part > 0) parameters.continueUpdate();
}
