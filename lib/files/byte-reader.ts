/** How a reader of files gives up: `fail("what is wrong")` throws an error that also names the file. */
export type Fail = (what: string) => never;

/** Reads little-endian numbers from bytes, from front to back. Reading past the end fails with a message. */
export class ByteReader {
  /** Of the next byte. */
  position = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly fail: Fail,
  ) {}

  get left(): number {
    return this.bytes.length - this.position;
  }

  /** The next bytes, as a view; `what` names them in the error if there are fewer. */
  take(length: number, what: string): Buffer {
    if (length > this.left)
      this.fail(
        `${what} at byte ${this.position} should have ${length} bytes, but only ${this.left} are left`,
      );
    return this.bytes.subarray(this.position, (this.position += length));
  }

  /** The next bytes up to a line feed, which is skipped, as text of one byte a character. */
  line(what: string): string {
    const length = this.bytes.indexOf("\n", this.position) - this.position;
    if (length < 0) this.fail(`${what} at byte ${this.position} does not end`);
    return this.take(length + 1, what).toString("latin1", 0, length);
  }
}
