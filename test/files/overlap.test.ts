import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { refuseOverlap } from "../../src/files/overlap.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

test("an output that is an input under another name is refused: through a link, a linked folder, a hard link, a link to nothing", async () => {
  const folder = temporaryFolder({ "papers.json": "{}" });
  const at = (name: string): string => join(folder, name);
  symlinkSync("papers.json", at("link.json"));
  linkSync(at("papers.json"), at("hard.json"));
  symlinkSync(folder, at("again"));
  symlinkSync("to-come.json", at("to-nothing.json"));
  for (const name of ["papers.json", "link.json", "hard.json", "again/papers.json"]) {
    await expect(refuseOverlap([at("new.json"), at(name)], [at("other"), at("papers.json")])).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(`${at(name)}: is one of the files to be read`),
    });
  }
  await expect(refuseOverlap([at("to-nothing.json")], [at("again/to-come.json")])).rejects.toThrow("to be read");
  await refuseOverlap([at("new.json"), at("below/new.json")], [at("papers.json"), at("link.json"), at("missing")]);
});

test("two outputs that are one file are refused, and a device is no file", async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  mkdirSync(at("runs"));
  symlinkSync("runs/cite.run", at("record.json"));
  await expect(refuseOverlap([at("record.json"), at("runs/cite.run")], [])).rejects.toThrow(
    `${at("record.json")} and ${at("runs/cite.run")}: are one file, and both are to be written; name two`,
  );
  writeFileSync(at("runs/cite.run"), "");
  await expect(refuseOverlap([at("record.json"), at("runs/cite.run")], [])).rejects.toThrow("are one file");
  await refuseOverlap(["/dev/null", "/dev/null", "/dev/stdout"], ["/dev/null"]);
});

test("an output that would be the folder of another one is refused, also before either is there", async () => {
  const at = (name: string): string => join(folder, name);
  const folder = temporaryFolder();
  await expect(refuseOverlap([at("x"), at("x/runs/cite.run")], [])).rejects.toThrow(
    `${at("x")}: would be the folder of ${at("x/runs/cite.run")}, and a file`,
  );
  await expect(refuseOverlap([at("x/y/z"), at("x")], [])).rejects.toThrow("would be the folder of");
  await refuseOverlap([at("x"), at("xy/runs")], []);
});

test("links in a circle are bad input, and not waited for", async () => {
  const folder = temporaryFolder();
  symlinkSync("b", join(folder, "a"));
  symlinkSync("a", join(folder, "b"));
  await expect(refuseOverlap([join(folder, "a")], [])).rejects.toMatchObject({ code: "BAD_INPUT" });
});
