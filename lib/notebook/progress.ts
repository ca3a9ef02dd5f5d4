import { displayBundle, escapeHtml, newDisplayId } from "./display";

export interface Progress {
  /** Report that `done` of `total` are finished; `note` is shown behind the numbers. */
  update(done: number, total: number, note?: string): void;
  /** Fill the bar, whatever was left, and let `note` be its last word. */
  finish(note: string): void;
}

/**
 * A progress bar below the running cell: how far, how fast, how long still. It redraws at most four times a second and
 * once more at the end. `unit` is the plural of what is counted, for example "photos".
 */
export function progressBar(label: string, unit = "steps"): Progress {
  const id = newDisplayId();
  const started = Date.now();
  let shown = false;
  let last = 0;
  const draw = (done: number, total: number, text: string): void => {
    const bar = `<progress max="${total}" value="${done}" style="width:20em" aria-label="${escapeHtml(label)}"></progress>`;
    displayBundle(
      { "text/html": `<div>${bar} ${escapeHtml(text)}</div>`, "text/plain": text },
      { id, update: shown },
    );
    shown = true;
  };
  const update = (done: number, total: number, note = ""): void => {
    const now = Date.now();
    if (shown && done < total && now - last < 250) return;
    last = now;
    const seconds = (now - started) / 1000;
    const rate = seconds < 0.5 ? undefined : done / seconds;
    const end = done >= total ? `, done in ${duration(seconds)}` : "";
    const text = `${label}: ${describe(done, total, unit, rate)}${end}`;
    draw(done, total, note ? `${text} · ${note}` : text);
  };
  const finish = (note: string): void => draw(1, 1, `${label}: ${note}`);
  return { update, finish };
}

/** For example "1,200 of 5,000 photos, 310 a second, 12 s left"; the last two only where there is a rate. */
export function describe(done: number, total: number, unit: string, rate?: number): string {
  const count = `${done.toLocaleString("en-GB")} of ${total.toLocaleString("en-GB")} ${unit}`;
  if (done >= total || !rate) return count;
  const speed = rate.toLocaleString("en-GB", { maximumSignificantDigits: 3 });
  return `${count}, ${speed} a second, ${duration((total - done) / rate)} left`;
}

/** Seconds as "12 s", "3 min 20 s" or "2 h 5 min". */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
