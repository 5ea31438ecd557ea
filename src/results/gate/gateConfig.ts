import { z } from "zod";
import { fileError, firstFew } from "../../errors.ts";
import { parseExactJson } from "../../files/exactJson.ts";
import { averageColumnId, type Suite } from "../../suites/suite.ts";
import { defaultSuite } from "../../suites/suites.ts";
import type { GateConfig } from "./gateThresholds.ts";
import { type NamedLimit, namedLimits } from "./limits.ts";

const percent = z.number().min(0).max(100);
const byName = z.record(z.string(), percent);
const limits = z.union([percent, byName]);

/** The `gate` part of `scidocs.config.json`. */
const gateConfigSchema = z.strictObject({
  /** Path of the baseline's record; a relative one starts at the configuration file. */
  baseline: z.string().min(1).optional(),
  maxDrop: limits.optional(),
  significant: z.boolean().optional(),
  nonInferior: limits.optional(),
  min: byName.optional(),
  minCoverage: percent.optional(),
  allowFewer: z.boolean().optional(),
});

/** The `gate` part of a configuration file; other parts belong to other commands. */
const configSchema = z.looseObject({ gate: gateConfigSchema.optional() });

/**
 * Reads the text of a `scidocs.config.json`.
 * @param file for messages
 * @param suite whose columns and tasks are named, default SciDocs
 * @throws ScidocsError `BAD_INPUT` for broken JSON, or an unknown, repeated or wrong key
 */
export function parseGateConfig(text: string, file: string, suite: Suite = defaultSuite): GateConfig {
  const parsed = configSchema.safeParse(parseExactJson(text, file));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`);
    throw fileError(file, null, firstFew(problems));
  }
  const gate = parsed.data.gate ?? {};
  const named = (key: string, given: number | Readonly<Record<string, number>> | undefined): readonly NamedLimit[] =>
    typeof given === "number"
      ? [{ name: averageColumnId, limit: given }]
      : namedLimits(suite, given ?? {}, `gate.${key}`);
  try {
    return {
      baseline: gate.baseline ?? null,
      maxDrop: named("maxDrop", gate.maxDrop),
      significant: gate.significant ?? null,
      nonInferior: named("nonInferior", gate.nonInferior),
      min: named("min", gate.min),
      minCoveragePercent: gate.minCoverage ?? null,
      allowFewer: gate.allowFewer ?? null,
    };
  } catch (cause) {
    throw fileError(file, null, cause instanceof Error ? cause.message : String(cause), cause);
  }
}
