import { PCA } from "ml-pca";
import { describe, expect, it } from "vitest";
import { keptNeighbours, principalComponents, umap, unitRows } from "./projection";
import { seededRandom } from "../random";

/** Three clouds of 30 points in 40 dimensions, far apart; the cloud of each point. */
function clouds(): { rows: number[][]; cloud: number[] } {
  const random = seededRandom(5);
  const size = 40;
  const centres = [0, 1, 2].map(() => Array.from({ length: size }, () => 3 * random.normal()));
  const cloud = Array.from({ length: 90 }, (_, i) => i % 3);
  return { rows: cloud.map((c) => centres[c].map((value) => value + random.normal())), cloud };
}
const { rows, cloud } = clouds();

describe("principalComponents", () => {
  it("agrees with the exact decomposition, up to a component's sign", () => {
    const { points, explained } = principalComponents(rows, {
      components: 4,
      random: seededRandom(1),
    });
    const exact = new PCA(rows, { method: "SVD" });
    const expected = exact.predict(rows, { nComponents: 4 }).to2DArray();
    // The first two separate the clouds; the others are noise whose variances lie close together.
    for (let j = 0; j < 2; j++) {
      expect(explained[j]).toBeCloseTo(exact.getExplainedVariance()[j], 5);
      for (const [i, point] of points.entries())
        expect(Math.abs(point[j])).toBeCloseTo(Math.abs(expected[i][j]), 3);
    }
    for (let j = 2; j < 4; j++)
      expect(explained[j] / exact.getExplainedVariance()[j]).toBeGreaterThan(0.98);
  });

  it("says when there are too few rows", () => {
    expect(() =>
      principalComponents(rows.slice(0, 5), { components: 5, random: seededRandom(1) }),
    ).toThrow("5 rows of 40 have no 5 components");
  });
});

describe("umap", () => {
  const map = umap(rows, { neighbours: 8, random: seededRandom(2) });

  it("keeps the clouds together: each point's nearest on the map is of its own cloud", () => {
    for (const [i, [x, y]] of map.entries()) {
      const distances = map.map(([u, v], j) => (j === i ? Infinity : Math.hypot(u - x, v - y)));
      expect(cloud[distances.indexOf(Math.min(...distances))]).toBe(cloud[i]);
    }
    expect(keptNeighbours(rows, map, 8)).toBeGreaterThan(3 * (8 / 89));
  });

  it("is the same for the same seed", () => {
    expect(umap(rows, { neighbours: 8, random: seededRandom(2) })).toEqual(map);
  });
});

it("keptNeighbours is 1 for the same points, and knows a stranger", () => {
  const line = [[0], [1], [3], [7]];
  expect(keptNeighbours(line, line, 2)).toBe(1);
  // Nearest: 0→1, 1→0, 3→1, 7→3. On the map: 0→7, 1→3, 3→1, 7→0; only 3 keeps its own.
  expect(keptNeighbours(line, [[0], [10], [11.5], [1]], 1)).toBe(0.25);
});

it("unitRows chooses rows, scales them to length 1 and refuses zeros", () => {
  const vectors = Float32Array.from([3, 4, 0, 0, 0, 2]);
  expect(unitRows(vectors, 2, [2, 0])).toEqual([
    [0, 1],
    [0.6, 0.8],
  ]);
  expect(() => unitRows(vectors, 2, [1])).toThrow("row 1 is all zeros");
});
