import { Command, InvalidArgumentError, Option } from "commander";
import { synthesize } from "../suites/scidocs/synthetic/synthesize.ts";
import type { CliContext } from "./context.ts";
import { numpySeed } from "./flagParsers.ts";
import { examples } from "./help.ts";

interface SynthFlags {
  readonly out: string;
  readonly scale: number;
  readonly seed: number;
}

function scale(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value <= 10)) {
    throw new InvalidArgumentError("Expected a number above 0 and at most 10.");
  }
  return value;
}

/** `scidocs data synth`: an invented dataset of any size. */
export function dataSynthCommand(context: CliContext): Command {
  return new Command("synth")
    .description("make an invented dataset in the layout of SciDocs, to try things out and to measure speed")
    .requiredOption("--out <dir>", "folder to make; it must be new or empty")
    .addOption(
      new Option("--scale <s>", "size against the real benchmark's; small ones stop at about 2,000 papers")
        .argParser(scale)
        .default(0.005),
    )
    .addOption(new Option("--seed <n>", "the same seed gives the same bytes").argParser(numpySeed).default(1))
    .addHelpText(
      "after",
      examples([
        ["scidocs data synth --out small", "2,000 papers in 4 MB, within a second"],
        ["scidocs data synth --out full --scale 1", "the real sizes: 226,743 papers in 530 MB"],
      ]),
    )
    .action(async ({ out, scale: size, seed }: SynthFlags) => {
      const control = { onProgress: context.onProgress, signal: context.signal };
      await synthesize({ folder: out, scale: size, seed }, control);
      context.stderr(`made ${out}: invented papers, not comparable with published numbers\n`);
    });
}
