/** What other photos near a photo are tagged with. */

export interface NeighbourhoodOptions {
  /** Metres east and north of each row, in one grid; NaN where the place is not known. */
  easting: Float64Array;
  northing: Float64Array;
  /** 0 or 1, [n, tags] row by row. */
  labels: Uint8Array;
  /** The rows whose tags may be told: those to train on. */
  tellers: Int32Array;
  /** Metres up to which another photo counts (included). */
  radius: number;
  /** Whether `other` must not count for `row`, such as a photo of the same square. A row never counts for itself. */
  leaveOut?: (row: number, other: number) => boolean;
}

export interface Neighbourhood {
  /** Photos that count for each row [n]. */
  photos: Int32Array;
  /** How many of them have each tag, [n, tags] row by row. */
  withTag: Float32Array;
}

/**
 * For every row, how many tellers are within the radius, and how many of them have each tag. Without a place there are none.
 * Throws if lengths do not fit together.
 *
 * ```ts
 * const [easting, northing] = [Float64Array.of(0, 300, 9000), Float64Array.of(0, 400, 0)];
 * const labels = Uint8Array.of(1, 0, 1, 1, 0, 1); // three photos, two tags
 * const near = { easting, northing, labels, tellers: Int32Array.of(0, 1), radius: 1000 };
 * tagsNearby(near); // → { photos: [1, 1, 0], withTag: [1, 1, 1, 0, 0, 0] }
 * ```
 */
export function tagsNearby(options: NeighbourhoodOptions): Neighbourhood {
  const { easting, northing, labels, tellers, radius, leaveOut } = options;
  const n = easting.length;
  if (northing.length !== n || labels.length % n !== 0 || !(radius > 0))
    throw new Error(
      `tagsNearby: ${n} eastings, ${northing.length} northings and ${labels.length} labels are not of the same rows, or the ` +
        `radius (${radius} m) is not above 0`,
    );
  const tags = labels.length / n;
  const given = tagLists(labels, tags);
  const cellOf = (metres: number): number => Math.floor(metres / radius);
  const cells = new Map<string, number[]>(); // squares as wide as the radius: only the nine around a place matter
  for (const row of tellers) {
    if (Number.isNaN(easting[row])) continue;
    const cell = `${cellOf(easting[row])} ${cellOf(northing[row])}`;
    if (!cells.has(cell)) cells.set(cell, []);
    cells.get(cell)!.push(row);
  }
  const photos = new Int32Array(n);
  const withTag = new Float32Array(n * tags);
  for (let row = 0; row < n; row++) {
    const [east, north] = [cellOf(easting[row]), cellOf(northing[row])];
    for (let cell = 0; cell < 9; cell++) {
      const key = `${east - 1 + (cell % 3)} ${north - 1 + Math.floor(cell / 3)}`;
      for (const other of cells.get(key) ?? []) {
        const dx = easting[other] - easting[row];
        const dy = northing[other] - northing[row];
        if (dx * dx + dy * dy > radius * radius) continue;
        if (other === row || leaveOut?.(row, other)) continue;
        photos[row]++;
        for (const tag of given[other]) withTag[row * tags + tag]++;
      }
    }
  }
  return { photos, withTag };
}

/** The tags of each row: most have one or two. */
function tagLists(labels: Uint8Array, tags: number): number[][] {
  const lists: number[][] = Array.from({ length: labels.length / tags }, () => []);
  labels.forEach((label, i) => {
    if (label) lists[Math.floor(i / tags)].push(i % tags);
  });
  return lists;
}
