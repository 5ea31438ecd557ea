import { Command, Option } from "commander";
import { ScidocsError } from "../errors.ts";
import { printable } from "../printable.ts";
import { makeTriplets } from "../training/triplets/makeTriplets.ts";
import { defaultSampler, mostSamplesPerQuery } from "../training/triplets/sampler.ts";
import { tripletText } from "../training/triplets/tripletText.ts";
import type { CliContext } from "./context.ts";
import { numpySeed, share, wholeNumber } from "./flagParsers.ts";
import { examples } from "./help.ts";

interface TripletFlags {
  readonly dataDir: string;
  readonly metadata?: string;
  readonly outdir: string;
  readonly comment: string;
  readonly seed: number;
  readonly samples_per_query: number;
  readonly margin_fraction: number;
  readonly ratio_hard_negatives: number;
}

/** Flags of the reference that change nothing here, with the reason that is printed where one is given. */
const withoutEffect: readonly { readonly flag: string; readonly help: string; readonly why: string }[] = [
  {
    flag: "--njobs <n>",
    help: "the reference's; no effect: nothing is converted here",
    why: "triplets are written as they are drawn, and texts become tokens when a training reads them",
  },
  {
    flag: "--njobs_raw <n>",
    help: "the reference's; no effect: triplets are those of one job",
    why: "triplets are those of the reference with one job; with more, its jobs share one seed and no run can be repeated",
  },
  {
    flag: "--bert_vocab <file>",
    help: "the reference's; no effect: the checkpoint brings its vocabulary",
    why: "the checkpoint that is trained brings its vocabulary",
  },
  {
    flag: "--data_files <files>",
    help: "the reference's; no effect, as there",
    why: "the reference takes it and reads data.json of --data-dir all the same, and so does scidocs",
  },
  {
    flag: "--concat-title-abstract",
    help: "the reference's; no effect: training joins title and abstract",
    why: "how title and abstract become one text is a setting of the training",
  },
  {
    flag: "--included-text-fields <fields>",
    help: "the reference's; no effect: training reads title and abstract",
    why: "which fields become the text is a setting of the training; authors are not among them",
  },
];

/** `scidocs triplets`: from a graph of papers to the triplets that an encoder is trained on. */
export function tripletsCommand(context: CliContext): Command {
  const command = new Command("triplets")
    .description("draw training triplets (query, positive, negative) from a graph of papers, as SPECTER's authors do")
    .requiredOption("--data-dir <dir>", "folder with data.json, train.txt, val.txt and test.txt")
    .option("--metadata <file>", "titles and abstracts (default: metadata.json in the folder of --data-dir)")
    .requiredOption("--outdir <dir>", "folder for the triplets, one a line, and the texts they name")
    .addOption(
      new Option("--samples_per_query <n>", "triplets of one query")
        .argParser(wholeNumber(1, mostSamplesPerQuery))
        .default(defaultSampler.samplesPerQuery),
    )
    .addOption(
      new Option("--ratio_hard_negatives <share>", "share of hard negatives: neighbours with a clearly smaller count")
        .argParser(share)
        .default(defaultSampler.ratioHardNegatives),
    )
    .addOption(
      new Option("--margin_fraction <share>", "how much smaller: a share of the spread of a query's counts")
        .argParser(share)
        .default(defaultSampler.marginFraction),
    )
    .option("--comment <text>", "added to the names of the files", "")
    .addOption(
      new Option("--seed <n>", "seed of the draws; the default is the reference's")
        .argParser(numpySeed)
        .default(defaultSampler.seed),
    );
  for (const { flag, help } of withoutEffect) command.option(flag, help);
  return command
    .addHelpText(
      "after",
      examples([
        ["scidocs triplets --data-dir graph --outdir triplets", "from the folder that `scidocs graph` made"],
        ["scidocs triplets --data-dir D --metadata metadata.json --outdir O", "from data in the reference's layout"],
      ]),
    )
    .action((flags: TripletFlags) => triplets(flags, command, context));
}

async function triplets(flags: TripletFlags, command: Command, context: CliContext): Promise<void> {
  for (const { flag, why } of withoutEffect) {
    const option = new Option(flag);
    if (command.getOptionValueSource(option.attributeName()) === "cli") {
      context.stderr(`note: ${option.long} has no effect: ${why}\n`);
    }
  }
  const { record, files, notes } = await makeTriplets(
    {
      dataFolder: flags.dataDir,
      metadataFile: flags.metadata,
      outFolder: flags.outdir,
      comment: flags.comment,
      samplesPerQuery: flags.samples_per_query,
      ratioHardNegatives: flags.ratio_hard_negatives,
      marginFraction: flags.margin_fraction,
      seed: flags.seed,
    },
    { onProgress: context.onProgress, signal: context.signal },
  );
  for (const note of notes) context.stderr(`note: ${printable(note)}\n`);
  context.stdout(tripletText(record));
  const { drawn, kept } = record.sets.train;
  if (kept === 0) {
    const why = drawn === 0 ? "no query gives one" : `all ${drawn} that were drawn name a paper that cannot be used`;
    throw new ScidocsError("COVERAGE", `there is no training triplet: ${why}; the lines above say why`);
  }
  context.stderr(`triplets: ${files.sets.train} and beside it\n`);
}
