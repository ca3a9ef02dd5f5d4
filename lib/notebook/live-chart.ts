import { displayBundle, escapeHtml, newDisplayId } from "./display";
import type { CurveEpoch } from "../data/types";
import { headStyle } from "../figures/curves";
import { duration } from "./progress";
import { bestEpoch } from "../train/training-log";

/** A chart below the running cell that grows while heads are trained. */
export interface LiveChart {
  /** Add an epoch of a head. */
  epoch(name: string, entry: CurveEpoch): void;
  /** Draw once more, with `note` instead of the time left. */
  finish(note: string): void;
}

export interface LiveChartOptions {
  /** Epochs after which every head stops at the latest. */
  maxEpochs: number;
  /** Draw at most once in so many milliseconds. */
  every?: number;
}

/** The epochs so far, by head. */
type Logs = ReadonlyMap<string, readonly CurveEpoch[]>;

/** The four small charts: what they show, and how a value is written at its axis. */
const panels: [title: string, key: keyof CurveEpoch, digits: number][] = [
  ["Training loss", "trainLoss", 3],
  ["Exact match", "valExactMatch", 3],
  ["Macro F1", "valMacroF1", 3],
  ["Learning rate", "learningRate", 4],
];
const size = { width: 176, height: 96, left: 42, top: 22, gap: 12 };
/** Points a line is drawn with at most: more would not be seen, but make the notebook large. */
const maxPoints = 60;

/**
 * Loss, exact match, macro F1 and learning rate of heads in training, drawn anew as epochs end: an SVG picture of a few
 * kilobytes, as plotting programs take longer to draw than a small head takes to learn. The text below it says how far
 * training is, what was best and how long it can take still (at most, as early stopping may end it before).
 */
export function liveChart(label: string, { maxEpochs, every = 500 }: LiveChartOptions): LiveChart {
  const id = newDisplayId();
  const started = Date.now();
  const logs = new Map<string, CurveEpoch[]>();
  let drawn = 0;
  let first: number | undefined; // epochs done before this call, if it goes on from a checkpoint
  const draw = (text: string): void => {
    const html = `<div>${picture(logs, label)}<div>${escapeHtml(text)}</div></div>`;
    displayBundle({ "text/html": html, "text/plain": text }, { id, update: drawn > 0 });
    drawn = Date.now();
  };
  const epoch = (name: string, entry: CurveEpoch): void => {
    const log = logs.get(name);
    if (log) log.push(entry);
    else logs.set(name, [entry]);
    first ??= entry.epoch;
    if (Date.now() - drawn < every) return;
    const each = (Date.now() - started) / 1000 / (entry.epoch + 1 - first);
    const left = duration((maxEpochs - entry.epoch - 1) * each);
    draw(
      `${label}: epoch ${entry.epoch + 1} of at most ${maxEpochs}, ${describeBest(logs)}, at most ${left} left`,
    );
  };
  return { epoch, finish: (note) => draw(`${label}: ${note}`) };
}

/** For example "loss 0.1016, best exact match 0.3268 in epoch 12" or, of several heads, the best one's. */
export function describeBest(logs: Logs): string {
  const { name, log, best } = [...logs]
    .map(([name, log]) => ({ name, log, best: bestEpoch(log) }))
    .reduce((a, b) => (b.best.valExactMatch > a.best.valExactMatch ? b : a));
  const where = `${best.valExactMatch.toFixed(4)} in epoch ${best.epoch + 1}`;
  if (logs.size > 1) return `${logs.size} heads, best exact match ${where} of ${name}`;
  return `loss ${log[log.length - 1].trainLoss.toFixed(4)}, best exact match ${where}`;
}

function picture(logs: Logs, label: string): string {
  if (logs.size === 0) return "";
  const source = Buffer.from(trainingSvg(logs)).toString("base64");
  const alt = `Line charts of ${label} by epoch: training loss, exact match, macro F1, learning rate. ${describeBest(logs)}`;
  return `<img alt="${escapeHtml(alt)}" src="data:image/svg+xml;base64,${source}" style="max-width:100%">`;
}

/** The picture: a line a head, in the colours and dashes of `headStyle`. */
export function trainingSvg(logs: Logs): string {
  const { width, height, top, left, gap } = size;
  const total = panels.length * (left + width + gap);
  const charts = panels.map(
    (panel, i) =>
      `<g transform="translate(${i * (left + width + gap) + left},${top})">${chart(panel, logs)}</g>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total} ${top + height + 30}" width="${total}" ` +
    `height="${top + height + 30}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>` +
    `${charts.join("")}</svg>`
  );
}

function chart([title, key, digits]: (typeof panels)[number], logs: Logs): string {
  const { width, height } = size;
  const drawn = [...logs].map(([name, log]) => ({ name, log: thinned(log) }));
  const values = drawn.flatMap(({ log }) => log.map((entry) => entry[key] ?? 0));
  const low = Math.min(...values);
  const high = Math.max(...values);
  const last = Math.max(2, ...drawn.map(({ log }) => log[log.length - 1].epoch + 1));
  const x = (epoch: number): string => ((epoch / (last - 1)) * width).toFixed(1);
  const y = (value: number): string =>
    (height - (high > low ? (value - low) / (high - low) : 0.5) * height).toFixed(1);
  const lines = drawn.map(({ name, log }) => {
    const { color, dashed } = headStyle(name);
    const points = log.map((entry) => `${x(entry.epoch)},${y(entry[key] ?? 0)}`);
    const dash = dashed ? ' stroke-dasharray="4 2"' : "";
    const dot = `<circle cx="${points[points.length - 1].replace(",", '" cy="')}" r="2" fill="${color}"/>`;
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="1.2"${dash}/>${dot}`;
  });
  const tick = (value: number): string =>
    `<text x="-4" y="${Number(y(value)) + 4}" text-anchor="end" fill="#555">${value.toFixed(digits)}</text>`;
  return (
    `<text y="-8" font-weight="bold">${title}</text><path d="M0 0V${height}H${width}" fill="none" stroke="#999"/>` +
    `${tick(low)}${high > low ? tick(high) : ""}<text y="${height + 15}" fill="#555">1</text>` +
    `<text x="${width}" y="${height + 15}" text-anchor="end" fill="#555">epoch ${last}</text>${lines.join("")}`
  );
}

/** Some of the epochs, evenly, the last one always. */
function thinned(log: readonly CurveEpoch[]): readonly CurveEpoch[] {
  const step = Math.ceil(log.length / maxPoints);
  return log.filter((_, i) => (log.length - 1 - i) % step === 0);
}
