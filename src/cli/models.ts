import { Command, Option } from "commander";
import { settingsText } from "../encoders/known/applyKnown.ts";
import { type KnownModel, knownModels } from "../encoders/known/knownModels.ts";
import { printableJson } from "../printable.ts";
import type { CliContext } from "./context.ts";
import { examples } from "./help.ts";

const formats = ["text", "markdown", "json"] as const;
type Format = (typeof formats)[number];

/** `scidocs models`: published encoders and how they are meant to be used. */
export function modelsCommand(context: CliContext): Command {
  return new Command("models")
    .description("list published encoders and how they are meant to be used, for --as")
    .addOption(new Option("--format <format>", "how to print them").choices(formats).default("text"))
    .addHelpText(
      "after",
      examples([["scidocs run --model DIR --as specter2 --data data", "all of a model's settings at once"]]),
    )
    .action(({ format }: { format: Format }) => {
      context.stdout(writers[format](knownModels));
    });
}

const writers: Readonly<Record<Format, (models: readonly KnownModel[]) => string>> = {
  text: (models) =>
    models
      .map((model) =>
        [
          model.name,
          `  ${model.repositories.join(", ")}`,
          `  ${settingsText(model)}`,
          ...(model.note === "" ? [] : [`  ${model.note}`]),
          `  ${model.source}`,
        ].join("\n"),
      )
      .join("\n\n")
      .concat("\n"),
  json: (models) => `${printableJson(models)}\n`,
  markdown: (models) =>
    [
      "# Known encoders",
      "",
      "`--as NAME` sets all of these; every flag goes over it. A folder that declares nothing itself is taken for one of them by its name",
      "(the folder's, or `_name_or_path` of its `config.json`), and a line on stderr says so. This page is what `scidocs models --format markdown` prints.",
      "",
      "| `--as` | published as | settings | source |",
      "|---|---|---|---|",
      ...models.map(
        (model) =>
          `| \`${model.name}\` | ${model.repositories.join(", ")} | ${settingsText(model)}${model.note === "" ? "" : `; ${model.note}`} | ${model.source} |`,
      ),
      "",
    ].join("\n"),
};
