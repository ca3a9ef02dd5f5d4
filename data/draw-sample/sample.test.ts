import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { landAt } from "../../lib/data/coast";
import { readCsv } from "../../lib/files/csv";
import type { Reject } from "../../lib/files/csv";
import { parseGridReference, toLatLon } from "../../lib/data/location";
import type { LatLon } from "../../lib/data/location";
import { seededRandom } from "../../lib/random";
import { distance, suitability } from "./geography";
import { makeSample } from "./sample";
import { gridReference } from "./places";
import { planSample, QUIRKS } from "./plan";
import type { SampleRow } from "./plan";
import { readTagStatistics, tagSetSampler } from "./tag-sets";

const statistics = await readTagStatistics();
const folder = mkdtempSync(join(tmpdir(), "sample-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every file below a folder with its bytes' hash. */
function hashes(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(root, name)).isFile(),
  );
  return Object.fromEntries(
    files.sort().map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(root, name)))
        .digest("hex"),
    ]),
  );
}

function read(
  path: string,
  columns: string[],
  encoding: "utf8" | "latin1" = "utf8",
): { rows: string[][]; rejects: Reject[] } {
  const rows: string[][] = [];
  const rejects: Reject[] = [];
  readCsv(readFileSync(path, encoding), {
    file: path,
    columns,
    onRecord: (v) => void rows.push(v),
    onReject: (r) => rejects.push(r),
  });
  return { rows, rejects };
}

describe("tag sets", () => {
  const n = 60_000;
  const draw = tagSetSampler(statistics);
  const random = seededRandom(3);
  const sets = Array.from({ length: n }, () => draw(random));
  const total = statistics.perImage.reduce((a, b) => a + b);

  it("have the competition's number of tags", () => {
    for (let k = 1; k <= 5; k++) {
      const share = sets.filter((set) => set.length === k).length / n;
      expect(Math.abs(share - statistics.perImage[k - 1] / total)).toBeLessThan(0.008);
    }
    for (const set of sets) expect(new Set(set).size).toBe(set.length);
  });

  it("have its tag frequencies and co-occurrences", () => {
    const images: number[] = [];
    readCsv(readFileSync("data/paper/tags.csv", "utf8"), {
      file: "tags.csv",
      columns: ["images"],
      onRecord: ([count]) => void images.push(Number(count)),
      onReject: () => undefined,
    });
    statistics.names.forEach((name, t) => {
      const ratio = sets.filter((set) => set.includes(t)).length / n / (images[t] / total);
      expect(ratio, name).toBeGreaterThan(0.75);
      expect(ratio, name).toBeLessThan(1.35);
    });
    const pairs = statistics.pairs
      .flatMap((row, a) => row.map((count, b) => ({ a, b, count })))
      .filter(({ a, b }) => a < b)
      .sort((x, y) => y.count - x.count)
      .slice(0, 30);
    for (const { a, b, count } of pairs) {
      const ratio =
        sets.filter((set) => set.includes(a) && set.includes(b)).length / n / (count / total);
      expect(ratio, `${statistics.names[a]} + ${statistics.names[b]}`).toBeGreaterThan(0.65);
      expect(ratio, `${statistics.names[a]} + ${statistics.names[b]}`).toBeLessThan(1.45);
    }
  });

  it("show rare tags more often when flattened", () => {
    const flat = tagSetSampler(statistics, { flatten: 0.5 });
    const dice = seededRandom(4);
    const counts = statistics.names.map(() => 0);
    for (let i = 0; i < 20_000; i++) for (const tag of flat(dice)) counts[tag]++;
    expect(Math.min(...counts)).toBeGreaterThan(200);
  });
});

/** The rows whose reference names a square. */
function withPlace(rows: readonly SampleRow[]): SampleRow[] {
  const malformed: readonly string[] = QUIRKS.referencesMalformed;
  return rows.filter(({ reference }) => reference && !malformed.includes(reference));
}

