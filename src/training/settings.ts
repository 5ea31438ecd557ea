/** Everything that decides what a training does with its data: kept in `training.json`, and compared when a training goes on. */
export interface TrainingSettings {
  readonly preset: string;
  /** How a text's vector is made: the id of a head. */
  readonly pooling: string;
  /** How title and abstract become tokens. */
  readonly recipe: "hf" | "original";
  /** Most tokens of a text. */
  readonly maxLength: number;
  /** Most words of a text, for the recipe `original`; null for no limit. */
  readonly maxWords: number | null;
  readonly distance: string;
  readonly margin: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Most length of all gradients together; null for no limit. */
  readonly clip: number | null;
  /** Most length of each weight's gradient; null for no limit. */
  readonly clipEach: number | null;
  /** Every entry of each batch's gradient is held within ± this; null for no limit. */
  readonly clampEntries: number | null;
  readonly schedule: string;
  /** Updates over which the rate rises; below 1 a share of the planned ones. */
  readonly warmup: number;
  readonly epochs: number;
  /** Triplets that go through the network together. */
  readonly batchSize: number;
  /** Batches whose gradients are added up for one update. */
  readonly accumulate: number;
  /** What a batch's loss is multiplied by: one part in `accumulate`, or its triplets' share of a full update's. */
  readonly lossShare: "batches" | "triplets";
  /** The training ends after so many updates; null: when its epochs do. */
  readonly maxSteps: number | null;
  /** Triplets of an epoch that the schedule counts with; null: as many as there are. */
  readonly numTrainInstances: number | null;
  /** Triplets of the dev set that are looked at; null: all. */
  readonly numDevInstances: number | null;
  readonly shuffle: boolean;
  readonly seed: number;
  /** Epochs without a better dev loss after which the training ends; null: it does not. */
  readonly patience: number | null;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  readonly vectorDropout: number;
  /** What is not trained. */
  readonly freeze: { readonly embeddings: boolean; readonly layers: readonly number[] };
  /** Updates between two looks at dev loss and benchmark, beside those at an epoch's end; null for none. */
  readonly evaluateEvery: number | null;
  /** What decides which checkpoint is the best. */
  readonly bestBy: "dev" | "benchmark";
}
