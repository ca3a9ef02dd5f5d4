// Where things are on this machine: the Python environment (a virtual one in .venv, or the project's conda environment),
// and which of the user's settings the programs get that the scripts start.
import { accessSync, constants, existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const windows = process.platform === "win32";

/** The active conda environment if it is the project's own, made from environment.yml; others are left alone. */
export const conda = isOurs(process.env) ? process.env.CONDA_PREFIX : undefined;
export const prefix = conda ?? join(root, ".venv");

function isOurs({ CONDA_PREFIX, CLIP_THE_LANDSCAPE_ENVIRONMENT }) {
  if (!CONDA_PREFIX) return false;
  return CLIP_THE_LANDSCAPE_ENVIRONMENT === "1" || basename(CONDA_PREFIX) === "clip-the-landscape";
}

/** The path of a program of the Python environment, such as "python" or "jupyter". */
export function program(name) {
  if (!windows) return join(prefix, "bin", name);
  return conda && name === "python"
    ? join(prefix, "python.exe")
    : join(prefix, "Scripts", `${name}.exe`);
}

/**
 * On Linux, pages of 2 MB where the system allows it: reading rows of a large tensor in random order is then faster, as
 * fewer pages have to be looked up. Has to be set before a program starts; elsewhere it means nothing.
 */
export const largePages = {
  GLIBC_TUNABLES: process.env.GLIBC_TUNABLES ?? "glibc.malloc.hugetlb=1",
};

/** Environment variables for programs that are started by the scripts: the environment's programs come first in PATH. */
export function environment() {
  const env = keep(process.env, (name) => !/^PYTHON/i.test(name) || harmlessPython.test(name));
  const pathName = Object.keys(env).find((name) => /^path$/i.test(name)) ?? "PATH"; // "Path" on Windows
  return {
    ...env,
    ...homelessFolders(),
    [pathName]: [dirname(program("jupyter")), env[pathName]].filter(Boolean).join(delimiter),
    PYTHONNOUSERSITE: "1", // packages in the user's home are another project's
    PYTHONUTF8: "1", // or a locale in another encoding can't name a folder with an umlaut
    JUPYTER_PREFER_ENV_PATH: "1",
    TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? "2",
  };
}

const harmlessPython = /^PYTHON(UNBUFFERED|DONTWRITEBYTECODE|PYCACHEPREFIX|HASHSEED|IOENCODING)$/i;
// How to reach the registries is the user's to say: addresses, proxies, certificates, caches. What to install, and where
// to, is not.
const network = [
  /^pip_((extra_)?index_url|find_links|no_index|trusted_host|(client_)?cert|proxy|keyring_provider|config_file|constraint)$/,
  /^pip_((default_)?timeout|(resume_)?retries|cache_dir|no_cache_dir|use_feature|use_deprecated)$/,
  /^npm_config_(.*registry|.*\/\/.*|_auth.*|https?_?proxy|no_?proxy|proxy|ca|cafile|cert|key|strict_ssl|disturl)$/,
  /^npm_config_(cache|fetch_.*|maxsockets|prefer_offline|offline|userconfig|globalconfig|node_gyp|nodedir)$/,
];
const networkOptions =
  /^--(use-(openssl|bundled|system)-ca|use-env-proxy|dns-result-order|tls-|openssl-|max-http-header-size)/;
const compilerFlags =
  /^(C|CXX|CPP|LD)FLAGS$|^(CPATH|C_INCLUDE_PATH|CPLUS_INCLUDE_PATH|LIBRARY_PATH|MAKEFLAGS|GYP_DEFINES)$/;

/** Environment variables for the programs that set the project up: theirs without what would send packages elsewhere. */
export function setupEnvironment() {
  const env = keep(environment(), (name) => {
    const plain = name.toLowerCase().replaceAll("-", "_");
    if (/^(pip|npm_config)_/.test(plain)) return network.some((pattern) => pattern.test(plain));
    if (/^(NODE_ENV|NODE_PATH|NODE_OPTIONS|LANGUAGE)$/i.test(name)) return false;
    return conda !== undefined || !compilerFlags.test(name); // conda's compilers need theirs
  });
  const { CONDA_PREFIX } = process.env;
  const foreign = conda ? undefined : CONDA_PREFIX; // its compilers would link against its own libraries
  const options = (process.env.NODE_OPTIONS ?? "")
    .split(/\s+/)
    .filter((option) => networkOptions.test(option));
  return {
    ...keep(env, (name) => !foreign || !/^(CC|CXX|CPP|LD|AR|AS|NM|RANLIB|STRIP)$/.test(name)),
    ...(options.length > 0 && { NODE_OPTIONS: options.join(" ") }),
    PIP_USER: "0", // pip.conf may say otherwise
    LC_ALL: "C.UTF-8", // messages in English, so that causes are recognised
  };
}

function keep(env, wanted) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => wanted(name)));
}

/** Where the home directory can't be written, caches and Jupyter's folders are made here; settings are still read there. */
function homelessFolders() {
  if (isWritable(homedir())) return {};
  const folder = (name) => join(root, ".cache", "home", name);
  return keep(
    {
      XDG_CACHE_HOME: folder("cache"),
      npm_config_cache: folder("npm"),
      JUPYTER_CONFIG_DIR: folder("jupyter-config"),
      JUPYTER_DATA_DIR: folder("jupyter"),
      JUPYTER_RUNTIME_DIR: folder("jupyter-runtime"),
      IPYTHONDIR: folder("ipython"),
    },
    (name) => !process.env[name] || !isWritable(process.env[name]),
  );
}

/** Whether a folder, or the one it would be made in, can be written. */
export function isWritable(folder) {
  let nearest = resolve(folder);
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