const placeOf = ({ reference }: SampleRow): LatLon => toLatLon(parseGridReference(reference));

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

describe("planSample", () => {
  const sizes = { seed: 2506, train: 2000, test: 400, geography: 0.9 };
  const rows = planSample(statistics, sizes);
  const located = withPlace(rows);

  it("has unique ascending ids and a one-tag training row or two for every tag", () => {
    rows.forEach((row, i) => expect(i === 0 || row.id > rows[i - 1].id).toBe(true));
    expect(rows[0].id).toBeGreaterThanOrEqual(6000);
    expect(rows[rows.length - 1].id).toBeLessThan(7_600_000);
    expect(
      ["train", "extra", "test"].map((part) => rows.filter((row) => row.part === part).length),
    ).toEqual([2000, 80, 400]);
    statistics.names.forEach((name, t) =>
      expect(
        rows.filter((row) => row.part === "train" && row.tags.length === 1 && row.tags[0] === t)
          .length,
        name,
      ).toBeGreaterThanOrEqual(2),
    );
    expect(rows.some((row) => row.tags.length > 5)).toBe(true);
  });

  it("places every photo on land, one in forty in Ireland, more in the south", () => {
    let north = 0;
    let irish = 0;
    for (const { reference } of located) {
      const point = parseGridReference(reference);
      const { lat, lon } = toLatLon(point);
      const land = landAt(lon, lat);
      expect(land, reference).toBeDefined();
      expect(land?.name === "ie", reference).toBe(point.grid === "ie");
      expect(reference).toMatch(point.grid === "ie" ? /^[A-Z]\d{4}$/ : /^[A-Z]{2}\d{4}$/);
      expect(gridReference(point)).toBe(reference);
      if (point.grid === "ie") irish++;
      else if (point.northing > 600_000) north++;
    }
    expect(irish / located.length).toBeGreaterThan(0.015);
    expect(irish / located.length).toBeLessThan(0.04);
    expect(north / located.length).toBeLessThan(0.35);
    expect(new Set(located.map(({ reference }) => reference.slice(0, 2))).size).toBeGreaterThan(40);
  });

  it("draws places independently of tags at strength 0: latitude is no use for any common tag", () => {
    const located = withPlace(planSample(statistics, { ...sizes, geography: 0 }));
    const lats = located.map((row) => placeOf(row).lat);
    const mean = lats.reduce((a, b) => a + b) / lats.length;
    const sd = Math.sqrt(lats.reduce((a, b) => a + (b - mean) ** 2, 0) / lats.length);
    statistics.names.forEach((name, t) => {
      const own = lats.filter((_, i) => located[i].tags.includes(t));
      if (own.length > 30)
        expect(Math.abs(own.reduce((a, b) => a + b) / own.length - mean), name).toBeLessThan(
          (4.5 * sd) / Math.sqrt(own.length),
        );
    });
  }, 20_000);

  it("puts tags where they are at home", () => {
    const suits = located.map((row) => suitability(placeOf(row)));
    const all = located.map((_, i) => i);
    for (const [tag, kind, least] of [
      ["Coastal", "sea", 0.55],
      ["Uplands", "uplands", 0.7],
      ["Canals", "canals", 0.5],
      ["City, Town centre", "centres", 0.5],
      ["Islands", "islands", 0.4],
    ] as const) {
      const t = statistics.names.indexOf(tag);
      const share = (rows: number[]): number =>
        rows.filter((i) => suits[i][kind] > 0.3).length / rows.length;
      expect(share(all.filter((i) => located[i].tags.includes(t))), tag).toBeGreaterThan(least);
      expect(share(all), tag).toBeLessThan(least / 2);
    }
  });

  it("changes nothing but places and contributors with the strength", () => {
    const others = planSample(statistics, { ...sizes, geography: 0.3 });
    const rest = (row: SampleRow): SampleRow => ({ ...row, reference: "", user: 0 });
    expect(others.map(rest)).toEqual(rows.map(rest));
  }, 20_000);

  it("has contributors with home areas, who take series of one theme", () => {
    const photos = new Map<number, SampleRow[]>();
    for (const row of located) photos.set(row.user, [...(photos.get(row.user) ?? []), row]);
    expect(photos.size).toBeGreaterThan(60);
    const counts = [...photos.values()].map(({ length }) => length).sort((a, b) => b - a);
    expect(counts[0]).toBeGreaterThan(5 * counts[counts.length >> 1]);
    const random = seededRandom(5);
    const pair = (some: SampleRow[]): [SampleRow, SampleRow] => [
      random.pick(some),
      random.pick(some),
    ];
    const places = new Map(located.map((row) => [row, placeOf(row)]));
    const km = ([a, b]: [SampleRow, SampleRow]): number => distance(places.get(a)!, places.get(b)!);
    const drawn = (draw: () => [SampleRow, SampleRow]): [SampleRow, SampleRow][] =>
      Array.from({ length: 4000 }, draw).filter(([a, b]) => a !== b);
    const own = drawn(() => pair(photos.get(random.pick(located).user)!));
    const any = drawn(() => pair(located));
    expect(median(own.map(km))).toBeLessThan(median(any.map(km)) / 2);
    const alike = (list: [SampleRow, SampleRow][]): number =>
      list.filter(([a, b]) => a.tags.some((t) => b.tags.includes(t))).length / list.length;
    const near = located.map((row, i): [SampleRow, SampleRow] => {
      const others = located.slice(Math.max(0, i - 60), i + 60).filter((other) => other !== row);
      const nearest = others.reduce((best, other) =>
        km([row, other]) < km([row, best]) ? other : best,
      );
      return [row, nearest];
    });
    expect(alike(near)).toBeGreaterThan(3 * alike(any));
  }, 20_000);

  it("refuses a sample too small for its quirks, and a strength that is none", () => {
    expect(() => planSample(statistics, { seed: 1, train: 20, test: 10, geography: 1 })).toThrow(
      /train must be at least 50/,
    );
    expect(() => planSample(statistics, { ...sizes, geography: 1.5 })).toThrow(
      /geography must be from 0 to 1, not 1.5/,
    );
  });
});

