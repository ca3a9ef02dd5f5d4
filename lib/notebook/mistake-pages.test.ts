import sharp from "sharp";
import { expect, test } from "vitest";
import { mistakePages } from "./mistake-pages";

const photo = async (title: string, background: string) => ({
  image: await sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .png()
    .toBuffer(),
  title,
  truth: ["Paths", "Uplands"],
  predicted: ["Paths"],
  probability: (tag: string): number => ({ Paths: 0.934, Uplands: 0.126 })[tag]!,
});

test("each photo has a picture with its title as alternative text, and every tag its probability", async () => {
  const photos = await Promise.all([
    photo(`Gate & "stile"`, "#f00"),
    photo("", "#00f"),
    photo("Ben", "#0f0"),
  ]);
  const bundle = await mistakePages(photos, { perPage: 2, side: 20 });
  const html = bundle["text/html"] as string;
  expect([...html.matchAll(/ alt="([^"]*)"/g)].map(([, alt]) => alt)).toEqual([
    "Photo: Gate &amp; &quot;stile&quot;",
    "Photo: no title",
    "Photo: Ben",
  ]);
  expect(
    html.match(/<td>Paths \(93 %\)<br><b>Uplands \(13 %\)<\/b><\/td><td>Paths \(93 %\)<\/td>/g),
  ).toHaveLength(3);
  expect(
    [...html.matchAll(/<details name="mistakes"( open)?><summary>([^<]*)/g)].map(
      ([, open, text]) => [open, text],
    ),
  ).toEqual([
    [" open", "Photos 1 to 2 of 3"],
    [undefined, "Photos 3 to 3 of 3"],
  ]);
  const colours = await Promise.all(
    [...html.matchAll(/base64,([^"]*)"/g)].map(async ([, base64]) => {
      const { channels } = await sharp(Buffer.from(base64, "base64")).stats();
      return channels.map(({ mean }) => (mean > 128 ? 1 : 0)).join("");
    }),
  );
  expect(colours).toEqual(["100", "001", "010"]);
  expect(bundle["text/plain"]).toContain(
    "Ben\n  true: Paths (93 %); Uplands (13 %)\n  predicted: Paths (93 %)",
  );
});
