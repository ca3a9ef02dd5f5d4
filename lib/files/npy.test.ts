import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { npyBytes, readNpy } from "./npy";

const folder = mkdtempSync(join(tmpdir(), "npy-"));
const file = join(folder, "array.npy");
afterAll(() => rmSync(folder, { recursive: true }));

/** What NumPy 2.4's `np.save` wrote for the same arrays: header text (without its padding) and the numbers. */
const references = [
  {
    array: Float32Array.from([0, 0.25, 0.5, 0.75, 1, 1.25]),
    shape: [2, 3],
    bytes: 152,
    header: "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
    numbers: "000000000000803e0000003f0000403f0000803f0000a03f",
  },
  {
    array: Int32Array.from([-1, 2 ** 31 - 1]),
    shape: [2],
    bytes: 136,
    header: "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }",
    numbers: "ffffffffffffff7f",
  },
  {
    array: Uint8Array.from([1, 255]),
    shape: [2, 1],
    bytes: 130,
    header: "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1), }",
    numbers: "01ff",
  },
  {
    array: new Float32Array(0),
    shape: [0, 512],
    bytes: 128,
    header: "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 512), }",
    numbers: "",
  },
];

describe("npy", () => {
  it.each(references)(
    "writes what NumPy writes: $header",
    ({ array, shape, bytes, header, numbers }) => {
      const written = npyBytes(array, shape);
      expect(written.length).toBe(bytes);
      expect(written.subarray(0, 10).toString("hex")).toBe("934e554d505901007600");
      expect(written.subarray(10, 128).toString("latin1")).toBe(`${header.padEnd(117)}\n`);
      expect(written.subarray(128).toString("hex")).toBe(numbers);
    },
  );

  it("reads back what it wrote, also into a part of a larger array", async () => {
    for (const { array, shape } of references) {
      writeFileSync(file, npyBytes(array, shape));
      expect(await readNpy(file)).toEqual({ data: array, shape });
    }
    writeFileSync(file, npyBytes(Float32Array.from([1, 2, 3, 4]), [2, 2]));
    const large = new Float32Array(8).fill(9);
    await readNpy(file, large.subarray(2, 6));
    expect([...large]).toEqual([9, 9, 1, 2, 3, 4, 9, 9]);
  });

  it("refuses what does not fit, naming the file", async () => {
    expect(() => npyBytes(new Float32Array(5), [2, 3])).toThrow(
      "5 numbers do not fill the shape [2, 3]",
    );
    writeFileSync(file, npyBytes(new Float32Array(4), [2, 2]));
    await expect(readNpy(file, new Float32Array(5))).rejects.toThrow(
      /array\.npy holds <f4 \[2, 2\], not 5 numbers/,
    );
    await expect(readNpy(file, new Int32Array(4))).rejects.toThrow("<i4");
    truncateSync(file, 140);
    await expect(readNpy(file)).rejects.toThrow("has 140 bytes instead of 144");
    writeFileSync(file, "gridimage_id,title\n");
    await expect(readNpy(file)).rejects.toThrow(/array\.npy is not a \.npy file/);
    writeFileSync(
      file,
      npyBytes(new Float32Array(4), [2, 2]).toString("latin1").replace("<f4", "<f8"),
      "latin1",
    );
    await expect(readNpy(file)).rejects.toThrow("'<f8'");
  });
});
