/** Colours as #rrggbb. */

const red = (colour: number): number => colour >> 16;
const green = (colour: number): number => (colour >> 8) & 255;
const blue = (colour: number): number => colour & 255;
const parse = (colour: string): number => parseInt(colour.slice(1), 16);
const clamp = (channel: number): number => Math.max(0, Math.min(255, Math.round(channel)));

function hex(r: number, g: number, b: number): string {
  // The leading 1 keeps the zeros that follow it.
  const digits = (1 << 24) | (clamp(r) << 16) | (clamp(g) << 8) | clamp(b);
  return "#" + digits.toString(16).slice(1);
}

/** The colour a fraction t of the way from a to b. */
export function mix(a: string, b: string, t: number): string {
  const from = parse(a);
  const to = parse(b);
  const between = (x: number, y: number): number => x + (y - x) * t;
  return hex(
    between(red(from), red(to)),
    between(green(from), green(to)),
    between(blue(from), blue(to)),
  );
}

/** The colour a surface shows under coloured light: channel by channel product. */
export function lit(colour: string, light: string): string {
  const own = parse(colour);
  const by = parse(light);
  const share = (x: number, y: number): number => (x * y) / 255;
  return hex(share(red(own), red(by)), share(green(own), green(by)), share(blue(own), blue(by)));
}
