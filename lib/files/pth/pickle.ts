/**
 * Reads the small part of Python's pickle format (protocol 2) that `torch.save` uses for a dictionary of tensors.
 * A pickle is a program for a stack machine, and Python's own reader lets it import and call anything. This one knows
 * the 21 instructions below, calls nothing but the functions it is given, and stops at everything else.
 */
import { ByteReader, type Fail } from "../byte-reader";

/** A Python name that a pickle may use; `call` is what happens if it calls it. */
export interface PickleGlobal {
  name: string;
  call?: (args: readonly unknown[], fail: Fail) => unknown;
}

export interface PickleRules {
  /** The names a pickle may use, by "module name", for example "collections OrderedDict". */
  globals: ReadonlyMap<string, PickleGlobal>;
  /** What to say of a name that is not allowed, if there is anything to say. */
  advice?: (name: string) => string | undefined;
  /** What a persistent id (for PyTorch: a storage in another zip entry) stands for. */
  persistent: (id: unknown, fail: Fail) => unknown;
}

/** Stands on the stack where a tuple or a list of items begins. */
const MARK = Symbol("mark");
/** Bounds the stack too, as no instruction puts more than one value on it. PyTorch's heads need 500 bytes. */
const MAX_BYTES = 2 ** 16;

class Machine {
  readonly stack: unknown[] = [];
  readonly memo = new Map<number, unknown>();

  constructor(
    readonly code: ByteReader,
    readonly rules: PickleRules,
    readonly fail: Fail,
  ) {}

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0 || this.stack[this.stack.length - 1] === MARK)
      this.fail("it needs one value more");
    return this.stack.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }

  popToMark(): unknown[] {
    const start = this.stack.lastIndexOf(MARK);
    if (start < 0) this.fail("there is no mark before it");
    return this.stack.splice(start).slice(1);
  }

  dictionary(value: unknown): Map<string, unknown> {
    return value instanceof Map
      ? (value as Map<string, unknown>)
      : this.fail("it needs a dictionary");
  }
}

/** The instructions by their codes; names and meaning as in CPython's pickletools.py. */
const instructions = new Map<number, [name: string, run: (machine: Machine) => void]>([
  [0x80, ["PROTO", protocol]],
  [0x63, ["GLOBAL", findGlobal]],
  [0x71, ["BINPUT", (m) => remember(m, m.code.take(1, "a number")[0])]],
  [0x68, ["BINGET", (m) => m.push(recall(m, m.code.take(1, "a number")[0]))]],
  [0x28, ["MARK", (m) => m.push(MARK)]],
  [0x29, ["EMPTY_TUPLE", (m) => m.push([])]],
  [0x85, ["TUPLE1", (m) => m.push([m.pop()])]],
  [0x86, ["TUPLE2", (m) => m.push([m.pop(), m.pop()].reverse())]],
  [0x74, ["TUPLE", (m) => m.push(m.popToMark())]],
  [0x7d, ["EMPTY_DICT", (m) => m.push(new Map())]],
  [0x73, ["SETITEM", (m) => setItems(m, [m.pop(), m.pop()].reverse())]],
  [0x75, ["SETITEMS", (m) => setItems(m, m.popToMark())]],
  [0x58, ["BINUNICODE", (m) => m.push(text(m))]],
  [0x4b, ["BININT1", (m) => m.push(m.code.take(1, "a number")[0])]],
  [0x4d, ["BININT2", (m) => m.push(m.code.take(2, "a number").readUInt16LE())]],
  [0x4a, ["BININT", (m) => m.push(m.code.take(4, "a number").readInt32LE())]],
  [0x89, ["NEWFALSE", (m) => m.push(false)]],
  [0x51, ["BINPERSID", (m) => m.push(m.rules.persistent(m.pop(), m.fail))]],
  [0x52, ["REDUCE", reduce]],
  [0x62, ["BUILD", build]],
]);
const STOP = 0x2e;

