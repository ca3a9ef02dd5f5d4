/**
 * Searching 800,000 embeddings of 512 numbers: the twelve nearest to a query, every row looked at.
 *
 *     npm run bench -- search [--rounds N]
 *
 * The rows are made up, as time does not depend on the values; PyTorch's and NumPy's are made up there. All three take the
 * rows' lengths once, before, and are then asked five times a round; numbers are medians of these.
 */
import { alignedFloats } from "../../lib/embed/features";
import { nearest, searchIndex } from "../../lib/embed/search";
import { tf } from "../../lib/tfjs";
import { readOptions } from "./options";
import { report, requirePython, run, runPython, say } from "./part";

const size = 512;
const count = 12;
const queries = 5;
const options = readOptions();
const rows = options.quick ? 50_000 : 800_000;

/** Numbers between −1 and 1 (a linear congruential generator: Numerical Recipes' constants). */
function madeUp(values: Float32Array): Float32Array {
  let state = 1;
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    values[i] = state / 2 ** 31;
  }
  return values;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function main(): Promise<void> {
  requirePython(options);
  await tf.ready();
  const embeddings = madeUp(alignedFloats(rows * size));
  const started = performance.now();
  const index = searchIndex([embeddings], size);
  const prepared = (performance.now() - started) / 1000;
  const ask = (i: number): { wall: number; cpu: number } => {
    const query = embeddings.slice(i * size, (i + 1) * size);
    const [start, before] = [performance.now(), process.cpuUsage()];
    const [best] = nearest(index, query, { count });
    const used = process.cpuUsage(before);
    if (best.row !== i) throw new Error(`row ${i} should be nearest to itself, not ${best.row}`);
    return { wall: (performance.now() - start) / 1000, cpu: (used.user + used.system) / 1e6 };
  };
  ask(0); // the first has to load the kernels
  const peak = process.resourceUsage().maxRSS * 1024;
  const ours: { wall: number[]; cpu: number[] } = { wall: [], cpu: [] };
  const theirs: Record<"torch" | "numpy", { wall: number[]; cpu: number[] }> = {
    torch: { wall: [], cpu: [] },
    numpy: { wall: [], cpu: [] },
  };
  for (let round = 0; round < options.rounds; round++) {
    const times = Array.from({ length: queries }, (_, i) => ask(i + 1));
    for (const kind of ["wall", "cpu"] as const) ours[kind].push(median(times.map((t) => t[kind])));
    const given = [rows, size, count, queries].map(String);
    type Timed = { library: "torch" | "numpy"; wall: number[]; cpu: number[] };
    for (const { library, wall, cpu } of runPython<Timed>(options, "search.py", ...given)) {
      theirs[library].wall.push(median(wall));
      theirs[library].cpu.push(median(cpu));
    }
    say(
      `  ours ${ours.wall.at(-1)!.toFixed(3)} s, PyTorch ${theirs.torch.wall.at(-1)!.toFixed(3)} s`,
    );
  }
  const what = `the ${count} nearest of ${rows.toLocaleString("en-GB")} rows of ${size}`;
  report({
    what: `${what}: wall time of a query`,
    unit: "s",
    ours: ours.wall,
    pytorch: theirs.torch.wall,
    goal: "≤ 0.3",
  });
  report({
    what: `${what}: processor time of a query`,
    unit: "s",
    ours: ours.cpu,
    pytorch: theirs.torch.cpu,
  });
  report({
    what: `${what}: wall time of a query`,
    unit: "s",
    ours: ours.wall,
    pytorch: theirs.numpy.wall,
    note: "beside NumPy, not PyTorch",
  });
  report({ what: "the rows' lengths, once", unit: "s", ours: [prepared] });
  report({
    what: "peak memory of the process",
    unit: "× the rows",
    ours: [peak / embeddings.byteLength],
    goal: "≤ 1.5",
  });
}

run("search", main);
