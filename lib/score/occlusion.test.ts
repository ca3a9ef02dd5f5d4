import { expect, test } from "vitest";
import { coverSquares, occlusion } from "./occlusion";

test("each copy has one square covered, in all three colours, from the top left on", () => {
  const pixels = Float32Array.from({ length: 3 * 36 }, (_, i) => i + 1);
  const { covered, cells } = coverSquares(pixels, 6, { patch: 3, stride: 3 });
  expect([cells, covered.length]).toEqual([2, 4 * pixels.length]);
  for (let cell = 0; cell < 4; cell++)
    for (let i = 0; i < pixels.length; i++) {
      const [y, x] = [Math.floor((i % 36) / 6), i % 6];
      const inside = Math.floor(y / 3) === Math.floor(cell / 2) && Math.floor(x / 3) === cell % 2;
      expect(covered[cell * pixels.length + i]).toBe(inside ? 0 : pixels[i]);
    }
});

test("the map shows where the evidence is, and what speaks against", async () => {
  const side = 8;
  const pixels = new Float32Array(3 * side * side);
  pixels.fill(1, 6 * side + 6, 6 * side + 8); // for: bottom right
  pixels.fill(-1, 0, 2); // against: top left
  const red = side * side;
  const scores = (many: Float32Array): Promise<Float32Array> =>
    Promise.resolve(
      Float32Array.from({ length: many.length / pixels.length }, (_, n) => {
        const one = many.subarray(n * pixels.length, n * pixels.length + red);
        return 0.5 + one.reduce((sum, value) => sum + value, 0) / 10;
      }),
    );
  const found = await occlusion(pixels, side, scores, { patch: 4, stride: 4 });
  expect(found.cells).toBe(2);
  expect(found.score).toBeCloseTo(0.5, 6);
  [-0.2, 0, 0, 0.2].forEach((drop, i) => expect(found.drops[i]).toBeCloseTo(drop, 6));
});

test("pixels or squares that do not fit are refused", () => {
  expect(() => coverSquares(new Float32Array(10), 2, { patch: 1, stride: 1 })).toThrow(
    "10 numbers are not 3 × 2 × 2",
  );
  expect(() => coverSquares(new Float32Array(12), 2, { patch: 3, stride: 1 })).toThrow(
    "squares of 3 pixels",
  );
});