describe("makeSample", () => {
  const one = join(folder, "one");
  const two = join(folder, "two");
  const sizes = { seed: 7, train: 60, test: 12 };

  it("writes the competition's layout, byte for byte the same each time, and only once", async () => {
    const seen: number[] = [];
    expect(
      await makeSample(one, { ...sizes, onProgress: (done, total) => seen.push(done / total) }),
    ).toBe(true);
    expect(await makeSample(two, sizes)).toBe(true);
    expect(hashes(two)).toEqual(hashes(one));
    expect(seen[seen.length - 1]).toBe(1);
    const before = statSync(join(one, "train.csv")).mtimeMs;
    expect(await makeSample(one, sizes)).toBe(false);
    expect(statSync(join(one, "train.csv")).mtimeMs).toBe(before);
    expect(readdirSync(one).sort()).toEqual([
      "extra_images",
      "metadata-extra.csv",
      "metadata.csv",
      "sample.json",
      "tags-top.csv",
      "test.csv",
      "test_images",
      "train-extra.csv",
      "train.csv",
      "train_images",
    ]);
  }, 60_000);

  it("writes label files with the competition's columns", () => {
    const header = (name: string): string => readFileSync(join(one, name), "utf8").split("\n")[0];
    expect(header("train.csv")).toBe(["gridimage_id", ...statistics.cols].join(","));
    expect(header("train-extra.csv")).toBe(["gridimage_id", ...statistics.cols, "tags"].join(","));
    expect(header("test.csv")).toBe("gridimage_id");
    expect(readFileSync(join(one, "tags-top.csv"), "utf8")).toMatch(
      /^\ntag_id,prefix,tag,col,grouping,description\n479,top,/,
    );
    const { rows } = read(join(one, "train-extra.csv"), [...statistics.cols, "tags"]);
    for (const row of rows) {
      const names = statistics.names.filter((_, t) => row[t] === "1").join(";");
      expect(row[row.length - 1]).toBe(names);
      expect(names).not.toBe("");
    }
    expect(
      read(join(one, "tags-top.csv"), ["tag", "description"]).rows.map((row) => row[0]),
    ).toEqual(statistics.names);
  });

  it("has the quirks, and nothing else wrong", async () => {
    const ids = (name: string): string[] =>
      read(join(one, name), ["gridimage_id"]).rows.map(([id]) => id);
    const file = (part: string, id: string): string =>
      join(
        one,
        `${part}_images`,
        String(Math.floor(Number(id) / 10_000)).padStart(5, "0"),
        `${id}.jpg`,
      );
    const missing = (part: string, list: string[]): number =>
      list.filter((id) => !existsSync(file(part, id))).length;
    expect(missing("train", ids("train.csv"))).toBe(QUIRKS.trainImagesMissing);
    expect(missing("test", ids("test.csv"))).toBe(QUIRKS.testImagesMissing);
    expect(missing("extra", ids("train-extra.csv"))).toBe(0);
    let broken = 0;
    for (const id of ids("train.csv").filter((id) => existsSync(file("train", id)))) {
      const size = await sharp(file("train", id))
        .raw()
        .toBuffer()
        .then(
          (pixels) => pixels.length,
          () => 0,
        );
      if (size !== 224 * 224 * 3) broken++;
    }
    expect(broken).toBe(QUIRKS.trainImagesTruncated);
    const main = read(join(one, "metadata.csv"), ["gridimage_id", "title", "grid_reference"]);
    const extra = read(
      join(one, "metadata-extra.csv"),
      ["gridimage_id", "title", "grid_reference"],
      "latin1",
    );
    expect([main.rejects.length, extra.rejects.length]).toEqual([
      QUIRKS.badLines,
      QUIRKS.badLinesExtra,
    ]);
    expect(main.rejects[0].reason).toMatch(/fields/);
    expect(main.rows.length).toBe(60 + 12 - QUIRKS.badLines);
    expect(main.rows.filter(([, title]) => title === "").length).toBe(QUIRKS.titlesMissing);
    expect(main.rows.filter(([, , reference]) => reference === "").length).toBe(
      QUIRKS.referencesMissing,
    );
    const titles = main.rows.map(([, title]) => title).join("\n");
    for (const mark of ["🌈", '"', ",", "é", "ŷ"]) expect(titles).toContain(mark);
  });

  it("stops when it is interrupted, and is then made anew", async () => {
    const whole = hashes(two);
    const controller = new AbortController();
    const stopped = makeSample(join(folder, "three"), {
      ...sizes,
      signal: controller.signal,
      onProgress: (done) => done === 20 && controller.abort(new Error("Interrupted")),
    });
    await expect(stopped).rejects.toThrow("Interrupted");
    const drawn = Object.keys(hashes(join(folder, "three")));
    expect(drawn).not.toContain("train.csv");
    expect(drawn.length).toBeLessThan(40);
    expect(await makeSample(join(folder, "three"), sizes)).toBe(true);
    expect(hashes(join(folder, "three"))).toEqual(whole);
  }, 60_000);

  it("makes an incomplete or different sample anew, and leaves other people's data alone", async () => {
    const whole = hashes(two);
    writeFileSync(join(two, "sample.json"), "{}");
    rmSync(join(two, "test.csv"));
    writeFileSync(join(two, "train_images", "stray.jpg"), "");
    expect(await makeSample(two, sizes)).toBe(true);
    expect(hashes(two)).toEqual(whole);
    rmSync(join(two, "sample.json"));
    await expect(makeSample(two, sizes)).rejects.toThrow(/holds a dataset that was not drawn here/);
  }, 60_000);
});
