import { constants } from "node:fs";
import { appendFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { ScidocsError } from "../errors.ts";
import { parseExactJson } from "../files/exactJson.ts";
import { requireOutputs } from "../files/overlap.ts";
import { writeWhole } from "../files/writeWhole.ts";
import { printableJson } from "../printable.ts";
import { gateText } from "../report/gateText.ts";
import { emptyGateConfig, type GateConfig, type GateThresholds } from "../results/gate/gateThresholds.ts";
import { type GateVerdict, gateVerdict } from "../results/gate/gateVerdict.ts";
import { limitsByColumn, readLimits } from "../results/gate/limits.ts";
import { readRecord, recordText } from "../results/record.ts";
import { defaultSuite } from "../suites/suites.ts";
import { configName, readConfigFile } from "./configFile.ts";
import type { CliContext } from "./context.ts";
import { percentage } from "./flagParsers.ts";
import { examples } from "./help.ts";
import { collect } from "./repeatedFlags.ts";

/** A task and a lowest score, as messages and help name them. */
const [task] = defaultSuite.examples.tasks;
const low = `${defaultSuite.examples.column}=${defaultSuite.examples.percent}`;

interface GateFlags {
  readonly baseline?: string;
  readonly maxDrop?: readonly string[];
  readonly significant?: boolean;
  readonly nonInferior?: readonly string[];
  readonly allowFewer?: boolean;
  readonly min?: readonly string[];
  readonly minCoverage?: number;
  readonly config?: string;
  readonly junit?: string;
  readonly github: boolean;
  readonly json: boolean;
  readonly force: boolean;
}

async function readConfig(named: string | undefined, cwd: string): Promise<GateConfig> {
  const path = resolve(cwd, named ?? configName);
  const text = await readConfigFile(path);
  if (text === null && named === undefined) return emptyGateConfig;
  if (text === null) throw new ScidocsError("NOT_FOUND", `${path}: there is no such configuration`);
  const { parseGateConfig } = await import("../results/gate/gateConfig.ts");
  const config = parseGateConfig(text, path);
  // A file that was named for its thresholds and has none is another one than was meant.
  if (named !== undefined && !Object.hasOwn(parseExactJson(text, path) as object, "gate")) {
    throw new ScidocsError("BAD_INPUT", `${path}: has no part gate, and so nothing for --config to take`);
  }
  return config.baseline === null ? config : { ...config, baseline: resolve(dirname(path), config.baseline) };
}

function thresholdsOf(flags: GateFlags, config: GateConfig): GateThresholds {
  const limits = (flag: string, given: readonly string[] = [], example: string, bareName?: null) => {
    try {
      return readLimits(defaultSuite, given, example, bareName);
    } catch (cause) {
      throw new ScidocsError("USAGE", `${flag} ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  };
  const points = `0.5 or ${task}=0.5`;
  const [maxDrop, nonInferior] = [
    limits("--max-drop", flags.maxDrop, points),
    limits("--non-inferior", flags.nonInferior, points),
  ];
  const min = limits("--min", flags.min, `${low} or Avg=75`, null);
  return {
    maxDrop: limitsByColumn(defaultSuite, config.maxDrop, maxDrop),
    significant: flags.significant ?? config.significant ?? false,
    nonInferior: limitsByColumn(defaultSuite, config.nonInferior, nonInferior),
    min: limitsByColumn(defaultSuite, config.min, min),
    minCoveragePercent: flags.minCoverage ?? config.minCoveragePercent,
    allowFewer: flags.allowFewer ?? config.allowFewer ?? false,
  };
}

/** Says what a gate cannot do without, before anything is read. */
function requireQuestions(thresholds: GateThresholds, baseline: string | null): void {
  if (baseline !== null) return;
  for (const [flag, limits] of [
    ["--max-drop", thresholds.maxDrop],
    ["--non-inferior", thresholds.nonInferior],
  ] as const) {
    if (limits.size === 0) continue;
    throw new ScidocsError("USAGE", `${flag} needs a record to drop from: give --baseline OLD.json`);
  }
  if (thresholds.min.size > 0 || thresholds.minCoveragePercent !== null) return;
  throw new ScidocsError(
    "USAGE",
    `nothing to judge by: give --baseline, --min or --min-coverage, or put them into ${configName}`,
  );
}

async function judge(path: string, flags: GateFlags, context: CliContext): Promise<GateVerdict> {
  const config = await readConfig(flags.config, context.cwd);
  const thresholds = thresholdsOf(flags, config);
  const baselinePath = flags.baseline ?? config.baseline;
  requireQuestions(thresholds, baselinePath);
  if (flags.junit !== undefined) {
    const junit = resolve(context.cwd, flags.junit);
    const config = resolve(context.cwd, flags.config ?? configName);
    await requireOutputs([junit], [path, config, ...(baselinePath === null ? [] : [baselinePath])]);
  }
  const record = await readRecord(path);
  if (baselinePath === null) return gateVerdict(record, thresholds, null);
  const baseline = await readRecord(baselinePath);
  if (!flags.force && recordText(baseline) === recordText(record)) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${path} and ${baselinePath} are the record of one run, so that nothing would be compared with anything else: name the record of the run to judge. A model that is run again has a record of its own. Give --force to judge it all the same.`,
    );
  }
  const { compareRecords } = await import("../results/compare/comparison.ts");
  const control = { signal: context.signal, onProgress: context.onProgress };
  const comparison = await compareRecords(
    baseline,
    record,
    { force: flags.force, margins: thresholds.nonInferior },
    control,
  );
  return gateVerdict(record, thresholds, { baseline, comparison });
}

/** Writes what machines read, after the verdict has been printed: a place that fails must not cost the verdict. */
async function writeOutputs(verdict: GateVerdict, flags: GateFlags, context: CliContext): Promise<void> {
  context.stdout(flags.json ? `${printableJson(verdict)}\n` : gateText(verdict, context.color, context.columns));
  if (flags.github) {
    const { gateAnnotations, gateSummary } = await import("../report/gateGithub.ts");
    // GitHub reads its commands from both streams; stdout stays whole for --json.
    context.workflowCommands(gateAnnotations(verdict));
    const summaryFile = context.env.GITHUB_STEP_SUMMARY;
    if (summaryFile !== undefined && summaryFile !== "") await writeSummary(summaryFile, gateSummary(verdict));
    else context.stderr("--github: GITHUB_STEP_SUMMARY is not set, so that no summary was written\n");
  }
  if (flags.junit === undefined) return;
  const { gateJunit } = await import("../report/gateJunit.ts");
  await writeWhole(resolve(context.cwd, flags.junit), gateJunit(verdict));
}

// Opening a pipe that nobody reads would wait for ever. Windows has no such flag and no such pipes.
const summaryFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

async function writeSummary(file: string, summary: string): Promise<void> {
  try {
    await appendFile(file, summary, { flag: summaryFlags });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ScidocsError("UNAVAILABLE", `--github: the summary cannot be written: ${reason}`, { cause });
  }
}

/** `scidocs gate`: stops a worse model from shipping; exit code 4 when it fails. */
export function gateCommand(context: CliContext): Command {
  return new Command("gate")
    .description("judge a run against a baseline and thresholds; exit code 0 passed, 4 failed, 2 bad input")
    .argument("<record>", "run record to judge")
    .option("--baseline <record>", "run record to compare with")
    .option(
      "--max-drop <limit>",
      `points a score may fall, in place of the rule that significant drops fail: 0.5 for Avg, ${task}=1, all=2; repeatable`,
      collect,
    )
    .option("--significant", "fail on a drop beyond its --max-drop only when it is also significant")
    .option("--no-significant", `fail on any drop beyond its --max-drop, whatever ${configName} says`)
    .option(
      "--non-inferior <margin>",
      `points that the interval must rule out as a drop: 0.5 for Avg, ${task}=1 for a task; repeatable`,
      collect,
    )
    .option(
      "--allow-fewer",
      "let the record score fewer queries, papers or clicks than the baseline, or have fewer seeds",
    )
    .option("--no-allow-fewer", `let it not, whatever ${configName} says`)
    .option("--min <limit>", `lowest score, such as ${low} or Avg=75; repeatable`, collect)
    .option("--min-coverage <percent>", "lowest share of papers with a vector, in every task", percentage)
    .option("--config <file>", `file with thresholds (default: ${configName} where there is one); flags come first`)
    .option("--junit <file>", "write the checks as JUnit XML")
    .option("--github", "write a step summary and annotations for GitHub Actions", false)
    .option("--json", "print the verdict as JSON", false)
    .option("--force", "judge even where the records are not comparable", false)
    .addHelpText(
      "after",
      examples([
        ["scidocs gate new.json --baseline old.json", "fail when any column or Avg drops significantly"],
        ["scidocs gate new.json --baseline old.json --max-drop 0.5", "the same, but let Avg fall by half a point"],
        [
          "scidocs gate new.json --baseline old.json --non-inferior 0.5",
          "pass only when a drop of Avg beyond half a point is ruled out",
        ],
        [`scidocs gate new.json --min ${low} --min-coverage 99.5 --junit gate.xml`, "no baseline, for a CI server"],
      ]),
    )
    .action(async (path: string, flags: GateFlags) => {
      const verdict = await judge(path, flags, context);
      const lost = await writeOutputs(verdict, flags, context).then(
        () => null,
        (error: unknown) => error,
      );
      if (verdict.passed && lost !== null) throw lost;
      if (verdict.passed) return;
      // Whoever waits for the exit code must hear of the model first.
      if (lost !== null) context.stderr(`${lost instanceof Error ? lost.message : String(lost)}\n`);
      const failed = verdict.checks.filter((check) => !check.passed).length;
      throw new ScidocsError("GATE", `the gate failed: ${failed} of ${verdict.checks.length} checks`);
    });
}
