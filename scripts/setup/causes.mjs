// Why a program failed, as far as its last lines say so, and what to do about it.
import { homedir } from "node:os";
import { prefix, root } from "../environment.mjs";

const again = "then run it again";
const proxy = (process.env.HTTPS_PROXY ?? process.env.https_proxy ?? "").replace(
  /\/\/[^/@]*@/,
  "//…@",
);
const network = `check the network, ${proxy ? `and the proxy that HTTPS_PROXY names (${proxy})` : "behind a proxy set HTTPS_PROXY"}`;
const mirror = "with a mirror check its address (npm config get registry, pip config list)";

const noCompiler = [
  "no C++ compiler is found",
  "Debian and Ubuntu: sudo apt install g++ make; Fedora: sudo dnf install gcc-c++ make; macOS: xcode-select --install",
];

/** What is looked for, in this order: the first that is found is the cause, as later messages often follow from it. */
const causes = [
  [
    /ENOSPC|No space left on device|errno 28\b|not enough space/i,
    "the disk is full",
    `make room (the whole needs 5 GB while it is made), ${again}`,
  ],
  [
    /EROFS|Read-only file system|errno 30\b/i,
    "a folder is on a read-only file system",
    `have the project's folder (${root}) and your home directory where you can write`,
  ],
  [
    /failed to map segment from shared object|cannot enable executable/i,
    "the file system does not allow programs (mounted noexec)",
    `move the project's folder from ${root} to another file system`,
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_HAS_EXPIRED|CERTIFICATE_VERIFY_FAILED|self.signed certificate/i,
    "the server's certificate is not trusted, as behind a company's proxy",
    "have NODE_EXTRA_CA_CERTS (for npm) and PIP_CERT (for pip) name the file with your company's certificate",
  ],
  [
    /\b407\b.*Proxy|Proxy Authentication Required/i,
    "the proxy wants a password",
    "put it into HTTPS_PROXY: http://name:password@host:port",
  ],
  [
    /ProxyError|Cannot connect to proxy|tunneling socket|ECONNREFUSED[^\n]*prox/i,
    "the proxy does not answer",
    "check HTTPS_PROXY and HTTP_PROXY (and npm's and pip's own proxy settings)",
  ],
  [
    /\bE?40[13]\b.*(Unauthorized|Forbidden|registry|authenti)|HTTP error 40[13]|code E40[13]/i,
    "the registry refuses access",
    "check the address and the password of the registry: npm config get registry, pip config list",
  ],
  [
    /ENOTFOUND|EAI_AGAIN|getaddrinfo|Name or service not known|Temporary failure in name resolution|nodename nor servname/i,
    "a server's name is not found",
    `${network}; ${mirror}`,
  ],
  [
    /ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|socket hang up|Connection refused|Connection reset|Read ?timed? ?out|ReadTimeoutError|ConnectTimeoutError|Network is unreachable|NewConnectionError|network (aborted|timeout)/i,
    "a server does not answer",
    `${network}; ${mirror}; ${again}`,
  ],
  [
    /Killed signal terminated|heap out of memory|Cannot allocate memory|virtual memory exhausted|std::bad_alloc|MemoryError|ENOMEM|SIGKILL/i,
    "memory ran out",
    `close other programs (in a container or a batch job ask for at least 4 GB), ${again}`,
  ],
  [
    /THESE PACKAGES DO NOT MATCH THE HASHES|EINTEGRITY/i,
    "a download is not what it should be",
    `npm cache clean --force and pip cache purge throw damaged downloads away; ${again}`,
  ],
  [
    /can only install packages when your package\.json|EUSAGE/,
    "package-lock.json does not belong to package.json",
    "git checkout package.json package-lock.json brings them back",
  ],
  [
    /lockfileVersion|Unknown (command|cli).*ci|cb\(\) never called/i,
    "npm is too old",
    "npm 9 or newer is needed, as comes with Node 20: npm install --global npm@10",
  ],
  [
    /ensurepip is not available|No module named '?(ensurepip|venv)/i,
    "Python comes without its venv module",
    "Debian and Ubuntu: sudo apt install python3-venv",
  ],
  [
    /from versions: none/,
    "pip finds no version of a package: its index can't be reached, or it isn't published for this Python or system",
    `${network}; ${mirror}; and Python 3.10 to 3.13 is needed: with one of them in PATH, or from conda (see README.md), delete ${prefix} and run it again`,
  ],
  [
    /No matching distribution found|Could not find a version that satisfies|not a supported wheel/i,
    "a package is not published for this Python or this system",
    `Python 3.10 to 3.13 is needed: with one of them in PATH, or from conda (see README.md), delete ${prefix} and run it again. A mirror may lack the package: pip config list`,
  ],
  [
    /GLIBC(XX)?_[\d.]+'? not found|ld-musl|libc\.musl|symbol not found.*musl/i,
    "the system's libraries are older than the packages (or musl, as in Alpine)",
    "use a newer system, or conda (see README.md)",
  ],
  [
    /not found: make|make: not found|make: (g\+\+|c\+\+|cc|clang)[^\n]*(No such file|not found|Command not found)/,
    ...noCompiler,
  ],
  [/(g\+\+|c\+\+|clang\+\+|x86_64[\w-]+)[^\n]*: (not found|No such file|command not found)/, ...noCompiler],
  [/No Xcode or CLT|active developer path|Could not find any Visual Studio/i, ...noCompiler],
  [
    /agree(d)? to the Xcode license/i,
    "Xcode's licence is not accepted",
    "sudo xcodebuild -license accept",
  ],
  [
    /unrecognized command.line option '?-std=|invalid value '[^']*' in '-std/i,
    "the C++ compiler is too old",
    "GCC 10 or clang 12, or a newer one, is needed",
  ],
  [
    /Could not find any Python installation/i,
    "node-gyp finds no Python",
    "Debian and Ubuntu: sudo apt install python3",
  ],
  [
    /node-gyp[^\n]*ENOENT|Failed to execute 'node-gyp/i,
    "node-gyp, a part of npm, is not found",
    "start set-up through npm: npm run setup",
  ],
  [
    /fatal error: [^\n]*: No such file|cannot find -l/i,
    "a header or library is missing",
    `delete node_modules and ${prefix} and run it again`,
  ],
  [
    /EBUSY|WinError 32|used by another process|ENOTEMPTY/i,
    "a file is being used by another program",
    "close JupyterLab, notebooks and editors that have the folder open, and run it again",
  ],
  [
    /EACCES|EPERM|Permission denied|errno 13\b/i,
    "a file or folder may not be written",
    `look for its name below. If sudo was used before, give it back: sudo chown -R $(id -un) "${root}" "${homedir()}/.npm"`,
  ],
  [/ENOENT/, "a program or file is not found", "look for its name below; npm comes with Node.js"],
];

/** An error in words: what failed, why, what to do, the line that says so, and the last ones. */
export function explain(error) {
  const { message, output = "", code } = error;
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const found = causes.find(([pattern]) => pattern.test(code === undefined ? output : message));
  const said = found && lines.findLast((line) => found[0].test(line));
  const last = lines.slice(found ? -5 : -15);
  return [
    found ? `${message}: ${found[1]}.\nWhat to do: ${found[2]}.` : message,
    ...(lines.length > 0 ? ["What was printed:"] : []),
    ...(said && !last.includes(said) ? [`    ${said}`, "    …"] : []),
    ...last.map((line) => `    ${line}`),
  ].join("\n");
}
