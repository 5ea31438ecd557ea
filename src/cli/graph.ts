import { Command, Option } from "commander";
import { graphText } from "../training/graph/graphText.ts";
import { defaultSplit, makeCitationGraph } from "../training/graph/makeCitationGraph.ts";
import type { CliContext } from "./context.ts";
import { numpySeed, share, wholeNumber } from "./flagParsers.ts";
import { examples } from "./help.ts";

interface GraphFlags {
  readonly papers: string[];
  readonly output: string;
  readonly exclude?: string;
  readonly valShare: number;
  readonly testShare: number;
  readonly mostSecondHand?: number;
  readonly seed: number;
}

/** `scidocs graph`: the training graph of papers that tell what they cite. */
export function graphCommand(context: CliContext): Command {
  return new Command("graph")
    .description("make a training graph from papers that tell what they cite")
    .requiredOption("--papers <file...>", 'metadata as SciDocs has it, with lists "references" and "cited_by"')
    .requiredOption("-o, --output <dir>", "folder for data.json, train.txt, val.txt, test.txt and metadata.json")
    .option("--exclude <dir>", "leave out every paper that the val and test sets of this SciDocs folder judge")
    .addOption(
      new Option("--val-share <share>", "share of the queries in val.txt")
        .argParser(share)
        .default(defaultSplit.valShare),
    )
    .addOption(
      new Option("--test-share <share>", "share of the queries in test.txt")
        .argParser(share)
        .default(defaultSplit.testShare),
    )
    .addOption(
      new Option(
        "--most-second-hand <count>",
        "of a query's neighbours that only papers it cites cite, drawn at random (default: all)",
      ).argParser(wholeNumber(1)),
    )
    .addOption(
      new Option("--seed <n>", "the same seed gives the same lists and draws")
        .argParser(numpySeed)
        .default(defaultSplit.seed),
    )
    .addHelpText(
      "after",
      examples([
        ["scidocs graph --papers metadata.json --exclude data -o graph", "nothing that the benchmark judges"],
        ["scidocs triplets --data-dir graph --outdir triplets", "what comes next"],
      ]),
    )
    .action(async ({ papers, output, exclude, valShare, testShare, mostSecondHand, seed }: GraphFlags) => {
      const record = await makeCitationGraph(
        { papersFiles: papers, outFolder: output, excludeFolder: exclude, valShare, testShare, mostSecondHand, seed },
        { onProgress: context.onProgress, signal: context.signal },
      );
      context.stdout(graphText(record));
      if (exclude === undefined) {
        context.stderr("note: without --exclude DATA, papers that the benchmark judges may be among them\n");
      }
      context.stderr(`graph: ${output}\n`);
    });
}
