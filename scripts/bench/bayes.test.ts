import { expect, test } from "vitest";
import { seededRandom } from "../../lib/random";
import { countSets } from "../../lib/score/tag-sets";
import { tf } from "../../lib/tfjs";
import { bayes } from "./bayes";

test("the best possible decoder has the posterior that densities written out give", async () => {
  await tf.ready();
  const [tags, rows] = [4, 6];
  const random = seededRandom(8);
  const normals = (n: number, size: number): Float32Array =>
    Float32Array.from({ length: n }, () => size * random.normal());
  const prototypes = normals(2 * tags * 512, 1 / Math.sqrt(512));
  const labels = Uint8Array.of(1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0);
  const sets = countSets(labels, tags);
  const [img, txt] = [normals(rows * 512, 0.5), normals(rows * 512, 0.35)];
  const features = { img: tf.tensor2d(img, [rows, 512]), txt: tf.tensor2d(txt, [rows, 512]) };
  const found = bayes(
    features,
    Int32Array.from({ length: rows }, (_, i) => i),
    prototypes,
    sets,
  );

  /** log N(x; sum of the tags' prototypes, noise²), but for a constant. */
  const density = (x: Float32Array, row: number, part: number, told: number[], noise: number) => {
    let sum = 0;
    for (let i = 0; i < 512; i++) {
      const mean = told.reduce((all, tag) => all + prototypes[(part * tags + tag) * 512 + i], 0);
      sum -= (x[row * 512 + i] - mean) ** 2 / (2 * noise ** 2);
    }
    return sum;
  };
  for (let row = 0; row < rows; row++) {
    const scores = Array.from(sets.counts, (count, set) => {
      const list = [0, 1, 2, 3].filter((tag) => sets.members[set * tags + tag]);
      const subsets = Array.from({ length: 2 ** list.length }, (_, bits) =>
        list.filter((__, i) => (bits >> i) & 1),
      );
      const nothing = density(txt, row, 1, [], 0.34);
      const title = subsets.reduce((sum, told) => {
        const chance = 0.7 ** told.length * 0.3 ** (list.length - told.length);
        return sum + chance * Math.exp(density(txt, row, 1, told, 0.34) - nothing);
      }, 0);
      return Math.log(count / 5) + density(img, row, 0, list, 0.48) + Math.log(title);
    });
    const highest = Math.max(...scores);
    const exp = scores.map((score) => Math.exp(score - highest));
    const total = exp.reduce((a, b) => a + b);
    for (let tag = 0; tag < tags; tag++) {
      const p = exp.reduce((sum, e, set) => sum + e * sets.members[set * tags + tag], 0) / total;
      expect(found.probabilities[row * tags + tag]).toBeCloseTo(p, 4);
    }
    const best = scores.indexOf(highest);
    expect(found.given.subarray(row * tags, (row + 1) * tags)).toEqual(
      sets.members.subarray(best * tags, (best + 1) * tags),
    );
  }
});
