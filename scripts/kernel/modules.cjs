// Changes to how tslab 1.0 imports the project's own modules (lib and data/draw-sample, called "ours" below). tslab
// parses and type checks each of them, and the typings of every library behind them, anew in each kernel; that was nearly
// all the time an import cell took. `npm test` checks them anyway, so here
// - a cell is type checked against the declarations of our modules alone, which name few libraries;
// - our modules are loaded by Node's own `require`;
// - what is made of a module, code and declarations, is kept in .cache/kernel for the next kernel.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const root = path.resolve(__dirname, "../..");
const cache = path.join(root, ".cache", "kernel");
/** What the cached files depend on beside a module's text. */
const makers = fs.readFileSync(__filename, "utf8") + require("typescript/package.json").version;

/** Change tslab; to be called before it is loaded, as it keeps a copy of TypeScript's functions. */
function importQuickly() {
  const id = require.resolve("@tslab/typescript-for-tslab");
  const ts = require(id);
  require.cache[id].exports = {
    ...ts,
    createWatchProgram: (host) => ts.createWatchProgram(checkOnlyCells(host, ts)),
  };

  const { readFile, watchFile } = ts.sys;
  ts.sys.readFile = (file, encoding) =>
    isOurs(file) ? made(file).declarations : readFile(file, encoding);
  // Libraries don't change under a running kernel, and there are more of their files than a system may allow to watch.
  ts.sys.watchFile = (file, ...rest) =>
    file.includes("/node_modules/") ? { close() {} } : watchFile(file, ...rest);
  // A new file in a watched folder makes TypeScript set a second timer, which tslab takes for an error in the next cell.
  // Our files that cells import are watched one by one all the same, so edits to them are noticed.
  ts.sys.watchDirectory = () => ({ close() {} });

  loadOurs();
  const { JupyterHandlerImpl } = require("tslab/dist/jupyter.js");
  const { handleExecuteImpl } = JupyterHandlerImpl.prototype;
  JupyterHandlerImpl.prototype.handleExecuteImpl = function (...args) {
    forgetEdited();
    return handleExecuteImpl.apply(this, args);
  };
}

/** Let `require` load our modules. */
function loadOurs() {
  // Stack traces then name the lines of the .ts files.
  process.setSourceMapsEnabled(true);
  Module._extensions[".ts"] = (module, file) => {
    const before = stamp(file);
    const { code, problem } = made(file);
    if (problem) throw new SyntaxError(problem);
    loaded.set(file, before);
    module._compile(code, file);
  };
}

/** Whether a file is a module of this project; tslab's name for a cell, __tslab__.ts, is no file. */
function isOurs(file) {
  const name = path.relative(root, file);
  return (
    name.endsWith(".ts") &&
    !name.endsWith(".d.ts") &&
    !/^\.\.|node_modules/.test(name) &&
    fs.existsSync(file)
  );
}

/** Make tslab take our modules as it takes libraries: it neither checks their insides nor has them compiled. */
function checkOnlyCells(host, ts) {
  host.options.types = ["node"]; // as in tsconfig.json, instead of all that is in node_modules/@types
  const { afterProgramCreate } = host;
  host.afterProgramCreate = (builder) => {
    const { getAllDependencies } = builder;
    // Errors of syntax are still reported, with their place.
    const broken = (file) => builder.getSourceFile(file).parseDiagnostics.length > 0;
    builder.getAllDependencies = (source) =>
      getAllDependencies(source).filter((file) => !isOurs(file) || broken(file));
    afterProgramCreate(builder);
  };
  return host;
}

/** The time and size of the files that are loaded, to notice edits. */
const loaded = new Map();

function stamp(file) {
  const { mtimeMs, size } = fs.statSync(file, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs} ${size}`;
}

/** Unload modules that were edited, and those that use them, so that the next import loads them again. */
function forgetEdited() {
  const forgotten = new Set([...loaded.keys()].filter((file) => loaded.get(file) !== stamp(file)));
  // A set grows while it is gone through: users of users are found too.
  for (const file of forgotten) {
    for (const user of loaded.keys()) {
      if (require.cache[user]?.children.some(({ filename }) => filename === file))
        forgotten.add(user);
    }
  }
  for (const file of forgotten) {
    loaded.delete(file);
    delete require.cache[file];
  }
}

/** What is made of a module, from the cache where nothing has changed since. */
function made(file) {
  const source = fs.readFileSync(file, "utf8");
  const name = path.relative(root, file);
  const key = createHash("sha256").update(makers).update(source).digest("hex");
  const kept = path.join(cache, `${name}.json`);
  try {
    const before = JSON.parse(fs.readFileSync(kept, "utf8"));
    if (before.key === key) return before;
  } catch {
    // Not made yet.
  }
  const now = { key, ...make(name, source) };
  try {
    fs.mkdirSync(path.dirname(kept), { recursive: true });
    fs.writeFileSync(`${kept}.${process.pid}`, JSON.stringify(now));
    fs.renameSync(`${kept}.${process.pid}`, kept); // whole or not at all, as several kernels may write it
  } catch {
    // A folder that can't be written to: made again each time.
  }
  return now;
}

/** Make all modules: part of the set-up, so that the first import of a reader is as quick as the next. */
function makeAll() {
  for (const folder of ["lib", "data/draw-sample"].map((name) => path.join(root, name))) {
    for (const name of fs.readdirSync(folder, { recursive: true })) {
      if (name.endsWith(".ts") && !name.endsWith(".test.ts")) made(path.join(folder, name));
    }
  }
}

/**
 * Code of a module as CommonJS, its declarations, and what is wrong with its syntax, if anything. It takes the project's
 * own TypeScript, as tslab's older one can't make declarations from one file alone.
 */
function make(name, source) {
  const ts = require("typescript");
  const { outputText, diagnostics } = ts.transpileModule(source, {
    fileName: name,
    reportDiagnostics: true,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      inlineSourceMap: true,
    },
  });
  const declarations = ts.transpileDeclaration(source, {
    fileName: name,
    reportDiagnostics: true,
    compilerOptions: { declaration: true, isolatedDeclarations: true },
  });
  return {
    code: path.basename(name) === "index.ts" ? openedOnDemand(outputText) : outputText,
    // Where an exported type is left to inference it takes the whole module to know it.
    declarations: declarations.diagnostics.length === 0 ? declarations.outputText : source,
    problem: ts.formatDiagnostics(diagnostics, {
      getCurrentDirectory: () => root,
      getCanonicalFileName: (file) => file,
      getNewLine: () => "\n",
    }),
  };
}

/**
 * Code of a door (an index.ts, which only names what its room offers) that loads a module when something of it is first
 * used: a notebook without training then does without TensorFlow, though it may come through a door that offers it. The
 * calls of `require` move into the getters that TypeScript makes; a repeated call takes 0.1 µs.
 */
function openedOnDemand(code) {
  const loads = new Map();
  return code
    .replace(/^var (\w+) = (require\("[^"]+"\));$/gm, (_, name, load) => {
      loads.set(name, load);
      return "";
    })
    .replace(/\breturn (\w+)\./g, (found, name) =>
      loads.has(name) ? `return ${loads.get(name)}.` : found,
    )
    .replace(
      /^exports\.(\w+) = (__importStar\(require\("[^"]+"\)\));$/gm,
      'Object.defineProperty(exports, "$1", { enumerable: true, get: function () { return $2; } });',
    );
}

module.exports = { importQuickly, loadOurs, makeAll };
