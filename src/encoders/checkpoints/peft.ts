import { join } from "node:path";
import { fileError } from "../../errors.ts";
import { isOptionalThere } from "../../files/isThere.ts";
import { readJsonObject } from "../../files/jsonFile.ts";

/** Whether an adapter of PEFT (LoRA and its like) lies in a folder. */
function holdsPeft(folder: string): boolean {
  if (["adapter_model.safetensors", "adapter_model.bin"].some((name) => isOptionalThere(join(folder, name))))
    return true;
  const config = join(folder, "adapter_config.json");
  return isOptionalThere(config) && "peft_type" in readJsonObject(config);
}

/**
 * Refuses a folder with an adapter of PEFT. Beside the weights of a model, Python's libraries load it over them without being asked: the
 * weights alone give other vectors.
 * @throws ScidocsError saying what to do
 */
export function refusePeft(folder: string): void {
  if (!holdsPeft(folder)) return;
  const beside = isOptionalThere(join(folder, "config.json"));
  throw fileError(
    folder,
    null,
    "has a PEFT adapter in it (LoRA and its like), which is not built in here; merge it into its base first " +
      `(merge_and_unload, then save_pretrained)${beside ? ", or take adapter_config.json and adapter_model.* away to use the base alone" : ""}`,
  );
}
