import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Figure } from "./style";
import { tagDistribution } from "./tags";
import { figureJpeg, figurePng, saveFigure } from "./files";
import { kaleidoFolder, openKaleido, type Kaleido } from "./kaleido";

const figure = tagDistribution(
  {
    images: 4,
    tags: [
      { tag: "Canals & locks", images: 1 },
      { tag: "Môr", images: 3 },
    ],
  },
  undefined,
  { widthMm: 85, heightMm: 60, title: "Zwei é €" },
);
const folder = mkdtempSync(join(tmpdir(), "kaleido-"));
let kaleido: Kaleido;

beforeAll(async () => {
  kaleido = await openKaleido();
}, 70_000);
afterAll(async () => {
  await kaleido.close();
  rmSync(folder, { recursive: true });
});

/** Put a stand-in for kaleido, a shell script, where it is looked for; run `use`; put things back. */
async function withStandIn(script: string, use: () => Promise<void>): Promise<void> {
  const before = process.env.KALEIDO;
  const path = join(mkdtempSync(join(folder, "stand-in-")), "kaleido");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  process.env.KALEIDO = path;
  try {
    await use();
  } finally {
    if (before === undefined) delete process.env.KALEIDO;
    else process.env.KALEIDO = before;
  }
}

describe("render", () => {
  it("draws an SVG with the figure's words, in the figure's size", async () => {
    const svg = (await kaleido.render(figure, { format: "svg" })).toString();
    expect(svg).toMatch(/^<svg /);
    const words = ["Canals &amp; locks", "Môr", "Zwei é €", "Images with the tag (%)"];
    expect(words.filter((word) => !svg.includes(word))).toEqual([]);
    expect(svg).toContain(`width="${figure.layout.width}" height="${figure.layout.height}"`);
  });

  it("draws a PNG with bars in our blue, twice as large at scale 2", async () => {
    const png = await kaleido.render(figure, { format: "png", scale: 2 });
    const { data, info } = await sharp(png)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([figure.layout.width * 2, figure.layout.height * 2]);
    let blue = 0;
    for (let i = 0; i < data.length; i += 3)
      if (data[i] === 0 && data[i + 1] === 114 && data[i + 2] === 178) blue++;
    expect(blue / (info.width * info.height)).toBeGreaterThan(0.05);
  });

  it("draws a PDF of one page in the figure's size, also where the browser would add a page", async () => {
    const sizes = [
      [figure.layout.width, figure.layout.height],
      [600, 227],
      [336, 808],
    ];
    for (const [width, height] of sizes) {
      const pdf = (await kaleido.render(figure, { format: "pdf", width, height })).toString(
        "latin1",
      );
      expect(pdf.slice(0, 5)).toBe("%PDF-");
      expect(/\/Count (\d+)/.exec(pdf)?.[1]).toBe("1");
      const [, w, h] = /\/MediaBox \[0 0 (\S+) (\S+)\]/.exec(pdf)!.map(Number); // points, 72 an inch
      expect(Math.abs(w - width * 0.75) + Math.abs(h - height * 0.75)).toBeLessThan(1);
      expect(pdf).toContain("Lato");
      // The table of objects is still where the file's end says it is.
      const start = Number(/startxref\n(\d+)/.exec(pdf)![1]);
      expect(pdf.slice(start, start + 4)).toBe("xref");
    }
  });

  it("answers several figures asked for at once in their order", async () => {
    const titles = ["one", "two", "three"];
    const svgs = await Promise.all(
      titles.map((text) =>
        kaleido.render(
          { data: [], layout: { ...figure.layout, title: { text } } },
          { format: "svg" },
        ),
      ),
    );
    expect(svgs.map((svg, i) => svg.toString().includes(`>${titles[i]}<`))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("refuses a figure that is none, and goes on with the next", async () => {
    const wrong = { data: "no", layout: figure.layout } as unknown as Figure;
    await expect(kaleido.render(wrong, { format: "png" })).rejects.toThrow(
      /kaleido could not draw the figure as png/,
    );
    expect((await kaleido.render(figure, { format: "svg" })).length).toBeGreaterThan(1000);
  });
});

describe("a child that fails", () => {
  const greeting = `echo '{"code": 0, "message": "Success"}'`;

  it("dead at the start: says what the child said", () =>
    withStandIn("echo no screen >&2; exit 3", async () => {
      await expect(openKaleido()).rejects.toThrow(
        /ended unexpectedly \(exit code 3\); it said:\nno screen/,
      );
    }));

  it("dead over a figure: fails it and all later ones", () =>
    withStandIn(`${greeting}; read x; exit 1`, async () => {
      const child = await openKaleido();
      const both = await Promise.allSettled(
        [1, 2].map(() => child.render(figure, { format: "png" })),
      );
      expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      expect(child.alive()).toBe(false);
    }));

  it("hanging: is given up and killed", () =>
    withStandIn(`${greeting}; exec sleep 60`, async () => {
      const child = await openKaleido({ timeoutSeconds: 0.3 });
      await expect(child.render(figure, { format: "png" })).rejects.toThrow(
        "gave no answer within 0.3 s",
      );
      await child.close();
    }));

  it("not installed: says what to do", () => {
    const { KALEIDO, CONDA_PREFIX } = process.env;
    const cwd = process.cwd();
    delete process.env.KALEIDO;
    delete process.env.CONDA_PREFIX;
    process.chdir(folder);
    try {
      expect(() => kaleidoFolder()).toThrow("npm run setup");
    } finally {
      process.chdir(cwd);
      Object.assign(process.env, {
        ...(KALEIDO ? { KALEIDO } : {}),
        ...(CONDA_PREFIX ? { CONDA_PREFIX } : {}),
      });
    }
  });
});

describe("files", () => {
  it("saves SVG, PDF and a PNG that says it has 300 dpi, making the folder and leaving nothing else", async () => {
    const target = join(folder, "a folder", "deep", "tags");
    const saved = await saveFigure(figure, target, { widthMm: 127, heightMm: 50.8, kaleido });
    expect(saved.map(({ path }) => path)).toEqual([
      `${target}.svg`,
      `${target}.pdf`,
      `${target}.png`,
    ]);
    expect(readdirSync(join(folder, "a folder", "deep")).sort()).toEqual([
      "tags.pdf",
      "tags.png",
      "tags.svg",
    ]);
    for (const { path, bytes } of saved) expect(readFileSync(path)).toHaveLength(bytes);
    expect(await sharp(`${target}.png`).metadata()).toMatchObject({
      width: 1500,
      height: 600,
      density: 300,
    });
  });

  it("draws a saved figure again only if it or how it is saved has changed", async () => {
    const target = join(folder, "again");
    let drawn = 0;
    const counting: Kaleido = {
      ...kaleido,
      render: (...given) => {
        drawn++;
        return kaleido.render(...given);
      },
    };
    const save = async (dpi = 96, wanted = fresh): Promise<number> => {
      drawn = 0;
      const saved = await saveFigure(wanted, target, { dpi, kaleido: counting });
      for (const { path, bytes } of saved) expect(readFileSync(path)).toHaveLength(bytes);
      return drawn;
    };
    // Nobody has drawn these: other tests, and this one in earlier runs, may have drawn `figure`.
    const fresh = { ...figure, layout: { ...figure.layout, meta: randomUUID() } };
    const other = { ...figure, layout: { ...fresh.layout, width: figure.layout.width + 10 } };
    // Another resolution is another PNG; SVG and PDF have none.
    expect([await save(), await save(), await save(192), await save(192)]).toEqual([3, 0, 1, 0]);
    const widths = (): Promise<number[]> =>
      Promise.all(
        ["png", "svg"].map(async (format) => {
          const { width } = await sharp(readFileSync(`${target}.${format}`)).metadata();
          return width;
        }),
      );
    expect(await save(96, other)).toBe(3);
    const wide = await widths();
    expect(await save()).toBe(0);
    expect(await widths()).toEqual(wide.map((width) => width - 10));
    rmSync(`${target}.pdf`);
    expect(await save()).toBe(0);
  });

  it("forgets nothing that was drawn when drawing is interrupted", async () => {
    const target = join(folder, "interrupted");
    const fresh = { ...figure, layout: { ...figure.layout, meta: randomUUID() } };
    const dying: Kaleido = {
      ...kaleido,
      render: (wanted, how) =>
        how.format === "svg" ? kaleido.render(wanted, how) : Promise.reject(new Error("gone")),
    };
    await expect(saveFigure(fresh, target, { dpi: 96, kaleido: dying })).rejects.toThrow("gone");
    const saved = await saveFigure(fresh, target, { dpi: 96, kaleido });
    for (const { path, bytes } of saved) expect(readFileSync(path)).toHaveLength(bytes);
    expect(saved).toHaveLength(3);
  });

  it("makes PNG and small JPEG for notebooks with a child that all share, started again when it died", async () => {
    await withStandIn("echo hello; read line; exit 3", async () => {
      await expect(figurePng(figure)).rejects.toThrow("ended unexpectedly (exit code 3)");
    });
    const [first, second] = await Promise.all([figurePng(figure), figurePng(figure, { scale: 1 })]);
    expect((await sharp(first).metadata()).width).toBe(figure.layout.width * 2);
    expect((await sharp(second).metadata()).width).toBe(figure.layout.width);
    const jpeg = await figureJpeg(figure, { maxBytes: 9_000 });
    expect(jpeg.length).toBeLessThanOrEqual(9_000);
    expect((await sharp(jpeg).metadata()).format).toBe("jpeg");
    await expect(figureJpeg(figure, { maxBytes: 500 })).rejects.toThrow(
      "does not fit into 500 bytes",
    );
  }, 30_000);

  it("lets a program end by itself although the child is still open", async () => {
    const script = join(folder, "program.ts");
    writeFileSync(
      script,
      `import { figurePng } from ${JSON.stringify(resolve("lib/figures/files"))};
      void figurePng({ data: [], layout: { width: 50, height: 50 } }).then((png) => console.log(png.length > 50));`,
    );
    const { stdout } = await promisify(execFile)("node_modules/.bin/tsx", [script], {
      timeout: 50_000,
    });
    expect(stdout.trim()).toBe("true");
  }, 60_000);
});
