/** The numbers that a network is made of, by Hugging Face's names, and the places where its gradients are added up. */
export interface NetworkWeights {
  readonly value: (name: string) => Float32Array;
  readonly dims: (name: string) => readonly number[];
  /** Whether a weight is trained; gradients of the others are not computed. */
  readonly trained: (name: string) => boolean;
  /**
   * Where the gradient of a trained weight is to be written; `done` then adds it to the sum of the update under way.
   * One weight's gradient is written once a batch.
   */
  readonly gradient: (name: string) => GradientPlace;
  /** Adds gradients of some rows of a table to the sum, row after row; each row is named once. */
  readonly addRows: (name: string, rows: ArrayLike<number>, gradient: Float32Array) => void;
}

/** Room for one weight's gradient. */
export interface GradientPlace {
  readonly target: Float32Array;
  readonly done: () => void;
}

/** Where in a network a dropout stands. A mask follows from its place in this list: new ones come last. */
export const dropoutSites = ["embeddings", "attention", "attended", "output", "vector", "inner"] as const;
export type DropoutSite = (typeof dropoutSites)[number];

/** The dropout of one batch. A mask is the same each time it is asked for, so that the backward pass needs none kept. */
export interface Dropout {
  /** Places where something is silenced. */
  readonly drops: readonly DropoutSite[];
  /**
   * Room for a mask, filled with `fill`.
   * @param name the same name gives the same room
   */
  readonly room: (name: string, length: number) => Float32Array;
  /** Writes one text's factors, 0 or what makes up for the silenced ones, into a stretch of such a room. */
  readonly fill: (name: string, from: number, to: number, text: number, layer: number, site: DropoutSite) => void;
}
