import { appendFileSync, existsSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/training/curves/crc32c.ts";
import { curveNames, eventsFile, openCurves } from "../../../src/training/curves/curves.ts";
import { readCurves } from "../../../src/training/curves/curveTable.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";
import { readEvents } from "./readEvents.ts";

const clock = (): (() => number) => {
  let ms = 1_600_000_000_000;
  return () => (ms += 250);
};

/** A training of some steps: a loss at each, a dev loss at every second. */
async function train(folder: string, fromStep: number, toStep: number): Promise<void> {
  const curves = await openCurves(folder, fromStep, clock());
  for (let step = fromStep + 1; step <= toStep; step++) {
    await curves.append(step, { [curveNames.trainLoss]: 1 / (step + 1), [curveNames.learningRate]: 2e-5 });
    if (step % 2 === 0) await curves.append(step, { [curveNames.devLoss]: step });
  }
  await curves.close();
}

const events = (folder: string) => readEvents(readFileSync(join(folder, eventsFile)));
const pointsOf = (folder: string) => events(folder).scalars.map(({ step, tag, value }) => [step, tag, value]);

describe("curves of a training", () => {
  it("use the CRC that RFC 3720 defines", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });

  it.skipIf(!existsSync("/dev/zero"))("are not looked for in a device, which would never end", async () => {
    const folder = temporaryFolder();
    symlinkSync("/dev/zero", join(folder, "curves.csv"));
    await expect(train(folder, -1, 1)).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: /curves\.csv: .*is a device/,
    });
  });

  it("are events that a reader of the published format takes, with every value in both files", async () => {
    const folder = temporaryFolder();
    await train(folder, -1, 300);
    const { version, scalars } = events(folder);
    expect(version).toBe("brain.Event:2");
    expect(scalars.filter(({ tag }) => tag === "train/loss").map(({ step }) => step)).toEqual(
      Array.from({ length: 301 }, (_, step) => step),
    );
    const curves = await readCurves(join(folder, "curves.csv"));
    expect(curves.map(({ name }) => name)).toEqual(["train/loss", "train/learning_rate", "dev/loss"]);
    for (const { name, steps, values } of curves) {
      const same = scalars.filter(({ tag }) => tag === name);
      expect(same.map(({ step }) => step)).toEqual(steps);
      expect(same.map(({ value }) => value)).toEqual(values.map(Math.fround));
    }
    expect(scalars[0]?.wallSeconds).toBeCloseTo(1_600_000_000.5, 6);
  });

  it("keep what is not finite", async () => {
    const folder = temporaryFolder();
    const curves = await openCurves(folder, -1);
    await curves.append(0, { a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: -1.5e-7, d: 1e21 });
    await curves.close();
    const read = await readCurves(join(folder, "curves.csv"));
    expect(read.map(({ values }) => values[0])).toEqual([Number.NaN, Number.NEGATIVE_INFINITY, -1.5e-7, 1e21]);
    expect(pointsOf(folder).map(([, , value]) => value)).toEqual([
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      Math.fround(-1.5e-7),
      Math.fround(1e21),
    ]);
  });

  it("go on from a checkpoint as if nothing had been written past it", async () => {
    const whole = temporaryFolder();
    await train(whole, -1, 9);
    const resumed = temporaryFolder();
    await train(resumed, -1, 7);
    await train(resumed, 4, 9);
    const withoutTimes = (folder: string) =>
      readFileSync(join(folder, "curves.csv"), "utf8").replaceAll(/,[\d.]+$/gm, "");
    expect(withoutTimes(resumed)).toBe(withoutTimes(whole));
    expect(pointsOf(resumed)).toEqual(pointsOf(whole));
  });

  it("are kept where a clock stands before 1970", async () => {
    const folder = temporaryFolder();
    const curves = await openCurves(folder, -1, () => -86_400_000);
    await curves.append(1, { a: 2 });
    await curves.close();
    await (await openCurves(folder, 1)).close();
    expect(await readCurves(join(folder, "curves.csv"))).toEqual([{ name: "a", steps: [1], values: [2] }]);
  });

  it("begin anew where a training begins anew", async () => {
    const folder = temporaryFolder();
    await train(folder, -1, 7);
    await train(folder, -1, 1);
    expect(pointsOf(folder)).toHaveLength(2 * 2 + 1);
    expect((await readCurves(join(folder, "curves.csv")))[0]?.steps).toEqual([0, 1]);
  });

  it("lose a torn tail at any byte, and only that", async () => {
    const folder = temporaryFolder();
    await train(folder, -1, 2);
    const [table, bytes] = [join(folder, "curves.csv"), join(folder, eventsFile)];
    const full = { table: readFileSync(table), bytes: readFileSync(bytes) };
    const points = pointsOf(folder);
    for (let cut = 0; cut <= 120; cut += 7) {
      writeFileSync(table, full.table);
      writeFileSync(bytes, full.bytes);
      truncateSync(table, full.table.length - Math.min(cut, full.table.length));
      truncateSync(bytes, full.bytes.length - cut);
      await (await openCurves(folder, 99)).close();
      const left = pointsOf(folder);
      expect(left).toEqual(points.slice(0, left.length));
      // The longest record has 75 bytes, and holds two values.
      expect(left.length).toBeGreaterThanOrEqual(points.length - 2 * Math.ceil(cut / 30) - 2);
      expect(readFileSync(table, "utf8")).toMatch(
        /^step,name,value,wallSeconds\n(\d+,[a-z_/]+,[\d.e-]+,\d+\.\d{3}\n)*$/,
      );
    }
  });

  it.each(["curves.csv", eventsFile])(
    "are not cut where what is behind belongs to the checkpoint: %s",
    async (name) => {
      const folder = temporaryFolder();
      await train(folder, -1, 5);
      const file = join(folder, name);
      const whole = readFileSync(file);
      for (const bit of [1, 0x80]) {
        const bytes = Buffer.from(whole);
        bytes[whole.indexOf("train/loss", whole.length >> 1) + (name === "curves.csv" ? -1 : 2)]! ^= bit;
        writeFileSync(file, bytes);
        await expect(openCurves(folder, 5)).rejects.toThrow(/is damaged there, and what stands behind it would be cut/);
        expect(readFileSync(file).equals(bytes)).toBe(true);
      }
      // Behind the checkpoint there is nothing to lose.
      await (await openCurves(folder, 0)).close();
      expect((await readCurves(join(folder, "curves.csv")))[0]?.steps).toEqual([0]);
    },
  );

  it("are cut by bytes, whatever a disk has made of a name", async () => {
    const folder = temporaryFolder();
    await train(folder, -1, 5);
    const file = join(folder, "curves.csv");
    const bytes = readFileSync(file);
    bytes[bytes.indexOf("train/loss") + 3]! ^= 0x80;
    writeFileSync(file, bytes);
    await (await openCurves(folder, 5)).close();
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it("are readable while a row is being written", async () => {
    const folder = temporaryFolder();
    await train(folder, -1, 2);
    appendFileSync(join(folder, "curves.csv"), "3,train/loss,0.0");
    expect((await readCurves(join(folder, "curves.csv")))[0]?.steps).toEqual([0, 1, 2]);
  });

  it.each([
    [Array.from({ length: 300_000 }, (_, index) => `1,n${index},1,1.000\n`).join(""), /has over 1000 curves/],
    [`1,${"x".repeat(1e6)},1,1.000\n`, /has a curve whose name has 1000000 characters/],
    [
      "1,a,1,1.000\n1,b,1,1.000\n2,a,1,1.000\n1,a,1,1.000\n",
      /curves\.csv:5: step 1 stands after step 2: these are the curves of more/,
    ],
  ])("are read only as many, with such names, and of one training, as a page can show", async (rows, message) => {
    const folder = temporaryFolder({ "curves.csv": `step,name,value,wallSeconds\n${rows}` });
    await expect(readCurves(join(folder, "curves.csv"))).rejects.toThrow(message);
  });

  it("refuse steps that go back, and names that break a row", async () => {
    const curves = await openCurves(temporaryFolder(), 4);
    await expect(curves.append(3, { a: 1 })).rejects.toThrow(RangeError);
    await expect(curves.append(5, { "a,b": 1 })).rejects.toThrow(RangeError);
    await curves.close();
  });

  it("say where they cannot be written", async () => {
    const folder = temporaryFolder({ "curves.csv/in/the/way": "" });
    await expect(openCurves(folder, -1)).rejects.toThrow(/curves\.csv: cannot be written: .*is a folder/);
  });
});
