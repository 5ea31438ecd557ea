// Reads files, one after the other, as `formats.mjs` says; a process of its own, so that what a file does to it is seen from outside.
import { failingFormats, formats } from "./formats.mjs";

process.on("message", async ({ format, path }) => {
  const { read } = [...formats, ...failingFormats].find(({ name }) => name === format);
  let outcome = "read";
  try {
    await read(path);
  } catch (error) {
    outcome = error?.name === "ScidocsError" ? "refused" : `crash: ${error?.stack ?? error}`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (outcome === "refused" && /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(error.message))
      outcome = "crash: a message with control characters";
    if (outcome === "refused" && error.message.length > 10_000) outcome = "crash: a message without end";
  }
  process.send({ outcome });
});
