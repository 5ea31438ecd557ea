import { basename } from "node:path";
import { Command } from "commander";
import { readPaperTexts, repeatedNotes } from "../datasets/papers.ts";
import type { PaperText } from "../datasets/types.ts";
import type { ApiModel, ApiPaper } from "../embed/apis/apiModel.ts";
import { resolveApiModel } from "../embed/apis/apiModels.ts";
import { type EmbedOptions, embedPapers } from "../embed/embedPapers.ts";
import { type EmbeddingPlan, type PapersOfFile, planEmbedding } from "../embed/plan.ts";
import { resolveEncoder } from "../encoders/resolveEncoder.ts";
import { fileError, firstFew, ScidocsError } from "../errors.ts";
import { requireUnchanged, stampFiles } from "../files/fileStamps.ts";
import { refuseOverlap, requireOutputs } from "../files/overlap.ts";
import { readTextFile } from "../files/textFile.ts";
import { printable } from "../printable.ts";
import type { RunControl } from "../progress.ts";
import { filesWritten } from "../vectors/formats.ts";
import { writeVectors } from "../vectors/writeVectors.ts";
import { embedByApi, requireApi } from "./apiRun.ts";
import type { CliContext } from "./context.ts";
import {
  addDistributionFlags,
  type DistributionFlags,
  emptyShard,
  notForApis,
  runnerOf,
  shardOf,
} from "./distributionFlags.ts";
import { embeddingSummary, printPlan } from "./embeddingOutput.ts";
import {
  addEncoderFlags,
  batchTokensOf,
  type EncoderFlags,
  encoderOptions,
  fileForStore,
  filesOfStore,
  openStore,
} from "./encoderFlags.ts";
import { requireSame, threadCount } from "./flagParsers.ts";
import { examples } from "./help.ts";
import { filesOfModel } from "./modelInputs.ts";

interface EmbedFlags extends EncoderFlags, DistributionFlags {
  readonly model: string;
  readonly papers?: readonly string[];
  readonly metadata?: readonly string[];
  readonly ids?: string;
  readonly outputFile?: string;
  readonly cudaDevice?: string;
  readonly vocabDir?: string;
  readonly threads?: number;
  readonly dryRun: boolean;
  readonly offline?: boolean;
}

/** `scidocs embed`: papers to vectors. The flags of the reference's embedding script work too. */
export function embedCommand(context: CliContext): Command {
  const command = new Command("embed")
    .description("turn papers into vectors")
    .requiredOption(
      "-m, --model <model>",
      "an .onnx file, a folder with one, a checkpoint, api:specter, s2:specter_v1, s2:specter_v2 or mini",
    )
    .option(
      "--papers <file...>",
      "metadata files: JSON objects of papers with title and abstract, by id; .jsonl: one paper a line",
    )
    .option("--ids <file>", "ids of the papers to embed, one a line, in the order of the output (default: all)")
    .option(
      "-o, --output-file <file>",
      "where the vectors go; its ending is the format (.jsonl, .jsonl.gz, .npy, .safetensors, .parquet)",
    );
  return addDistributionFlags(addEncoderFlags(command))
    .option("--threads <count>", "threads of the inference (default: the machine's)", threadCount)
    .option("--dry-run", "print what would be done and how long it would take, and stop", false)
    .option("--metadata <file...>", "the reference script's name for --papers")
    .option(
      "--cuda-device <number>",
      "the reference script's flag: -1 is --provider cpu, else --provider cuda --device N",
    )
    .option("--vocab-dir <folder>", "the reference script's name for --vocab")
    .addHelpText(
      "after",
      examples([
        ["scidocs embed --model mini --papers papers.json -o vectors.jsonl", "vectors of all papers of a file"],
        ["scidocs embed --model model.onnx --papers papers.json --dry-run", "what it would take"],
        [
          "scidocs embed --model encoder/ --pooling mean --ids sample.ids --metadata sample-metadata.json --output-file output.jsonl",
          "chosen papers, with the flags of the reference's script",
        ],
      ]),
    )
    .action((_: unknown, given: Command) => embed(given.optsWithGlobals<EmbedFlags>(), context));
}

async function embed(given: EmbedFlags, context: CliContext): Promise<void> {
  const flags = withReferenceFlags(given);
  const control: RunControl = { onProgress: context.onProgress, signal: context.signal };
  const files = [...(flags.papers ?? []), ...(flags.metadata ?? [])];
  const api = resolveApiModel(flags.model, { apiUrl: flags.apiUrl, insecure: flags.insecure, env: context.env });
  if (api === null) requireApi([flags.model], flags);
  if (files.length === 0 && (api?.needs !== "ids" || flags.ids === undefined)) {
    throw new ScidocsError(
      "USAGE",
      api?.needs === "ids" ? "name the papers with --ids" : "name the papers' files with --papers",
    );
  }
  const { outputFile } = flags;
  const shard = shardOf(flags);
  if (shard !== undefined && outputFile !== undefined) {
    throw new ScidocsError("USAGE", "a shard's vectors go to the store: leave -o to the run that has all of them");
  }
  if (outputFile === undefined && shard === undefined && !flags.dryRun) {
    throw new ScidocsError("USAGE", "say with -o where the vectors go, or --dry-run to see what would be done");
  }
  // A name that says no format is told now, not when the vectors are there.
  if (outputFile !== undefined) {
    await requireOutputs(filesWritten(outputFile), [...files, ...(flags.ids === undefined ? [] : [flags.ids])]);
  }
  if (api !== null) {
    if (flags.queue !== undefined || shard !== undefined) throw new ScidocsError("USAGE", notForApis);
    const papers = await withIds(flags.ids, (ids) => papersForApi(api, files, ids, context, control));
    await embedByApi(context, papers, api, outputFile, flags);
    return;
  }
  const options = encoderOptions(flags, context);
  const runner = runnerOf(flags, { argument: flags.model, options }, context);
  const encoder = await resolveEncoder(flags.model, options, control);
  for (const note of encoder.notes) context.stderr(`${note}\n`);
  if (outputFile !== undefined) {
    const inputs = [...filesOfModel(flags.model, encoder, flags), ...filesOfStore(flags, encoder, context)];
    await refuseOverlap([...filesWritten(outputFile), ...fileForStore(flags, encoder, context)], inputs);
  }
  const [order, papersByFile] = await withIds(flags.ids, async (ids) => {
    return [ids ?? undefined, await readFiles(files, ids, context, control)] as const;
  });
  const store = await openStore(flags, encoder, context, { mustExist: flags.dryRun });
  try {
    const batchTokens = batchTokensOf(flags, encoder);
    const plan = await planEmbedding(papersByFile, encoder, { store, batchTokens, order, shard }, control);
    if (flags.dryRun) await printPlan(plan, flags, context, control);
    else await carryOut(plan, { threads: flags.threads, store, runner }, outputFile, context, control);
  } finally {
    await store?.close();
  }
}

