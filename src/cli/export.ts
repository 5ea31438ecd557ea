import { Command, Option } from "commander";
import { type Precision, precisions } from "../encoders/architectures/architecture.ts";
import { unusualLeftovers } from "../encoders/architectures/checkWeights.ts";
import { exportCheckpoint } from "../encoders/checkpoints/exportCheckpoint.ts";
import { vocabularyFile } from "../encoders/resolveEncoder.ts";
import { ScidocsError } from "../errors.ts";
import { requireWritable } from "../files/writablePlace.ts";
import type { CliContext } from "./context.ts";
import { examples } from "./help.ts";

interface ExportFlags {
  readonly checkpoint?: string;
  readonly model?: string;
  readonly output: string;
  readonly precision: Precision;
  readonly recipe?: string;
  readonly pooling?: (typeof outputs)[number];
  readonly portable: boolean;
  readonly vocab?: string;
  readonly adapter?: string;
}

const outputs = ["cls", "tokens", "layers"] as const;

/** `scidocs export`: a checkpoint as an ONNX file of one's own. */
export function exportCommand(context: CliContext): Command {
  return new Command("export")
    .description("write a checkpoint as an ONNX model, its tokenizer beside it")
    .option("--checkpoint <path>", "a Hugging Face folder, or an AllenNLP model.tar.gz or archive.tar.gz")
    .option("-m, --model <path>", "the same by the name that the other commands have for it")
    .requiredOption("-o, --output <file>", "the .onnx file; above 2 GB its weights go into FILE.data")
    .addOption(
      new Option("--precision <precision>", "int8 quantises the big matrix products: about twice as fast, vectors near")
        .choices(precisions)
        .default("fp32"),
    )
    .addOption(
      new Option(
        "--recipe <recipe>",
        "the recipe that the model is for (default: hf; an AllenNLP archive: original)",
      ).choices(["hf", "hf-space", "original"]),
    )
    .addOption(
      new Option(
        "--pooling <pooling>",
        "cls puts out the first token's vector alone, tokens all of them, for mean and max, layers those of every layer (default: as the folder's declared pooling needs, else cls)",
      ).choices(outputs),
    )
    .option("--portable", "only operators of the ONNX standard, for other runtimes and WebGPU", false)
    .option("--adapter <folder>", "an adapter to build into the model")
    .option(
      "--vocab <file>",
      "the vocabulary of an archive, or of a folder that has none: a file, or a folder with one (default: vocab.txt beside an archive, or as its config says)",
    )
    .addHelpText(
      "after",
      examples([
        ["scidocs export --checkpoint specter/ -o out/specter.onnx", "a Hugging Face folder"],
        [
          "scidocs export --checkpoint model.tar.gz -o out/model.onnx --precision int8",
          "the original SPECTER, in int8",
        ],
      ]),
    )
    .action((flags: ExportFlags) => runExport(flags, context));
}

async function runExport(flags: ExportFlags, context: CliContext): Promise<void> {
  const checkpoint = flags.checkpoint ?? flags.model;
  if (checkpoint === undefined || (flags.model !== undefined && flags.model !== checkpoint)) {
    throw new ScidocsError("USAGE", "which checkpoint? name one with --checkpoint");
  }
  await requireWritable(flags.output);
  const apart = flags.pooling !== undefined && flags.pooling !== "cls";
  if (apart && flags.recipe === "original") {
    throw new ScidocsError("USAGE", `--pooling ${flags.pooling}: the recipe original pools by itself; leave it out`);
  }
  const { files, recipe, unused } = await exportCheckpoint(
    checkpoint,
    flags.output,
    {
      precision: flags.precision,
      portable: flags.portable,
      // An archive's encoder with its outputs apart is used as a Hugging Face model is.
      recipe: flags.recipe ?? (apart ? "hf" : undefined),
      output: flags.pooling,
      vocabulary: vocabularyFile(flags.vocab),
      adapter: flags.adapter,
    },
    { onProgress: context.onProgress, signal: context.signal },
  );
  const leftOut = unusualLeftovers(unused);
  if (leftOut.length > 0) context.stderr(`left out, as the encoder does not use them: ${leftOut.join(", ")}\n`);
  context.stderr(`recipe ${recipe}, ${flags.precision}; loaded once to be sure\n`);
  context.stdout(files.map((file) => `${file}\n`).join(""));
}
