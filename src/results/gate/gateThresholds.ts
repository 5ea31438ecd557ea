import type { NamedLimit } from "./limits.ts";

/** What a gate judges by. Everything in percent is x100, as the table prints it. */
export interface GateThresholds {
  /** Column id (or `Avg`) to the largest allowed drop against the baseline; stands in for the rule that significant drops fail. */
  readonly maxDrop: ReadonlyMap<string, number>;
  /** Fail on a drop beyond `maxDrop` only when it is significant too. */
  readonly significant: boolean;
  /** Column id (or `Avg`) to a margin: a drop beyond it must be ruled out by the interval. Stands in for the same rule. */
  readonly nonInferior: ReadonlyMap<string, number>;
  /** Column id (or `Avg`) to the lowest allowed score. */
  readonly min: ReadonlyMap<string, number>;
  /** Lowest allowed share of papers with a vector, of every task; null asks nothing. */
  readonly minCoveragePercent: number | null;
  /** Let the record score fewer queries, papers or clicks than the baseline, cover fewer papers, or be trained from fewer seeds. */
  readonly allowFewer: boolean;
}

/** Asks nothing but what a baseline asks by itself: no significant drop, and nothing left out. */
export const usualThresholds: GateThresholds = {
  maxDrop: new Map(),
  significant: false,
  nonInferior: new Map(),
  min: new Map(),
  minCoveragePercent: null,
  allowFewer: false,
};

/** What a configuration file asks of the gate; null where it says nothing. */
export interface GateConfig {
  readonly baseline: string | null;
  readonly maxDrop: readonly NamedLimit[];
  readonly significant: boolean | null;
  readonly nonInferior: readonly NamedLimit[];
  readonly min: readonly NamedLimit[];
  readonly minCoveragePercent: number | null;
  readonly allowFewer: boolean | null;
}

/** A configuration that asks nothing. */
export const emptyGateConfig: GateConfig = {
  baseline: null,
  maxDrop: [],
  significant: null,
  nonInferior: [],
  min: [],
  minCoveragePercent: null,
  allowFewer: null,
};
