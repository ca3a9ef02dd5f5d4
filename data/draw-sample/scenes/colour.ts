/** Colours as #rrggbb. */

/** Channels 0..255 of "#rrggbb". */
function channels(colour: string): number[] {
  const value = parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function hex(rgb: number[]): string {
  return (
    "#" +
    rgb
      .map((c) =>
        Math.max(0, Math.min(255, Math.round(c)))
          .toString(16)
          .padStart(2, "0"),
      )
      .join("")
  );
}

/** The colour a fraction t of the way from a to b ("#rrggbb"). */
export function mix(a: string, b: string, t: number): string {
  const from = channels(a);
  const to = channels(b);
  return hex(from.map((c, i) => c + (to[i] - c) * t));
}

/** The colour a surface shows under coloured light: channel by channel product. */
export function lit(colour: string, light: string): string {
  const by = channels(light);
  return hex(channels(colour).map((c, i) => (c * by[i]) / 255));
}
