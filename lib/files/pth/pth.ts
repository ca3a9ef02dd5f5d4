/** Heads that PyTorch saved (.pth): their tensors, without executing anything that is in the file. */
import { readFile, stat } from "node:fs/promises";
import type { Fail } from "../byte-reader";
import { unpickle, type PickleGlobal } from "./pickle";
import type { NamedTensor } from "../safetensors";
import { storedEntries } from "./stored-zip";

/** Larger files are not read. An MLP on all modalities has 1.1 MB. */
const MAX_BYTES = 2 ** 26;
/** Entries that say how the file is laid out, which is what we know to read. */
const fixedEntries = { version: "3\n", byteorder: "little", ".format_version": "1" };
const entryNames =
  /^(data\.pkl|data\/(0|[1-9]\d*)|version|byteorder|\.format_version|\.storage_alignment|\.data\/serialization_id)$/;

/** Numbers in an entry of the file, of which tensors are made. */
class Storage {
  used = false;
  constructor(
    readonly key: string,
    readonly bytes: Buffer,
  ) {}
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
 * `torch.save(head.state_dict(), path)`: float32, on the CPU, each with a storage of its own. Nothing in the file is
 * executed. Whatever such a file doesn't need is an error that names the file, the place and what is wrong. Memory use
 * is bounded by the file's size.
 */
export async function readPth(path: string): Promise<Record<string, NamedTensor>> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) throw new Error(`${path} is missing: there is no such file`);
  if (info.size > MAX_BYTES)
    throw new Error(`${path} has ${info.size} bytes; no head has more than ${MAX_BYTES}`);
  return parsePth(await readFile(path), path);
}

/** `readPth` for a file's bytes; `path` is for the errors. */
export function parsePth(file: Buffer, path: string): Record<string, NamedTensor> {
  const fail: Fail = (what) => {
    throw new Error(`${path} is not a head that torch.save wrote: ${what}`);
  };
  const entries = headEntries(storedEntries(file, fail), fail);
  const storages = new Map<string, Storage>();
  for (const [name, bytes] of entries)
    if (name.startsWith("data/")) storages.set(name.slice(5), new Storage(name.slice(5), bytes));
  const persistent = (id: unknown, stop: Fail): Storage => findStorage(id, storages, stop);
  const state = unpickle(entries.get("data.pkl")!, { globals, persistent }, fail);
  const tensors =
    state instanceof Map ? [...(state as Map<string, unknown>)] : fail("it holds no dictionary");
  const unused = [...storages.values()].find(({ used }) => !used);
  if (unused) fail(`nothing uses its entry data/${unused.key}`);
  const named = tensors.map(([name, tensor]): [string, NamedTensor] => {
    if (!(tensor instanceof LoadedTensor)) return fail(`${JSON.stringify(name)} is not a tensor`);
    return [name, { shape: tensor.shape, data: tensor.data }];
  });
  return Object.fromEntries(named);
}

/** The entries without the folder around them, which is called like the file when it was saved. */
function headEntries(zip: Map<string, Buffer>, fail: Fail): Map<string, Buffer> {
  const folder = [...zip.keys()][0]?.split("/")[0] ?? "";
  const entries = new Map<string, Buffer>();
  for (const [path, bytes] of zip) {
    const name = path.slice(folder.length + 1);
    if (path !== `${folder}/${name}` || !entryNames.test(name))
      fail(`it has an entry ${JSON.stringify(path)}, which no head needs`);
    entries.set(name, bytes);
  }
  for (const name of ["data.pkl", "version", "byteorder"])
    if (!entries.has(name)) fail(`it has no entry ${name}`);
  for (const [name, content] of Object.entries(fixedEntries))
    if (entries.has(name) && entries.get(name)!.toString("latin1") !== content)
      fail(`its entry ${name} is not ${JSON.stringify(content)}`);
  return entries;
}

const floatStorage: PickleGlobal = { name: "FloatStorage" };
const globals: ReadonlyMap<string, PickleGlobal> = new Map([
  ["collections OrderedDict", { name: "OrderedDict", call: orderedDict }],
  ["torch FloatStorage", floatStorage],
  ["torch._utils _rebuild_tensor_v2", { name: "_rebuild_tensor_v2", call: rebuildTensor }],
]);

function orderedDict(args: readonly unknown[], fail: Fail): Map<string, unknown> {
  return args.length === 0 ? new Map() : fail("it takes no arguments here");
}

/** The storage of a persistent id: ("storage", FloatStorage, key, "cpu", number of elements). */
function findStorage(id: unknown, storages: Map<string, Storage>, fail: Fail): Storage {
  const [kind, type, key, device, length] =
    Array.isArray(id) && id.length === 5 ? (id as unknown[]) : [];
  if (kind !== "storage" || type !== floatStorage || device !== "cpu")
    return fail(
      "it should be a storage of float32 on the CPU (save the head after .float().cpu())",
    );
  const found = storages.get(key as string) ?? fail("there is no entry for this storage");
  // Never turn values of unknown type into numbers or text: nested tuples could make that take forever.
  if (typeof length !== "number") return fail("its length is not a number");
  if (found.bytes.length !== length * 4)
    fail(`storage ${found.key} should have ${length} numbers, but has ${found.bytes.length} bytes`);
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
  const { key, bytes } = storage;
  if (from < 0 || (from + size) * 4 > bytes.length)
    fail(
      `${size} numbers from ${from} are not inside storage ${key} of ${bytes.length / 4} numbers`,
    );
  // Otherwise many tensors of one storage could need much more memory than the file.
  if (storage.used) fail(`two tensors share storage ${key}`);
  storage.used = true;
  return new LoadedTensor(
    shape,
    new Float32Array(new Uint8Array(bytes.subarray(from * 4, (from + size) * 4)).buffer),
  );
}

function isShape(value: unknown): value is number[] {
  const positive = (n: unknown): boolean => Number.isInteger(n) && (n as number) > 0;
  return (
    Array.isArray(value) && (value.length === 1 || value.length === 2) && value.every(positive)
  );
}
