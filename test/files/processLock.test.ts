import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { cacheFolder } from "../../src/files/cacheFolder.ts";
import { acquireLock } from "../../src/files/processLock.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-lock-"));

describe("acquireLock", () => {
  it("gives the lock to exactly one of many who ask at once", async () => {
    const path = join(folder, "many");
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => acquireLock(path)));
    const winners = outcomes.filter((outcome) => "release" in outcome);
    expect(winners.length).toBe(1);
    expect(outcomes.find((outcome) => "holder" in outcome)).toMatchObject({ holder: { pid: process.pid } });
    for (const winner of winners) await winner.release();
    expect(readdirSync(folder).filter((name) => name.startsWith("many"))).toEqual([]);
  });

  it.each([
    ["of a process that has ended", JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: "5" })],
    [
      "whose process number was given to another process",
      JSON.stringify({ pid: 1, host: hostname(), started: "never" }),
    ],
    ["left half written", '{"pid": 1'],
  ])("takes over a lock %s", async (_what, content) => {
    const path = join(folder, "stale");
    writeFileSync(path, content);
    const outcome = await acquireLock(path);
    expect(outcome).toHaveProperty("release");
    if ("release" in outcome) await outcome.release();
  });

  it.runIf(existsSync("/proc/self/stat"))(
    "takes over a lock of a process that has ended and was not asked after",
    async () => {
      // A parent that never asks what became of its child, as the first process of many containers.
      const parent = spawn("sh", ["-c", "sleep 100 & echo $!; exec sleep 100"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (text) => resolve(Number(text))));
      const stat = (): string[] => (readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1] ?? "").split(" ");
      try {
        await vi.waitFor(() => expect(readFileSync(`/proc/${parent.pid}/cmdline`, "latin1")).toMatch(/^sleep/));
        const path = join(folder, "ended");
        writeFileSync(path, JSON.stringify({ pid, host: hostname(), started: stat()[19] }));
        expect(await acquireLock(path)).toMatchObject({ holder: { pid } });
        process.kill(pid, "SIGKILL");
        await vi.waitFor(() => expect(stat()[0]).toBe("Z"));
        const outcome = await acquireLock(path);
        expect(outcome).toHaveProperty("release");
        if ("release" in outcome) await outcome.release();
      } finally {
        parent.kill("SIGKILL");
      }
    },
  );

  it("is not fooled by a right to remove a stale lock that was itself left behind", async () => {
    const path = join(folder, "twice-stale");
    const dead = (started: string): string => JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started });
    writeFileSync(path, dead("1"));
    const right = createHash("sha256").update(dead("1")).digest("hex").slice(0, 16);
    writeFileSync(`${path}.${right}.stale`, dead("2"));
    const outcome = await acquireLock(path);
    expect(outcome).toHaveProperty("release");
    if ("release" in outcome) await outcome.release();
    expect(readdirSync(folder).filter((name) => name.startsWith("twice"))).toEqual([]);
  });

  it.each([
    ["a folder", (path: string) => mkdirSync(path)],
    ["a link to nowhere", (path: string) => symlinkSync("nowhere", path)],
    ["a link in a circle", (path: string) => symlinkSync(path, path)],
    ["a pipe", (path: string) => execFileSync("mkfifo", [path])],
  ])("fails at once where the lock is %s", async (what, make) => {
    const path = join(folder, what.replaceAll(" ", "-"));
    make(path);
    await expect(acquireLock(path)).rejects.toThrow();
  });

  it("clears away what processes left that were killed while they asked, and nothing of those that still ask", async () => {
    const path = join(folder, "asked");
    const dead = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: "5" });
    const elsewhere = JSON.stringify({ pid: 1, host: "another-machine", started: "5" });
    const contents = {
      "asked.0123456789ab": dead,
      "asked.0123456789ac": elsewhere,
      "asked.0123456789ad": "",
      "asked.txt": dead,
    };
    for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
    const long = new Date(Date.now() - 120_000);
    writeFileSync(join(folder, "asked.0123456789ae"), "");
    utimesSync(join(folder, "asked.0123456789ae"), long, long);
    const outcome = await acquireLock(path);
    expect(readdirSync(folder).filter((name) => name.startsWith("asked"))).toEqual([
      "asked",
      "asked.0123456789ac",
      "asked.0123456789ad",
      "asked.txt",
    ]);
    if ("release" in outcome) await outcome.release();
  });

  it("leaves a lock of another machine alone", async () => {
    const path = join(folder, "remote");
    writeFileSync(path, JSON.stringify({ pid: 1, host: "elsewhere.example", started: "1" }));
    expect(await acquireLock(path)).toEqual({
      holder: { pid: 1, host: "elsewhere.example", started: "1", space: "", boot: "" },
    });
  });

  it.runIf(existsSync("/proc/self/ns/pid"))(
    "leaves a lock of another container of the same host name alone, until its time has stood still",
    async () => {
      const path = join(folder, "container");
      const holder = { pid: 1, host: hostname(), started: "1", space: "pid:[1]", boot: "" };
      writeFileSync(path, JSON.stringify(holder));
      expect(await acquireLock(path)).toEqual({ holder });
      const secondsAgo = (seconds: number): Date => new Date(Date.now() - 1000 * seconds);
      utimesSync(path, secondsAgo(120), secondsAgo(120));
      expect(await acquireLock(path)).toEqual({ holder });
      utimesSync(path, secondsAgo(200), secondsAgo(200));
      const restarted = await acquireLock(path);
      expect(restarted).toHaveProperty("release");
      if ("release" in restarted) await restarted.release();
      writeFileSync(path, JSON.stringify({ ...holder, space: readlinkSync("/proc/self/ns/pid") }));
      const outcome = await acquireLock(path);
      expect(outcome).toHaveProperty("release");
      if ("release" in outcome) await outcome.release();
    },
  );

  it.runIf(existsSync("/proc/sys/kernel/random/boot_id"))(
    "leaves a lock of another machine of the same name alone, until its time has stood still",
    async () => {
      const path = join(folder, "namesake");
      const [space, boot] = [readlinkSync("/proc/self/ns/pid"), "4f0c3d0e-0000-4000-8000-000000000000"];
      const holder = { pid: 2 ** 22 + 1, host: hostname(), started: "1", space, boot };
      writeFileSync(path, JSON.stringify(holder));
      expect(await acquireLock(path)).toEqual({ holder });
      const long = new Date(Date.now() - 200_000);
      utimesSync(path, long, long);
      const outcome = await acquireLock(path);
      expect(outcome).toHaveProperty("release");
      if ("release" in outcome) await outcome.release();
    },
  );

  it.runIf(existsSync("/proc/sys/kernel/random/boot_id"))(
    "succeeds a container of another name on this machine when its time has stood still, and no other machine",
    async () => {
      const path = join(folder, "renamed");
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      const holder = { pid: 1, host: "0a1b2c3d4e5f", started: "1", space: "pid:[1]", boot };
      const long = new Date(Date.now() - 200_000);
      writeFileSync(path, JSON.stringify(holder));
      expect(await acquireLock(path)).toEqual({ holder });
      utimesSync(path, long, long);
      const outcome = await acquireLock(path);
      expect(outcome).toHaveProperty("release");
      if ("release" in outcome) await outcome.release();
      const elsewhere = { ...holder, boot: "4f0c3d0e-0000-4000-8000-000000000000" };
      writeFileSync(path, JSON.stringify(elsewhere));
      utimesSync(path, long, long);
      expect(await acquireLock(path)).toEqual({ holder: elsewhere });
    },
  );

  it("tells whether it is still held", async () => {
    const path = join(folder, "kept");
    const outcome = await acquireLock(path);
    if (!("release" in outcome)) throw new Error("the lock is another's");
    expect(outcome.isHeld()).toBe(true);
    rmSync(path);
    expect(outcome.isHeld()).toBe(false);
    const another = JSON.stringify({ pid: 1, host: "elsewhere.example", started: "1" });
    writeFileSync(path, another);
    expect(outcome.isHeld()).toBe(false);
    await outcome.release();
    expect(readFileSync(path, "utf8")).toBe(another);
  });

  it("shows that it is held by the lock's time, and leaves another's as it is", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const path = join(folder, "pulse");
      const outcome = await acquireLock(path);
      // A whole second, which every file system keeps as it is.
      const before = new Date(1000 * Math.floor(Date.now() / 1000) - 100_000);
      utimesSync(path, before, before);
      vi.advanceTimersByTime(20_000);
      await vi.waitFor(() => expect(statSync(path).mtimeMs).toBeGreaterThan(before.getTime() + 90_000));
      const another = JSON.stringify({ pid: 1, host: "elsewhere.example", started: "1" });
      writeFileSync(path, another);
      utimesSync(path, before, before);
      vi.advanceTimersByTime(20_000);
      await setTimeout(50);
      if ("release" in outcome) await outcome.release();
      expect(vi.getTimerCount()).toBe(0);
      expect(statSync(path).mtimeMs).toBe(before.getTime());
      expect(readFileSync(path, "utf8")).toBe(another);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("acquireLock on a disk that knows no links", () => {
  const child = fileURLToPath(new URL("./lockWithoutLinks.mjs", import.meta.url));

  it("gives the lock to exactly one of many, and waits for one that is just being written", () => {
    const path = join(folder, "unlinked");
    const text = execFileSync(process.execPath, [child, path], { encoding: "utf8" });
    expect(JSON.parse(text)).toEqual({ winners: 1, waited: { holder: 1 }, rest: [] });
  });
});

describe("cacheFolder", () => {
  it("follows XDG_CACHE_HOME, and the platform where it is not set or not absolute", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: "/big/cache" }, "linux")).toBe("/big/cache/scidocs");
    expect(cacheFolder({ XDG_CACHE_HOME: "relative" }, "linux")).toMatch(/\/\.cache\/scidocs$/);
    expect(cacheFolder({ XDG_CACHE_HOME: "D:\\cache" }, "win32")).toMatch(/^D:\\cache/);
    const { HOME } = process.env;
    try {
      for (const odd of ["", "relative"]) {
        process.env.HOME = odd;
        expect(cacheFolder({}, "linux")).toMatch(/^\/.*\/\.cache\/scidocs$/);
      }
    } finally {
      process.env.HOME = HOME;
    }
    expect(cacheFolder({}, "darwin")).toMatch(/Library\/Caches\/scidocs$/);
  });
});
