/** Heads that PyTorch saved (.pth): their tensors, without executing anything that is in the file. */
import { readFile, stat } from "node:fs/promises";
import type { Fail } from "../byte-reader";
import { unpickle, type PickleGlobal } from "./pickle";
import type { NamedTensor } from "../safetensors-format";
import { storedEntries } from "./stored-zip";

/** Larger files are not read. An MLP on all modalities has 1.1 MB. */
const MAX_BYTES = 2 ** 26;
/** Entries that say how the file is laid out, which is what we know to read. */
const fixedEntries = { version: "3\n", byteorder: "little", ".format_version": "1" };
const entryNames =
  /^(data\.pkl|data\/(0|[1-9]\d*)|version|byteorder|\.format_version|\.storage_alignment|\.data\/serialization_id)$/;

/** How the file begins that torch.save wrote before PyTorch 1.6 (and writes with _use_new_zipfile_serialization=False). */
const OLD_FORMAT = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
/** How files of other kinds begin that are called .pth, and what to do. */
const OTHER_FILES: readonly (readonly [beginning: RegExp, what: string])[] = [
  [
    /^version https:\/\/git-lfs/,
    "only a pointer to a file that Git LFS keeps: fetch it with git lfs pull",
  ],
  [/^\s*<(!doctype|html|\?xml)/i, "a web page: the download failed"],
  [/^.{7}\0\{"/s, "a safetensors file: call it .safetensors"],
];

/** Numbers in an entry of the file, of which tensors are made. */
class Storage {
  used = false;
  /** What the numbers are: a storage has one type, which its first mention says. */
  type: StorageType | undefined;
  constructor(
    readonly key: string,
    readonly bytes: Buffer,
  ) {}
}

/** A type of numbers that float32 holds exactly. */
interface StorageType extends PickleGlobal {
  /** Of one number. */
  bytes: number;
  /** The numbers as float32. */
  floats: (bytes: Buffer) => Float32Array;
}

/** IEEE 754's half precision: a sign, 5 bits of exponent (bias 15), 10 of the fraction. */
function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  let size = (1 + fraction / 1024) * 2 ** (exponent - 15);
  if (exponent === 0) size = fraction * 2 ** -24;
  if (exponent === 31) size = fraction === 0 ? Infinity : NaN;
  return bits & 0x8000 ? -size : size;
}

const float32: StorageType = {
  name: "FloatStorage",
  bytes: 4,
  floats: (bytes) => new Float32Array(new Uint8Array(bytes).buffer),
};
const float16: StorageType = {
  name: "HalfStorage",
  bytes: 2,
  floats: (bytes) =>
    Float32Array.from({ length: bytes.length / 2 }, (_, i) =>
      halfToNumber(bytes.readUInt16LE(2 * i)),
    ),
};
/** The upper half of a float32. */
const bfloat16: StorageType = {
  name: "BFloat16Storage",
  bytes: 2,
  floats: (bytes) => {
    const words = Uint32Array.from(
      { length: bytes.length / 2 },
      (_, i) => bytes.readUInt16LE(2 * i) << 16,
    );
    return new Float32Array(words.buffer);
  },
};
const storageTypes = [float32, float16, bfloat16];

/** What to do about a Python name that no head needs. */
function adviceFor(name: string): string | undefined {
  if (name === "torch DoubleStorage")
    return "its numbers are float64; save the head after .float()";
  if (/^torch \w+Storage$/.test(name))
    return "a head's numbers are float32; save the head after .float()";
  if (
    name === "torch._utils _rebuild_parameter" ||
    /^torch\.nn\.|^__main__ |\bmodels?\b/.test(name)
  )
    return "a whole model was saved, and only its code could open it; save model.state_dict() instead";
  return undefined;
}

/** A tensor that `_rebuild_tensor_v2` made; a class of its own, so that nothing else in a pickle passes for one. */
class LoadedTensor implements NamedTensor {
  constructor(
    readonly shape: number[],
    readonly data: Float32Array,
  ) {}
}

/**
 * The tensors of a file that PyTorch (a version that records the byte order, as the present ones do) wrote with
 * `torch.save(head.state_dict(), path)`: on the CPU, each with a storage of its own. What can be had exactly is, and
 * `onNote` is told: half precision and bfloat16 become float32, and a prefix that all names share, such as "module.",
 * is left out. Nothing in the file is executed. Whatever such a file doesn't need is an error that names the file, the
 * place, what is wrong and, where it is known, what to do. Memory use is bounded by twice the file's size.
 */
export async function readPth(
  path: string,
  onNote?: (note: string) => void,
): Promise<Record<string, NamedTensor>> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) throw new Error(`${path} is missing: there is no such file`);
  if (info.size > MAX_BYTES)
    throw new Error(`${path} has ${info.size} bytes; no head has more than ${MAX_BYTES}`);
  return parsePth(await readFile(path), path, onNote);
}

