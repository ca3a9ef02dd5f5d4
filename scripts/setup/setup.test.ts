// Set-up from the outside, in a folder with spaces and an umlaut, with programs that only play npm, Python and the compiler.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeProject, ended } from "./fake-project";

// Its fake programs are shell scripts.
describe.skipIf(process.platform === "win32")("set-up", () => {
  let project: FakeProject;
  beforeEach(() => void (project = new FakeProject()));
  afterEach(() => project.remove());

  const installs = (): string[] =>
    project.calls().filter((call) => /npm ci|-m venv|pip install|node-pre-gyp/.test(call));
  const ready = async (env = {}, ...args: string[]): Promise<void> => {
    const { code, printed } = await project.setUp(env, ...args);
    expect(printed).toContain("Ready in");
    expect(printed).not.toContain("Warning");
    expect(code).toBe(0);
  };
  const silent = async (...args: string[]): Promise<void> => {
    project.calls();
    expect(await project.setUp({}, ...args)).toEqual({ code: 0, printed: "" });
    expect(installs()).toEqual([]);
  };

  test("makes all five things, then says nothing; the compiler sees no spaces", async () => {
    await ready();
    const calls = installs();
    expect(
      calls.map((call) => /npm ci|-m venv|-r |tensorflow|pre-gyp/.exec(call)?.[0]).sort(),
    ).toEqual(["-m venv", "-r ", "npm ci", "pre-gyp", "tensorflow"]);
    expect(calls.find((call) => call.includes("pre-gyp"))!.split("|")[0]).toMatch(/^[\w./-]+$/);
    const { argv } = JSON.parse(
      readFileSync(project.path(".venv/share/jupyter/kernels/tslab/kernel.json"), "utf8"),
    ) as { argv: string[] };
    expect(argv).toContain(project.path("scripts/kernel.cjs"));
    await silent();
  });

  test("what is gone, damaged or moved is made again", async () => {
    await ready();
    const remove = (...names: string[]): void =>
      rmSync(project.path(...names), { recursive: true });
    const damages: [string, RegExp, () => void][] = [
      ["Python is gone", /venv/, () => remove(".venv/bin/python")],
      ["pip is not there", /venv/, () => remove(".venv/site/pip")],
      ["half of Jupyter is there", /venv/, () => remove(".venv/site/nbclient")],
      [
        "the folder was renamed",
        /venv/,
        () => renameSync(project.folder, (project.folder = join(project.top, "renamed"))),
      ],
      [
        "other packages are wanted",
        /^[^\n]*pip install[^\n]*-r [^\n]*$/,
        () => writeFileSync(project.path("scripts/requirements.txt"), "new"),
      ],
      ["a package is gone", /npm ci/, () => remove("node_modules/tiny")],
      [
        "node_modules is another machine's",
        /npm ci/,
        () => writeFileSync(project.path("node_modules/.clip-packages"), "arm64"),
      ],
      [
        "the backend is damaged",
        /pre-gyp/,
        () =>
          writeFileSync(
            project.path("node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node"),
            "comp",
          ),
      ],
      ["libtensorflow is gone", /tensorflow/, () => remove(".venv/site/tensorflow")],
      [
        "another libtensorflow is wanted",
        /tensorflow/,
        () => writeFileSync(project.path(".venv/.clip-tensorflow"), "tensorflow==1.0"),
      ],
      [
        "the kernel points elsewhere",
        /^$/,
        () => writeFileSync(project.path(".venv/share/jupyter/kernels/tslab/kernel.json"), "{}"),
      ],
    ];
    for (const [what, expected, damage] of damages) {
      project.calls();
      damage();
      await ready({}, "--if-needed");
      expect(installs().join("\n"), what).toMatch(expected);
      await silent();
    }
  }, 180_000);

  test("without a compiler it says so and goes on with WASM; npm run setup tries again, other commands don't", async () => {
    const failing = { FAKE_FAIL: "gyp", FAKE_SAYS: "make: g++: No such file or directory" };
    const { code, printed } = await project.setUp(failing);
    expect(code).toBe(0);
    expect(printed).toContain("no C++ compiler is found");
    expect(printed).toContain("make: g++: No such file or directory");
    expect(printed).toContain("WASM");
    await silent("--if-needed");
    expect((await project.setUp(failing)).printed).toContain("no C++ compiler is found");
    expect(installs().map((call) => call.split("|")[1])).toEqual(["node-pre-gyp"]);
    await ready();
    await silent();
  });

  test("without libtensorflow likewise", async () => {
    const { code, printed } = await project.setUp({
      FAKE_FAIL: "tensorflow",
      FAKE_SAYS: "ERROR: No matching distribution found for tensorflow",
    });
    expect(code).toBe(0);
    expect(printed).toContain("3.10 to 3.13");
    await silent("--if-needed");
    await ready();
  });

  test.each([
    ["npm", "npm error code ENOTFOUND", "name is not found"],
    ["pip", "[Errno 28] No space left on device", "disk is full"],
    ["venv", "ensurepip is not available", "python3-venv"],
  ])(
    "when %s fails it says what was seen and what to do, and can be repeated",
    async (name, says, cause) => {
      const { code, printed } = await project.setUp({ FAKE_FAIL: name, FAKE_SAYS: says });
      expect(code).toBe(1);
      expect(printed).toContain(says);
      expect(printed).toContain(cause);
      await ready();
      await silent();
    },
  );

  test("the user's environment decides how to reach the registries, not what is installed and where", async () => {
    const leaks = {
      NODE_ENV: "production",
      NODE_OPTIONS: "--max-old-space-size=300 --use-openssl-ca",
      NODE_PATH: "/elsewhere",
      PIP_USER: "1",
      PIP_TARGET: "/elsewhere",
      PIP_PREFIX: "/elsewhere",
      PIP_REQUIRE_VIRTUALENV: "1",
      PIP_NO_DEPS: "1",
      PYTHONPATH: "/elsewhere",
      PYTHONHOME: "/elsewhere",
      PYTHONWARNINGS: "error",
      PYTHONUSERBASE: "/elsewhere",
      npm_config_omit: "dev",
      npm_config_global: "true",
      npm_config_ignore_scripts: "false",
      NPM_CONFIG_PRODUCTION: "true",
      npm_config_runtime: "electron",
      CXXFLAGS: "-m32",
    };
    const needed = {
      PIP_INDEX_URL: "https://pip.example/simple",
      PIP_EXTRA_INDEX_URL: "https://more.example",
      PIP_CERT: "/cert.pem",
      PIP_DEFAULT_TIMEOUT: "99",
      npm_config_registry: "https://npm.example",
      "npm_config_//npm.example/:_authToken": "secret",
      npm_config_cafile: "/cert.pem",
      HTTPS_PROXY: "http://proxy.example:1",
      SSL_CERT_FILE: "/cert.pem",
      NODE_EXTRA_CA_CERTS: "",
    };
    await ready({ ...leaks, ...needed });
    expect(project.calls().find((call) => call.includes("npm ci"))).toContain("--include=dev");
    for (const name of ["npm", "pip", "gyp"] as const) {
      const env = project.environmentOf(name);
      expect(
        [...Object.keys(leaks)].filter(
          (key) => !["NODE_OPTIONS", "PIP_USER"].includes(key) && env.has(key),
        ),
        name,
      ).toEqual([]);
      expect(env.get("NODE_OPTIONS")).toBe("--use-openssl-ca");
      expect(env.get("PIP_USER")).toBe("0");
      // A shell can't pass the token on: its name is none for a variable of the shell.
      for (const [key, value] of Object.entries(needed))
        if (!key.includes("//")) expect(env.get(key), key).toBe(value);
    }
  });

  test("another project's conda environment is left alone, our own is used", async () => {
    const other = join(project.top, "envs", "other");
    const ours = join(project.top, "envs", "clip-the-landscape");
    for (const prefix of [other, ours]) mkdirSync(prefix, { recursive: true });
    await ready({
      CONDA_PREFIX: other,
      CONDA_DEFAULT_ENV: "other",
      CXX: `${other}/bin/x86_64-conda-linux-gnu-c++`,
    });
    expect(installs().filter((call) => call.includes(other))).toEqual([]);
    expect(project.environmentOf("gyp").has("CXX")).toBe(false);
    expect(existsSync(project.path(".venv/bin/python"))).toBe(true);
    for (const [prefix, marked] of [
      [ours, ""],
      [other, "1"],
    ]) {
      const { printed } = await project.setUp({
        CONDA_PREFIX: prefix,
        CLIP_THE_LANDSCAPE_ENVIRONMENT: marked,
      });
      expect(printed).toContain(`Python packages, into ${prefix}`); // and no further: there is no Python in it
      expect(project.calls().filter((call) => call.includes("-m venv"))).toEqual([]);
    }
  });

  test("a home directory that can't be written is not needed", async () => {
    await ready({ HOME: "/proc/self/nobody", npm_config_cache: join(project.top, "writable") });
    const env = project.environmentOf("npm");
    expect(env.get("npm_config_cache")).toBe(join(project.top, "writable"));
    expect(env.get("XDG_CACHE_HOME")).toBe(project.path(".cache/home/cache"));
    expect(env.get("JUPYTER_RUNTIME_DIR")).toBe(project.path(".cache/home/jupyter-runtime"));
    expect(env.get("HOME")).toBe("/proc/self/nobody"); // its settings are still read
  });

  describe.skipIf(process.platform !== "linux")("interrupted", () => {
    const places = ["npm", "venv", "pip", "tensorflow", "gyp"];
    const signals = [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const;
    test.each(places.map((place, i) => [place, ...signals[i % 3]] as const))(
      "in %s by %s, nothing goes on, and the next one ends well",
      async (place, signal, status) => {
        const child = project.start({ FAKE_HANG: place });
        const end = ended(child);
        await project.hangs();
        expect(project.alive()).toHaveLength(2);
        child.kill(signal);
        const { code, printed } = await end;
        expect(code).toBe(status);
        expect(printed).toContain("The next set-up goes on from here");
        expect(printed).not.toContain("stopped");
        expect(project.alive()).toEqual([]);
        await ready();
        await silent();
      },
      120_000,
    );

    test.each(places)(
      "in %s by SIGKILL, the next one ends what was left, and ends well",
      async (place) => {
        const child = project.start({ FAKE_HANG: place });
        const end = ended(child);
        await project.hangs();
        child.kill("SIGKILL");
        await Promise.race([end, new Promise((resolve) => child.once("exit", resolve))]);
        expect(project.alive()).toHaveLength(2);
        await ready();
        expect(project.alive()).toEqual([]);
        expect(readdirSync(project.temporary)).toEqual([]);
        await silent();
      },
      120_000,
    );
  });

  test("two at once: the second waits, says for whom, and has nothing left to do", async () => {
    const first = project.start({ FAKE_SLEEP: "1" });
    const firstEnd = ended(first);
    while (!project.calls().some((call) => call.includes("npm ci")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await project.setUp();
    expect((await firstEnd).printed).toContain("Ready in");
    expect(second.printed).toMatch(
      new RegExp(`^Waiting for process ${first.pid} \\(npm run setup\\) on [^\\n]*\n$`),
    );
    expect(installs().filter((call) => /npm ci|venv/.test(call)).length).toBeLessThanOrEqual(1); // the venv of the first
  });
});
