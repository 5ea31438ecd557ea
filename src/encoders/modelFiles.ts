import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { firstFew, ScidocsError } from "../errors.ts";
import { isOptionalThere, isThere } from "../files/isThere.ts";
import { ownValue } from "../ownValue.ts";
import { packageRoot } from "../packageRoot.ts";
import { refusePeft } from "./checkpoints/peft.ts";

/** What a `--model` argument turned out to be. */
export type ModelPlace =
  | {
      readonly kind: "onnx";
      readonly name: string;
      readonly file: string;
      /** The precision that the file was chosen by; null where it is the only one, or was named. */
      readonly precision: string | null;
    }
  | { readonly kind: "checkpoint"; readonly name: string; readonly path: string };

/** Models that the program ships, by name. */
export const shippedModels = ["mini"] as const;

/** The folder of a model that the program ships; null for any other name. */
export function shippedFolder(name: string): string | null {
  return shippedModels.some((shipped) => shipped === name)
    ? fileURLToPath(new URL(`models/${name}`, packageRoot))
    : null;
}

/** Whether a file belongs to a model that the program ships. */
export function isShipped(file: string): boolean {
  return shippedModels.some((name) => dirname(file) === shippedFolder(name));
}

/**
 * Finds the model that `--model` names: an `.onnx` file, a folder with `onnx/*.onnx` or `*.onnx`, a checkpoint (a Hugging Face
 * folder or an AllenNLP archive) or a shipped name. Of several `.onnx` files the one of the precision is taken that is asked for, else
 * `model.onnx`; without one the choice is the user's.
 * @param precision what `--precision` asks for
 * @throws ScidocsError `NOT_FOUND`, or `USAGE` when it cannot be told which file is meant
 */
export function locateModel(argument: string, precision?: string): ModelPlace {
  // A shipped name wins over a folder of that name, such as the data that `data synth --out mini` makes; ./mini is the folder.
  const shipped = shippedFolder(argument);
  if (shipped !== null) return { ...locateModel(shipped, precision), name: argument };
  if (!isThere(argument)) {
    const advice = /^[\w.-]+\/[\w.-]+$/.test(argument)
      ? "a model of the Hugging Face hub must be downloaded first: give the folder where it is"
      : "give an .onnx file, a folder with one, a Hugging Face folder or an AllenNLP model.tar.gz";
    throw new ScidocsError(
      "NOT_FOUND",
      `--model ${argument}: no such file or folder, and not a shipped model (${shippedModels.join(", ")}); ${advice}`,
    );
  }
  if (!statSync(argument).isDirectory()) {
    if (/\.(tar\.gz|tgz)$/i.test(argument))
      return { kind: "checkpoint", name: checkpointName(argument), path: argument };
    if (!/\.onnx$/i.test(argument)) {
      const folder = dirname(argument);
      const advice = isThere(join(folder, "config.json")) ? `; give the folder that it is a part of: ${folder}` : "";
      throw new ScidocsError(
        "USAGE",
        `--model ${argument}: not a model file we know (.onnx, or an AllenNLP .tar.gz)${advice}`,
      );
    }
    return { kind: "onnx", name: modelName(argument), file: argument, precision: null };
  }
  const found = onnxFileIn(argument, precision);
  if (found !== null) return { kind: "onnx", name: basename(resolve(argument)), ...found };
  if (isOptionalThere(join(argument, "config.json")) || isOptionalThere(join(argument, "modules.json"))) {
    return { kind: "checkpoint", name: basename(resolve(argument)), path: argument };
  }
  if (isThere(join(argument, "model.tar.gz"))) {
    return { kind: "checkpoint", name: basename(resolve(argument)), path: join(argument, "model.tar.gz") };
  }
  if (isOptionalThere(join(argument, "adapter_config.json"))) {
    refusePeft(argument);
    throw new ScidocsError(
      "USAGE",
      `--model ${argument}: is an adapter; name its base with --model, and this folder with --adapter`,
    );
  }
  if (isOptionalThere(join(argument, "best/training.json"))) {
    throw new ScidocsError(
      "USAGE",
      `--model ${argument}: is the folder of a training; give the model that came out: ${join(argument, "best")}`,
    );
  }
  throw new ScidocsError(
    "NOT_FOUND",
    `--model ${argument}: the folder holds no onnx/*.onnx, no *.onnx, no config.json of a Hugging Face model and no model.tar.gz`,
  );
}

/** Names that exporters give to files of a precision, the usual one first. */
const precisionNames: Readonly<Record<string, RegExp>> = {
  fp32: /^model\.onnx$/,
  int8: /^model_(quantized|int8|u?qint8\w*|uint8)\.onnx$/,
  fp16: /^model_(fp16|float16)\.onnx$/,
};

function onnxFileIn(
  folder: string,
  precision: string | undefined,
): { readonly file: string; readonly precision: string | null } | null {
  const pattern = precision === undefined ? undefined : ownValue(precisionNames, precision);
  // A checkpoint beside the exports can be converted to a precision that none of them has.
  const isCheckpoint = weightNames.some((name) => isThere(join(folder, name)));
  for (const place of [join(folder, "onnx"), folder]) {
    if (!isThere(place) || !statSync(place).isDirectory()) continue;
    const names = readdirSync(place)
      // Hidden files are not meant for users; a run of ours may have one there for a moment.
      .filter((name) => /\.onnx$/i.test(name) && !name.startsWith("."))
      .sort();
    if (names.length === 0) continue;
    if (precision !== undefined) {
      const fitting = names.find((name) => pattern?.test(name) === true);
      if (fitting !== undefined) return { file: join(place, fitting), precision };
      if (isCheckpoint) return null;
      throw new ScidocsError(
        "USAGE",
        `--precision ${precision}: ${place} holds ${firstFew(names)}, none of that precision by its name (model.onnx, model_quantized.onnx, model_fp16.onnx); ` +
          "an ONNX file is used as it is: name it, and leave --precision out",
      );
    }
    const chosen = names.length === 1 ? names[0] : names.find((name) => name === "model.onnx");
    if (chosen !== undefined) return { file: join(place, chosen), precision: null };
    throw new ScidocsError(
      "USAGE",
      `--model ${folder}: several models are in it; name one of ${firstFew(
        names.map((name) => join(place, name)),
        10,
      )}`,
    );
  }
  return null;
}

/** Weights of a checkpoint. */
const weightNames = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
] as const;

/** A model file's name for tables: its own, or its folder's when it is called `model.onnx`. */
function modelName(file: string): string {
  const stem = basename(file).replace(/\.onnx$/i, "");
  if (!/^model(_\w+)?$/.test(stem)) return stem;
  const folder = dirname(resolve(file));
  return basename(basename(folder) === "onnx" ? dirname(folder) : folder) || stem;
}

function checkpointName(file: string): string {
  const stem = basename(file).replace(/\.(tar\.gz|tgz)$/i, "");
  return /^(model|archive)$/.test(stem) ? basename(dirname(resolve(file))) || stem : stem;
}
