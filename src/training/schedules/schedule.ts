/** What a learning rate depends on. */
export interface ScheduleState {
  /** Updates made before this one. */
  readonly done: number;
  /** Updates of the whole training, as planned; need not be whole. */
  readonly total: number;
  /** Updates over which the rate rises at first. */
  readonly warmup: number;
  /** The highest rate, for a schedule that ends at a rate rather than at a share of it. */
  readonly highest: number;
  readonly epochs: number;
  /** Updates of an epoch, as planned. */
  readonly updatesPerEpoch: number;
  /** How many updates each epoch that has ended really had. */
  readonly pastEpochs: readonly number[];
}

/** A learning rate over time, as a factor of its highest value. */
export interface Schedule {
  readonly id: string;
  readonly description: string;
  /** Whether it rises in a way of its own, so that a warm-up says nothing to it. */
  readonly risesByItself?: true;
  readonly factor: (state: ScheduleState) => number;
}

/** The rise from 0 over the first updates; null behind them. */
export function rising({ done, warmup }: ScheduleState): number | null {
  return done < warmup ? done / Math.max(1, warmup) : null;
}

/** How far the updates behind the rise have come, from 0 to 1 and beyond. */
export function progress({ done, total, warmup }: ScheduleState): number {
  return (done - warmup) / Math.max(1, total - warmup);
}
