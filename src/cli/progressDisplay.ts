import { createRequire } from "node:module";
import type { MultiBar, SingleBar } from "cli-progress";
import { printable } from "../printable.ts";
import { type ProgressEvent, secondsLeft } from "../progress.ts";

/** Milliseconds between two lines of one stage where stderr is no terminal. */
const lineEveryMs = 10_000;

/** Characters of what is told beside a count. */
const longestDetail = 200;

interface Stage {
  /** When work began: opening what does it comes before, and says nothing of how long the rest takes. */
  startedMs: number;
  bar: SingleBar | null;
  lastLineMs: number;
}

/** Bars on a terminal. The library is loaded when there is one to draw: most commands draw none. */
function openBars(stream: NodeJS.WriteStream): MultiBar {
  const { MultiBar, Presets } = createRequire(import.meta.url)("cli-progress") as typeof import("cli-progress");
  return new MultiBar(
    {
      stream,
      format: "{stage} {bar} {detail}",
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      emptyOnZero: true,
      autopadding: true,
    },
    Presets.shades_classic,
  );
}

/** Progress on stderr. `pause` makes room for a message; `stop` ends all bars. */
export interface ProgressDisplay {
  readonly show: (event: ProgressEvent) => void;
  readonly pause: () => void;
  readonly stop: () => void;
}

/** `75 s` as `1:15`, `5000 s` as `1:23:20`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  const two = (value: number): string => String(value).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** Large counts of bytes in MiB, everything else as it is. */
function amount(value: number, unit: string): string {
  if (unit !== "bytes") return String(Math.floor(value));
  return `${(value / 2 ** 20).toFixed(1)} MiB`;
}

/** `12/80 papers 3.1 papers/s, 0:22 left`, and behind it what else the event tells: names of other machines may be in it. */
function detailText(event: ProgressEvent, elapsedSeconds: number): string {
  const { detail = "" } = event;
  return `${countText(event, elapsedSeconds)}${detail === "" ? "" : `; ${printable(detail, longestDetail)}`}`;
}

/** `12/80 papers 3.1 papers/s, 0:22 left`; `15 %, 0:22 left` of work without a unit. */
function countText(event: ProgressEvent, elapsedSeconds: number): string {
  const { done, total, unit } = event;
  const seconds = secondsLeft(event, elapsedSeconds);
  const left = seconds === null ? "" : `${formatDuration(seconds)} left`;
  if (unit === "%") return `${Math.floor((100 * done) / total)} %${left === "" ? "" : `, ${left}`}`;
  const count = `${amount(done, unit)}/${amount(total, unit)}${unit === "bytes" ? "" : ` ${unit}`}`;
  return left === "" || done <= 0 ? count : `${count} ${rateText(done / elapsedSeconds, unit)}, ${left}`;
}

/** Slow work is told by the minute: `0.0 fits/s` says nothing. */
function rateText(rate: number, unit: string): string {
  if (unit === "bytes") return `${(rate / 2 ** 20).toFixed(1)} MiB/s`;
  if (rate < 0.1) return `${(60 * rate).toFixed(1)} ${unit}/min`;
  return `${rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)} ${unit}/s`;
}

/**
 * Shows {@link ProgressEvent}s: one bar a stage on a terminal, elsewhere a line at most every ten seconds a stage.
 * @param write where lines go when there is no terminal
 * @param nowMs the clock
 */
export function progressDisplay(
  stream: NodeJS.WriteStream,
  write: (text: string) => void,
  nowMs: () => number = () => performance.now(),
): ProgressDisplay {
  const stages = new Map<string, Stage>();
  let bars: MultiBar | null = null;

  const drop = (name: string, stage: Stage): void => {
    if (stage.bar !== null) bars?.remove(stage.bar);
    stages.delete(name);
    if (stages.size === 0) {
      bars?.stop();
      bars = null;
    }
  };

  const show = (event: ProgressEvent): void => {
    const now = nowMs();
    const known = stages.get(event.stage);
    const finished = event.done >= event.total;
    if (finished && known === undefined) return;
    const stage: Stage = known ?? { startedMs: now, bar: null, lastLineMs: now };
    if (known === undefined) stages.set(event.stage, stage);
    if (event.done === 0) stage.startedMs = now;
    const detail = detailText(event, (now - stage.startedMs) / 1000);
    if (stream.isTTY) {
      bars ??= openBars(stream);
      stage.bar ??= bars.create(event.total, event.done, { stage: event.stage, detail });
      stage.bar.setTotal(event.total);
      stage.bar.update(event.done, { stage: event.stage, detail });
    } else if (now - stage.lastLineMs >= lineEveryMs) {
      stage.lastLineMs = now;
      write(`${event.stage}: ${detail}\n`);
    }
    if (finished) drop(event.stage, stage);
  };

  const stop = (): void => {
    for (const [name, stage] of stages) drop(name, stage);
    bars?.stop();
    bars = null;
  };

  // A message ends the bars that are up; the next event of a stage draws its bar anew.
  const pause = (): void => {
    if (bars === null) return;
    for (const stage of stages.values()) stage.bar = null;
    bars.stop();
    bars = null;
  };

  return { show, pause, stop };
}
