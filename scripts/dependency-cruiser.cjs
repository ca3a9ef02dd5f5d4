// Which way imports may run: files ← data, clip ← embed ← train ← score ← figures ← notebook, tagger, never in a circle.
// `npm test` checks it; by hand: npx depcruise --config scripts/dependency-cruiser.cjs lib data scripts
const rooms = ["files", "data", "clip", "embed", "train", "score", "figures", "notebook", "tagger"];
// `data` and `clip` stand side by side: neither may use the other.
const apart = { clip: ["data"], data: ["clip"] };
const tests = "\\.test\\.ts$|^lib/fixtures/";

module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    ...rooms.map((room, i) => ({
      name: `${room}-looks-down`,
      comment: `lib/${room} may use ${rooms.slice(0, i).join(", ") || "nothing but lib itself"}`,
      severity: "error",
      from: { path: `^lib/${room}/`, pathNot: tests },
      to: { path: `^lib/(${[...rooms.slice(i + 1), ...(apart[room] ?? [])].join("|") || "-"})/` },
    })),
    {
      name: "lib-itself-needs-no-room",
      comment: "but for its door, which hands on what every notebook begins with",
      severity: "error",
      from: { path: "^lib/[^/]+\\.ts$", pathNot: `${tests}|^lib/index\\.ts$` },
      to: { path: "^lib/[^/]+/" },
    },
    {
      name: "the-drawn-sample-uses-files-and-data",
      severity: "error",
      from: { path: "^data/draw-sample/", pathNot: tests },
      to: { path: "^lib/[^/]+/", pathNot: "^lib/(files|data)/" },
    },
    {
      name: "lib-knows-no-sample-and-no-scripts",
      severity: "error",
      from: { path: "^lib/", pathNot: tests },
      to: { path: "^(data/draw-sample|scripts)/" },
    },
    {
      name: "doors-are-for-notebooks",
      comment:
        "inside lib a file is imported by its own name, so that a door never drags a room into another",
      severity: "error",
      from: { path: "^(lib|data/draw-sample)/", pathNot: "doors\\.test\\.ts$" },
      to: { path: ["^lib/index\\.ts$", "^lib/[^/]+/index\\.ts$"] },
    },
    {
      name: "notebooks-use-doors",
      severity: "error",
      from: { path: "^\\.cache/notebook-cells/" },
      to: { path: "^(lib|data)/", pathNot: "index\\.ts$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "node_modules" },
    tsPreCompilationDeps: true, // types count too
    tsConfig: { fileName: "tsconfig.json" },
  },
};