/**
 * The value of a pickle: dictionaries as Map, tuples as arrays, and whatever `rules` make of the rest. An instruction
 * or a name that is not allowed, or that doesn't fit where it stands, fails with its name and position in bytes.
 */
export function unpickle(bytes: Buffer, rules: PickleRules, fail: Fail): unknown {
  if (bytes.length > MAX_BYTES)
    fail(`its pickle has ${bytes.length} bytes, more than ${MAX_BYTES}`);
  let at = 0;
  let name = "";
  const code = new ByteReader(bytes, (what) => fail(`its pickle is damaged: ${what}`));
  const machine = new Machine(code, rules, (what) =>
    fail(`its pickle has ${name} at byte ${at}: ${what}`),
  );
  for (;;) {
    at = code.position;
    const instruction = code.take(1, "an instruction")[0];
    const known = instructions.get(instruction);
    if (instruction === STOP) break;
    name = known?.[0] ?? `the instruction 0x${instruction.toString(16).padStart(2, "0")}`;
    if (at === 0 && name !== "PROTO") machine.fail("it should begin with PROTO");
    if (!known)
      return machine.fail(
        "no head needs it, so it is not allowed (of a checkpoint, save the state_dict alone)",
      );
    known[1](machine);
  }
  name = "STOP";
  if (code.left || machine.stack.length !== 1)
    machine.fail(`it leaves ${machine.stack.length} values (not 1) and ${code.left} bytes (not 0)`);
  return machine.pop();
}

function protocol({ code, fail }: Machine): void {
  const version = code.take(1, "the protocol")[0];
  if (version !== 2 || code.position !== 2)
    fail("only protocol 2 is known, said once, at the beginning");
}

function findGlobal({ code, rules, fail, stack }: Machine): void {
  const name = `${code.line("a module")} ${code.line("a name")}`;
  const found = rules.globals.get(name);
  if (!found) {
    const advice = rules.advice?.(name);
    const refused = `${JSON.stringify(name.slice(0, 100))} is not allowed`;
    fail(advice ? `${refused}: ${advice}` : `${refused}, as no head needs it`);
  }
  stack.push(found);
}

function remember(machine: Machine, index: number): void {
  if (machine.memo.has(index)) machine.fail(`number ${index} is already remembered`);
  machine.memo.set(index, machine.top());
}

function recall({ memo, fail }: Machine, index: number): unknown {
  return memo.has(index) ? memo.get(index) : fail(`nothing is remembered as number ${index}`);
}

function text({ code, fail }: Machine): string {
  const value = code.take(code.take(4, "a length").readUInt32LE(), "a text").toString("latin1");
  return /^[ -~]*$/.test(value) ? value : fail("the names in a head are plain ASCII");
}

function setItems(machine: Machine, items: unknown[]): void {
  const { fail } = machine;
  const dictionary = machine.dictionary(machine.top());
  if (items.length % 2) fail("a key has no value");
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i];
    if (typeof key !== "string") return fail("a key is not a text");
    if (dictionary.has(key)) fail(`the key ${JSON.stringify(key)} is there twice`);
    dictionary.set(key, items[i + 1]);
  }
}

function reduce(machine: Machine): void {
  const { rules, fail } = machine;
  const args = machine.pop();
  const callee = machine.pop();
  const found = [...rules.globals.values()].find((global) => global === callee);
  if (!found?.call || !Array.isArray(args))
    return fail("it does not call an allowed function with a tuple");
  machine.push(found.call(args, (what) => fail(`${found.name}: ${what}`)));
}

/** BUILD sets attributes of an object. A state dictionary has one, `_metadata` (versions of layers), which we skip. */
function build(machine: Machine): void {
  const state = machine.dictionary(machine.pop());
  machine.dictionary(machine.top());
  if (state.size !== 1 || !state.has("_metadata"))
    machine.fail("only the attribute _metadata may be set");
}
