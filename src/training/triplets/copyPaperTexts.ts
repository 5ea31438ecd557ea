import { fieldsOf, forEachPaperEntry } from "../../datasets/papers.ts";
import { openWhole } from "../../files/writeWhole.ts";
import type { RunControl } from "../../progress.ts";

/**
 * Copies what an encoder and the sampler read of some papers (`paper_id`, title, abstract, year) into a metadata file of
 * its own, as a stream.
 * @param keep whether an entry of the files, counted from 0, is copied
 * @throws ScidocsError `BAD_INPUT`, `NOT_FOUND`, `INTERRUPTED`; nothing is left half written
 */
export async function copyPaperTexts(
  metadataFiles: readonly string[],
  target: string,
  keep: (entry: number) => boolean,
  control: RunControl = {},
): Promise<void> {
  const file = await openWhole(target);
  try {
    let [entries, copied, text] = [0, 0, "{"];
    for (const metadataFile of metadataFiles) {
      await forEachPaperEntry(
        metadataFile,
        (entry) => {
          entries += 1;
          if (!keep(entries - 1)) return;
          const { title, abstract = null, year } = fieldsOf(metadataFile, entry);
          // A paper without a year has none here either: JSON leaves out what is undefined.
          const copy = JSON.stringify({ paper_id: entry.key, title, abstract, year });
          text += `${copied === 0 ? "\n" : ",\n"}${JSON.stringify(entry.key)}: ${copy}`;
          copied += 1;
        },
        control,
        {
          afterChunk: async () => {
            await file.write(text);
            text = "";
          },
        },
      );
    }
    await file.write(`${text}\n}\n`);
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.commit();
}
