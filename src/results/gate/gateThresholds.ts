import { z } from "zod";
import { fileError, ScidocsError } from "../../errors.ts";
import { averageColumnId, type Suite } from "../../suites/suite.ts";
import { defaultSuite } from "../../suites/suites.ts";

/** What a gate judges by. Everything in percent is x100, as the table prints it. */
export interface GateThresholds {
  /** Column id (or `Avg`) to the largest allowed drop against the baseline. */
  readonly maxDrop: ReadonlyMap<string, number>;
  /** Fail on a drop only when it is significant too. */
  readonly significant: boolean;
  /** Column id (or `Avg`) to the lowest allowed score. */
  readonly min: ReadonlyMap<string, number>;
  /** Lowest allowed share of papers with a vector, of every task; null asks nothing. */
  readonly minCoveragePercent: number | null;
}

/** Column ids that a name of the command line stands for: a column, a task with all its columns, `Avg`, or `all`. */
function columnsNamed({ columns, tasks }: Suite, name: string): string[] {
  if (name === "all") return columns.map((column) => column.id);
  if (name === averageColumnId || columns.some((column) => column.id === name)) return [name];
  if (tasks.some(({ id }) => id === name)) {
    return columns.filter((column) => column.task === name).map((column) => column.id);
  }
  const known = [averageColumnId, "all", ...tasks.map(({ id }) => id), ...columns.map((column) => column.id)].join(
    ", ",
  );
  throw new ScidocsError("USAGE", `there is no column or task called ${name}; known are ${known}`);
}

function limitOf(text: string, whole: string): number {
  const limit = Number(text);
  if (text.trim() !== "" && Number.isFinite(limit) && limit >= 0) return limit;
  throw new ScidocsError("USAGE", `${whole}: expected a number of points, 0 or more, such as 0.5 or cite=0.5`);
}

/** "all" gives way to tasks and `Avg`, and these to columns: the more exact name wins, whatever its place. */
function exactness({ columns }: Suite, name: string): number {
  if (name === "all") return 0;
  return columns.some((column) => column.id === name) ? 2 : 1;
}

/** Limits by column id from limits by name. */
function limitsByColumn(suite: Suite, named: readonly (readonly [name: string, limit: number])[]): Map<string, number> {
  const ordered = [...named].sort(([x], [y]) => exactness(suite, x) - exactness(suite, y));
  return new Map(
    ordered.flatMap(([name, limit]) => columnsNamed(suite, name).map((id): [string, number] => [id, limit])),
  );
}

/**
 * Reads `0.5` (of the average), `cite=0.3`, `cite-map=0.2` and `all=1` into limits by column id. Several may stand in one
 * text, between commas; the more exact name wins, and of equal names the later.
 * @param suite whose columns and tasks are named, default SciDocs
 * @throws ScidocsError `USAGE` for an unknown name or a limit that is no number
 */
export function parseLimits(texts: readonly string[], suite: Suite = defaultSuite): Map<string, number> {
  return limitsByColumn(
    suite,
    texts
      .flatMap((given) => given.split(","))
      .map((text): [string, number] => {
        const at = text.lastIndexOf("=");
        return [at === -1 ? averageColumnId : text.slice(0, at).trim(), limitOf(text.slice(at + 1), text)];
      }),
  );
}

const limits = z.union([z.number().nonnegative(), z.record(z.string(), z.number().nonnegative())]);

/** The `gate` part of `scidocs.config.json`. */
const gateConfigSchema = z.strictObject({
  /** Path of the baseline's record, relative to the configuration file. */
  baseline: z.string().optional(),
  maxDrop: limits.optional(),
  significant: z.boolean().optional(),
  min: z.record(z.string(), z.number()).optional(),
  minCoverage: z.number().min(0).max(100).optional(),
});

/** The `gate` part of a configuration file; other parts belong to other commands. */
const configSchema = z.looseObject({ gate: gateConfigSchema.optional() });

/** What a configuration file asks of the gate; null where it says nothing. */
export interface GateConfig {
  readonly baseline: string | null;
  readonly maxDrop: ReadonlyMap<string, number>;
  readonly significant: boolean | null;
  readonly min: ReadonlyMap<string, number>;
  readonly minCoveragePercent: number | null;
}

/** A configuration that asks nothing. */
export const emptyGateConfig: GateConfig = {
  baseline: null,
  maxDrop: new Map(),
  significant: null,
  min: new Map(),
  minCoveragePercent: null,
};

/**
 * Reads the text of a `scidocs.config.json`.
 * @param file for messages
 * @param suite whose columns and tasks are named, default SciDocs
 * @throws ScidocsError `BAD_INPUT` for broken JSON or an unknown or wrong key
 */
export function parseGateConfig(text: string, file: string, suite: Suite = defaultSuite): GateConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fileError(file, null, `is not JSON: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`);
    throw fileError(file, null, problems.join("; "));
  }
  const gate = parsed.data.gate ?? {};
  try {
    return {
      baseline: gate.baseline ?? null,
      maxDrop:
        typeof gate.maxDrop === "number"
          ? new Map([[averageColumnId, gate.maxDrop]])
          : limitsByColumn(suite, Object.entries(gate.maxDrop ?? {})),
      significant: gate.significant ?? null,
      min: limitsByColumn(suite, Object.entries(gate.min ?? {})),
      minCoveragePercent: gate.minCoverage ?? null,
    };
  } catch (cause) {
    throw fileError(file, null, cause instanceof Error ? cause.message : String(cause), cause);
  }
}