async function carryOut(
  plan: EmbeddingPlan,
  options: EmbedOptions,
  path: string | undefined,
  context: CliContext,
  control: RunControl,
): Promise<void> {
  if (plan.paperIds.length === 0) {
    if (path !== undefined) throw new ScidocsError("BAD_INPUT", "there are no papers to embed");
    context.stderr(`${emptyShard}\n`);
    return;
  }
  const result = await embedPapers(plan, options, control);
  for (const note of result.notes) context.stderr(`${note}\n`);
  if (path === undefined) {
    context.stderr(`${embeddingSummary(plan, result)}\n${options.store?.folder ?? ""}\n`);
    return;
  }
  const titles = new Map(plan.texts.flatMap(({ paperIds, title }) => paperIds.map((id) => [id, title] as const)));
  await writeVectors(path, result.table, { titles }, control);
  context.stderr(`${embeddingSummary(plan, result)}\n${path}\n`);
}

/** The flags of the reference's `embed.py` in our terms. */
function withReferenceFlags(flags: EmbedFlags): EmbedFlags {
  requireSame("--vocab", flags.vocab, "--vocab-dir", flags.vocabDir);
  const vocab = flags.vocab ?? flags.vocabDir;
  if (flags.cudaDevice === undefined) return { ...flags, vocab };
  if (!/^-?\d+$/.test(flags.cudaDevice)) {
    throw new ScidocsError("USAGE", `--cuda-device ${flags.cudaDevice}: should be a number, -1 for the CPU`);
  }
  if (flags.provider !== undefined || flags.device !== undefined) {
    throw new ScidocsError(
      "USAGE",
      `--cuda-device and ${flags.provider === undefined ? "--device" : "--provider"} exclude each other: both say where the model runs`,
    );
  }
  const device = Number(flags.cudaDevice);
  return device < 0
    ? { ...flags, vocab, provider: "cpu" }
    : { ...flags, vocab, provider: "cuda", device: { provider: "cuda", id: device } };
}

/** Reads papers by the ids of a file, null without one, which must not grow meanwhile: a list of half the papers looks like a whole one. */
async function withIds<T>(file: string | undefined, read: (ids: readonly string[] | null) => Promise<T>): Promise<T> {
  if (file === undefined) return read(null);
  const stamps = stampFiles([file]);
  const result = await read(await readIds(file));
  requireUnchanged(stamps);
  return result;
}

/** Ids, one a line; each once. */
async function readIds(file: string): Promise<readonly string[]> {
  const ids = (await readTextFile(file))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (ids.length === 0) throw fileError(file, null, "holds no ids; write one a line");
  return [...new Set(ids)];
}

/** The papers as an API is asked about them, in the order of the ids where there are some; an API that takes ids needs no file. */
async function papersForApi(
  model: ApiModel,
  files: readonly string[],
  ids: readonly string[] | null,
  context: CliContext,
  control: RunControl,
): Promise<ApiPaper[]> {
  if (model.needs === "ids" && ids !== null) return ids.map((id) => ({ id, title: null, abstract: null }));
  const papers = new Map<string, ApiPaper>();
  for (const file of await readFiles(files, ids, context, control)) {
    for (const paper of file.papers) if (!papers.has(paper.id)) papers.set(paper.id, paper);
  }
  return (ids ?? [...papers.keys()]).map((id) => papers.get(id)).filter((paper) => paper !== undefined);
}

/** The papers of all files; ids that none of them has are told on stderr, never passed over silently. */
async function readFiles(
  files: readonly string[],
  ids: readonly string[] | null,
  context: CliContext,
  control: RunControl,
): Promise<PapersOfFile[]> {
  const needed = ids === null ? null : new Set(ids);
  const papersByFile: { file: string; papers: readonly PaperText[] }[] = [];
  const found = new Set<string>();
  for (const file of files) {
    const { papers, repeated } = await readPaperTexts(file, needed, control);
    for (const note of repeatedNotes(file, repeated)) context.stderr(`${note}\n`);
    papersByFile.push({ file: basename(file), papers: [...papers.values()] });
    for (const id of papers.keys()) found.add(id);
  }
  const missing = (ids ?? []).filter((id) => !found.has(id));
  if (missing.length > 0) {
    context.stderr(`${missing.length} ids have no paper in ${files.join(", ")}: ${printable(firstFew(missing))}\n`);
  }
  return papersByFile;
}
