import { at, d, disc, faint, line, mix, oval, poly, rect, repeat, shape } from "./pen";
import type { Stage } from "./pen";
import { waterFill } from "./nature";
import { way, strip, stoneBridge } from "./ways";

/** Canals: locks, bridges, narrowboats. Drawn in pixels. */

/** Canal in perspective: water, coping, towpath, a moored narrowboat, sometimes a lock or a bridge. */
export function canal(s: Stage): string {
  const r = way(s, s.between(56, 70), 26);
  const coping = s.paint("#d0c4ac");
  const tow = s.paint("#c4ad86");
  const side = s.chance(0.5) ? 1 : -1;
  const p = r.at(2.1);
  const hedge = r.at(3);
  const extra = s.chance(0.5)
    ? lockGates(s, r.at(1.3))
    : s.chance(0.7)
      ? stoneBridge(s, r.at(5))
      : "";
  return (
    strip(r, side * 1, side * 1.75, tow) +
    strip(r, side * 1.35, side * 1.5, s.paint(s.season.grass[1]), faint(0.7)) +
    strip(r, -1.08, 1.08, coping) +
    strip(r, -1, 1, waterFill(s)) +
    strip(r, -side * 1.02, -side * 0.55, s.paint("#2f4a3c"), faint(0.3)) +
    line(
      repeat(
        7,
        () => d`M${hedge.x + s.between(-18, 18)} ${s.between(hedge.y, 214)}h${s.between(6, 20)}`,
      ),
      "#ffffff",
      1,
      faint(0.45),
    ) +
    (extra === "" || s.chance(0.75)
      ? at(p.x - side * p.w * 0.3, p.y + 6, p.w / 25, boatFront(s))
      : "") +
    extra
  );
}

function lockGates(s: Stage, p: { x: number; y: number; w: number }): string {
  const wood = s.paint("#4a3b30");
  const k = p.w / 34;
  return at(
    p.x,
    p.y,
    k,
    rect(-34, -12, 34, 24, wood) +
      rect(0, -12, 34, 24, mix(wood, "#000000", 0.25)) +
      line("M-34 -4h68M-34 4h68", mix(wood, "#ffffff", 0.2), 1.2) +
      line("M-2 -14L-62 -24M2 -14L62 -24", "#1f2225", 5) +
      line("M-52 -22.4l-10 -1.7M52 -22.4l10 -1.7", "#f6f4ec", 5.4) +
      line("M-6 -12v-12M6 -12v-12", "#2a2d31", 2),
  );
}

function boatFront(s: Stage): string {
  const hull = s.paint("#22303a");
  const cabin = s.paints(["#a8322f", "#2f6a4a", "#2d4f8a", "#6a3a6a"]);
  const trim = s.paint("#f0c648");
  return (
    oval(0, 2, 20, 3, "#1d2a30", faint(0.4)) +
    poly(cabin, -10, -9, -9, -25, 9, -25, 10, -9) +
    poly(mix(cabin, "#ffffff", 0.2), -9, -25, -5, -30, 7, -30, 9, -25) +
    shape("M-15 -12q15 8 30 0l-4 13q-11 4 -22 0z", hull) +
    line("M-15 -12q15 8 30 0", trim, 2) +
    rect(-3, -22, 6, 11, trim) +
    disc(0, -4, 3, s.paint("#e9e4d4"))
  );
}

/** Canal side on: towpath in front, narrowboat, hedge or brick bridge behind. */
export function canalSide(s: Stage): string {
  const y = s.between(160, 172);
  const brick = s.paints(["#a8573f", "#b5704f"]);
  const x = s.between(52, 172);
  const bx = s.between(30, 194);
  const bridge = at(
    bx,
    y,
    1.15,
    `<path d="M-44 0v-20q44 -32 88 0v20zM-20 0q0 -28 20 -28q20 0 20 28z" fill="${brick}" fill-rule="evenodd"/>` +
      line("M-44 -20q44 -32 88 0", s.paint("#d9cbb0"), 3) +
      line("M-20 0q0 -28 20 -28q20 0 20 28", mix(brick, "#2a3044", 0.4), 2.4),
  );
  return (
    bridge +
    rect(-2, y - 1, 228, 36, waterFill(s)) +
    rect(-2, y - 2, 228, 2.6, s.paint("#5f7a4a")) +
    line(
      repeat(7, () => d`M${s.between(0, 200)} ${s.between(y + 8, y + 30)}h${s.between(8, 26)}`),
      "#fff",
      1,
      faint(0.4),
    ) +
    rect(-2, y + 33, 228, 5, s.paint("#d0c4ac")) +
    rect(-2, y + 38, 228, 30, s.gradient(s.paint("#c9b38c"), s.paint("#a08a64"))) +
    at(x, y + 21, 1.15, narrowboat(s), s.chance(0.5) ? 1 : -1)
  );
}

/** Narrowboat from the side. */
export function narrowboat(s: Stage): string {
  const cabin = s.paints(["#a8322f", "#2f6a4a", "#2d4f8a", "#6a3a6a"]);
  const hull = s.paint("#22303a");
  const trim = s.paint("#f0c648");
  return (
    oval(0, 3, 66, 4, "#1d2a30", faint(0.35)) +
    rect(-42, -19, 88, 15, cabin) +
    rect(-44, -21, 92, 3, mix(cabin, "#ffffff", 0.35)) +
    line("M-40 -16.5h84M-40 -6.5h84", trim, 1) +
    repeat(
      4,
      (i) => disc(-30 + i * 14, -11.5, 3.2, trim) + disc(-30 + i * 14, -11.5, 2.3, "#34434f"),
    ) +
    rect(24, -15, 16, 8, "#34434f") +
    shape("M-64 -8h124l4 -2q0 12 -8 12h-108q-10 0 -16 -12z", hull) +
    line("M-64 -8h124", trim, 1.6) +
    rect(-20, -28, 3, 8, "#2a2d31") +
    repeat(5, (i) => disc(-4 + i * 5, -23, 2, s.paints(["#d9503c", "#f0c648", "#5a9a5c"]))) +
    line("M52 -9v-10l8 -2", "#2a2d31", 1.4)
  );
}
