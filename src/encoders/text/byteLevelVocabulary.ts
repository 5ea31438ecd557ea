import { fileError } from "../../errors.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import { readLinesSync } from "../../files/textFile.ts";

/**
 * Turns RoBERTa's `vocab.json` and `merges.txt` into the `tokenizer.json` that Hugging Face makes of them (RobertaTokenizerFast).
 * @param file the `vocab.json`
 * @throws ScidocsError `BAD_INPUT` when the merges or `<s>` and `</s>` are missing
 */
export function byteLevelTokenizer(
  file: string,
  mergesFile: string | undefined,
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (mergesFile === undefined) {
    throw fileError(file, null, "is half of a byte-level tokenizer: merges.txt is not beside it");
  }
  const vocab = readJsonObject(file);
  const merges = readLinesSync(mergesFile)
    .split(/\r\n|\n|\r/)
    .filter((line, index) => line.trim() !== "" && !(index === 0 && line.startsWith("#version")));
  const special = (content: string, strip = false): object[] => {
    const id = vocab[content];
    if (typeof id !== "number") return [];
    return [{ id, content, single_word: false, lstrip: strip, rstrip: false, normalized: false, special: true }];
  };
  const [cls, sep] = [vocab["<s>"], vocab["</s>"]];
  if (typeof cls !== "number" || typeof sep !== "number") {
    throw fileError(
      file,
      null,
      "is not RoBERTa's vocabulary: <s> or </s> is not in it; put the model's tokenizer.json there",
    );
  }
  return {
    added_tokens: [
      ...["<s>", "<pad>", "</s>", "<unk>"].flatMap((content) => special(content)),
      ...special("<mask>", true),
    ],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: config.add_prefix_space === true, use_regex: true },
    post_processor: { type: "RobertaProcessing", sep: ["</s>", sep], cls: ["<s>", cls] },
    model: { type: "BPE", unk_token: null, fuse_unk: false, vocab, merges },
  };
}
