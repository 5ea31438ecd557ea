import { createRequire } from "node:module";
import type { MultiBar, SingleBar } from "cli-progress";
import type { ProgressEvent } from "../progress.ts";

/** Milliseconds between two lines of one stage where stderr is no terminal. */
const lineEveryMs = 10_000;

const require = createRequire(import.meta.url);

interface Stage {
  readonly startedMs: number;
  bar: SingleBar | null;
  lastLineMs: number;
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

function rateText(event: ProgressEvent, elapsedSeconds: number): string {
  if (event.done <= 0 || elapsedSeconds <= 0) return "";
  const rate = event.done / elapsedSeconds;
  // Papers are embedded longest first: what is left of the work is less than what is left of the papers.
  const share = event.share ?? event.done / event.total;
  const left = formatDuration((elapsedSeconds * (1 - share)) / share);
  if (event.unit === "bytes") return `${(rate / 2 ** 20).toFixed(1)} MiB/s, ${left} left`;
  return `${rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)} ${event.unit}/s, ${left} left`;
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
    const detail = `${amount(event.done, event.unit)}/${amount(event.total, event.unit)} ${event.unit === "bytes" ? "" : `${event.unit} `}${rateText(event, (now - stage.startedMs) / 1000)}`;
    if (stream.isTTY) {
      // Loaded when there is a bar to draw: most commands draw none.
      const { MultiBar, Presets } = require("cli-progress") as typeof import("cli-progress");
      bars ??= new MultiBar(
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