/** `readPth` for a file's bytes; `path` is for the errors. */
export function parsePth(
  file: Buffer,
  path: string,
  onNote: (note: string) => void = console.log,
): Record<string, NamedTensor> {
  const fail: Fail = (what) => {
    throw new Error(`${path} can't be read as a head: ${what}`);
  };
  if (file.subarray(0, OLD_FORMAT.length).equals(OLD_FORMAT))
    fail("it is in PyTorch's old format; load it and save it again with a present PyTorch");
  const beginning = file.toString("latin1", 0, 50);
  const other = OTHER_FILES.find(([pattern]) => pattern.test(beginning));
  if (other) fail(`it is ${other[1]}`);
  const entries = headEntries(storedEntries(file, fail), fail);
  const storages = new Map<string, Storage>();
  for (const [name, bytes] of entries)
    if (name.startsWith("data/")) storages.set(name.slice(5), new Storage(name.slice(5), bytes));
  const persistent = (id: unknown, stop: Fail): Storage => findStorage(id, storages, stop);
  const state = unpickle(
    entries.get("data.pkl")!,
    { globals, persistent, advice: adviceFor },
    fail,
  );
  const tensors =
    state instanceof Map ? [...(state as Map<string, unknown>)] : fail("it holds no dictionary");
  const unused = [...storages.values()].find(({ used }) => !used);
  if (unused) fail(`nothing uses its entry data/${unused.key}`);
  const named = tensors.map(([name, tensor]): [string, NamedTensor] => {
    if (tensor instanceof Map)
      return fail(
        `${JSON.stringify(name)} is a dictionary; of a checkpoint, save the state_dict alone`,
      );
    if (!(tensor instanceof LoadedTensor)) return fail(`${JSON.stringify(name)} is not a tensor`);
    return [name, { shape: tensor.shape, data: tensor.data }];
  });
  const converted = [...storages.values()].find(({ type }) => type !== float32)?.type;
  if (converted) onNote(`${path}: its numbers (${converted.name}) were converted to float32`);
  const prefix = commonPrefix(named.map(([name]) => name));
  if (prefix)
    onNote(`${path}: ${JSON.stringify(prefix)} before the names of its tensors was left out`);
  return Object.fromEntries(named.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/**
 * What stands before all names up to a dot: "module." of DataParallel, "_orig_mod." of torch.compile, "model." of
 * Lightning, the attribute's name in a class of one's own. "" if there is nothing that all share.
 */
function commonPrefix(names: readonly string[]): string {
  const prefixes = names.map((name) => name.slice(0, name.lastIndexOf(".") + 1));
  let prefix = prefixes[0] ?? "";
  while (!prefixes.every((other) => other.startsWith(prefix)))
    prefix = prefix.slice(0, prefix.lastIndexOf(".", prefix.length - 2) + 1);
  return prefix;
}

/** The entries without the folder around them, which is called like the file when it was saved. */
function headEntries(zip: Map<string, Buffer>, fail: Fail): Map<string, Buffer> {
  const folder = [...zip.keys()][0]?.split("/")[0] ?? "";
  const entries = new Map<string, Buffer>();
  for (const [path, bytes] of zip) {
    const name = path.slice(folder.length + 1);
    if (path !== `${folder}/${name}` || !entryNames.test(name))
      fail(
        `it has an entry ${JSON.stringify(path)}, which no head needs` +
          (name.startsWith("code/") ? " (of TorchScript, save model.state_dict() instead)" : ""),
      );
    entries.set(name, bytes);
  }
  for (const name of ["data.pkl", "version", "byteorder"])
    if (!entries.has(name))
      fail(
        `it has no entry ${name}` +
          (name === "byteorder"
            ? " (before 2.1 PyTorch wrote none: load it and save it again)"
            : ""),
      );
  for (const [name, content] of Object.entries(fixedEntries))
    if (entries.has(name) && entries.get(name)!.toString("latin1") !== content)
      fail(`its entry ${name} is not ${JSON.stringify(content)}`);
  return entries;
}

const globals: ReadonlyMap<string, PickleGlobal> = new Map([
  ["collections OrderedDict", { name: "OrderedDict", call: orderedDict }],
  ...storageTypes.map((type): [string, PickleGlobal] => [`torch ${type.name}`, type]),
  ["torch._utils _rebuild_tensor_v2", { name: "_rebuild_tensor_v2", call: rebuildTensor }],
]);

function orderedDict(args: readonly unknown[], fail: Fail): Map<string, unknown> {
  return args.length === 0 ? new Map() : fail("it takes no arguments here");
}

/** The storage of a persistent id: ("storage", type, key, "cpu", number of elements). */
function findStorage(id: unknown, storages: Map<string, Storage>, fail: Fail): Storage {
  const [kind, typeFound, key, device, length] =
    Array.isArray(id) && id.length === 5 ? (id as unknown[]) : [];
  const type = storageTypes.find((known) => known === typeFound);
  if (kind !== "storage" || !type || device !== "cpu")
    return fail("it should be a storage of floats on the CPU (save the head after .float().cpu())");
  const found = storages.get(key as string) ?? fail("there is no entry for this storage");
  // Never turn values of unknown type into numbers or text: nested tuples could make that take forever.
  if (typeof length !== "number") return fail("its length is not a number");
  if (found.bytes.length !== length * type.bytes)
    fail(`storage ${found.key} should have ${length} numbers, but has ${found.bytes.length} bytes`);
  if (found.type && found.type !== type) fail(`storage ${found.key} has two types`);
  found.type = type;
  return found;
}

/** PyTorch's arguments: storage, offset, size, stride, requires_grad, backward_hooks. */
function rebuildTensor(args: readonly unknown[], fail: Fail): LoadedTensor {
  const [storage, from, shape, stride, requiresGrad, hooks] = args;
  const plain =
    args.length === 6 && requiresGrad === false && hooks instanceof Map && hooks.size === 0;
  if (!plain || !(storage instanceof Storage) || typeof from !== "number")
    return fail("its arguments are not those of a saved tensor");
  if (!isShape(shape) || !isShape(stride))
    return fail("size and stride should be one or two positive numbers");
  const size = shape.reduce((product, n) => product * n, 1);
  const contiguous = shape.length === 1 ? [1] : [shape[1], 1];
  if (stride.join() !== contiguous.join())
    fail(
      `a tensor of ${shape.join(" × ")} has the stride (${stride.join(", ")}); save it after .contiguous()`,
    );
  const { key, bytes, type } = storage;
  const width = type!.bytes; // known since it was found
  if (from < 0 || (from + size) * width > bytes.length)
    fail(
      `${size} numbers from ${from} are not inside storage ${key} of ${bytes.length / width} numbers`,
    );
  // Otherwise many tensors of one storage could need much more memory than the file.
  if (storage.used) fail(`two tensors share storage ${key}; save them after .clone()`);
  storage.used = true;
  return new LoadedTensor(shape, type!.floats(bytes.subarray(from * width, (from + size) * width)));
}

function isShape(value: unknown): value is number[] {
  const positive = (n: unknown): boolean => Number.isInteger(n) && (n as number) > 0;
  return (
    Array.isArray(value) && (value.length === 1 || value.length === 2) && value.every(positive)
  );
}
