/** Names of a training's folders: `checkpoint-`, the update, and the batches of the next one that it already holds. */
export const checkpointNames = /^checkpoint-(\d+)(?:\.(\d+))?$/;

/** Name of the folder of the best model. */
export const bestFolder = "best";

/** How far a training has come. */
export const stateFile = "state.json";

/** The optimiser's moments, and gradients that are half summed up. */
export const momentsFile = "optimizer.safetensors";
