import { Command } from "commander";
import { mergeStores, type StoreContents, storeContents } from "../embed/store/mergeStores.ts";
import { firstFew } from "../errors.ts";
import { printable, printableJson } from "../printable.ts";
import type { CliContext } from "./context.ts";
import { examples } from "./help.ts";

/** `scidocs store`: what runs have kept of their vectors. */
export function storeCommand(context: CliContext): Command {
  return new Command("store")
    .description("look into stores of vectors, and join them")
    .addCommand(infoCommand(context))
    .addCommand(mergeCommand(context));
}

function infoCommand(context: CliContext): Command {
  return new Command("info")
    .description("say what a store holds, with every checksum checked")
    .argument("<store>", "a store's file or folder, or a folder with stores, as --store names it")
    .option("--json", "print JSON", false)
    .addHelpText("after", examples([["scidocs store info shards/3", "how far the third shard has come"]]))
    .action(async (path: string, flags: { readonly json: boolean }) => {
      const contents = await storeContents(path, { signal: context.signal });
      context.stdout(
        flags.json ? `${printableJson(contents)}\n` : contents.map((store) => contentsText(store)).join("\n"),
      );
    });
}

function mergeCommand(context: CliContext): Command {
  return new Command("merge")
    .description("join stores of one model, such as those of shards, into a file that --store takes")
    .argument("<store...>", "stores' files or folders, or folders with one store, as --store names them")
    .requiredOption("-o, --output <file>", "the file to write, such as all.vectors; it is written whole or not at all")
    .addHelpText(
      "after",
      examples([
        ["scidocs store merge shards/* -o all.vectors", "the stores of all shards"],
        ["scidocs run --model specter/ --data data --store all.vectors", "scored with what they have embedded"],
      ]),
    )
    .action(async (paths: readonly string[], flags: { readonly output: string }) => {
      const contents = await mergeStores(paths, flags.output, { signal: context.signal });
      context.stdout(contentsText(contents));
      if (contents.conflicts.length > 0) {
        context.stderr(
          `${contents.conflicts.length} texts have vectors that differ, from other batches or machines; one of each was kept, always the same: ${firstFew(contents.conflicts, 2)}\n`,
        );
      }
      if (contents.damagedBytes > 0) {
        context.stderr(`${contents.damagedBytes} bytes cannot be read; what they held is not in the file\n`);
      }
      context.stderr(`${flags.output}\n`);
    });
}

function contentsText(contents: StoreContents): string {
  const { identity, segments, bytes, vectors, dimensions, truncated, jobs, missing } = contents;
  const rows: [string, string][] = [
    ["fingerprint", identity.fingerprint.slice(0, 16)],
    ...Object.entries(identity.settings).map(([name, value]): [string, string] => [
      `  ${printable(name)}`,
      printable(String(value), 60),
    ]),
    ["vectors", `${vectors} of ${dimensions} numbers, ${truncated} of texts that were cut`],
    ["segments", `${segments} (${(bytes / 2 ** 20).toFixed(1)} MiB)`],
    ["planned and missing", `${missing} texts of ${jobs} ${jobs === 1 ? "job" : "jobs"}`],
    ["doubles", `${contents.doubles}, of which ${contents.conflicts.length} texts' vectors differ`],
    ["unreadable", `${contents.damagedBytes} bytes; ${contents.tornBytes} of a record that was not finished`],
  ];
  const widest = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(widest)}  ${value}\n`).join("");
}
