import { expect, test } from "vitest";
import { explain } from "./causes.mjs";
import { ProgramError } from "./programs.mjs";

// Last lines as npm 10 and 11, pip 23 to 26, node-gyp and compilers print them.
const seen: [string, string, RegExp][] = [
  [
    "npm error code ENOTFOUND\nnpm error network request to https://registry.npmjs.org/sharp failed, reason: getaddrinfo ENOTFOUND registry.npmjs.org",
    "a server's name is not found",
    /HTTPS_PROXY/,
  ],
  [
    "npm error code ECONNREFUSED\nnpm error FetchError: request to http://localhost:4873/x failed, reason: connect ECONNREFUSED 127.0.0.1:4873",
    "a server does not answer",
    /network/,
  ],
  ["npm error code SELF_SIGNED_CERT_IN_CHAIN", "certificate is not trusted", /NODE_EXTRA_CA_CERTS/],
  [
    "npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device, write",
    "the disk is full",
    /make room/,
  ],
  [
    "npm error code EACCES\nnpm error path /home/me/.npm/_cacache/tmp\nnpm error errno -13",
    "may not be written",
    /chown/,
  ],
  [
    "npm error code E401\nnpm error Incorrect or missing password.",
    "refuses access",
    /npm config get registry/,
  ],
  ["npm error code EINTEGRITY", "not what it should be", /cache clean/],
  ["npm error code ENOTEMPTY\nnpm error syscall rename", "used by another program", /close/],
  [
    "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.",
    "package-lock.json does not belong",
    /git checkout/,
  ],
  [
    "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3>: Failed to establish a new connection: [Errno -2] Name or service not known')': /simple/plotly/\nERROR: Could not find a version that satisfies the requirement plotly==7.1.0 (from versions: none)\nERROR: No matching distribution found for plotly==7.1.0",
    "a server's name is not found",
    /HTTPS_PROXY/,
  ],
  [
    "WARNING: Retrying after connection broken by 'ProxyError('Cannot connect to proxy.', ConnectionRefusedError(111, 'Connection refused'))'\nERROR: No matching distribution found for plotly",
    "the proxy does not answer",
    /HTTPS_PROXY/,
  ],
  [
    "ERROR: Could not find a version that satisfies the requirement tensorflow-cpu==2.21.0 (from versions: none)\nERROR: No matching distribution found for tensorflow-cpu==2.21.0",
    "pip finds no version",
    /HTTPS_PROXY.*3\.10 to 3\.13/,
  ],
  [
    "ERROR: Could not find a version that satisfies the requirement kaggle==2.2.4 (from versions: 1.0, 1.1)\nERROR: No matching distribution found for kaggle==2.2.4",
    "not published for this Python",
    /3\.10 to 3\.13/,
  ],
  [
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
    "the disk is full",
    /make room/,
  ],
  [
    "ERROR: Could not install packages due to an OSError: [Errno 30] Read-only file system: '/x'",
    "read-only file system",
    /where you can write/,
  ],
  [
    "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'",
    "may not be written",
    /its name below/,
  ],
  [
    "The virtual environment was not created successfully because ensurepip is not available.",
    "without its venv module",
    /python3-venv/,
  ],
  ["npm: spawn npm ENOENT", "program or file is not found", /npm comes with Node/],
  ["gyp ERR! stack Error: not found: make", "no C++ compiler", /g\+\+ make/],
  [
    "make: g++: No such file or directory\nmake: *** [tfjs_binding.target.mk:119: Release/obj.target/x.o] Error 127",
    "no C++ compiler",
    /g\+\+ make/,
  ],
  ["/bin/sh: 1: g++: not found", "no C++ compiler", /g\+\+ make/],
  ["gyp ERR! stack Error: No Xcode or CLT version detected!", "no C++ compiler", /xcode-select/],
  [
    "g++: fatal error: Killed signal terminated program cc1plus",
    "memory ran out",
    /close other programs/,
  ],
  [
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    "memory ran out",
    /GB/,
  ],
  [
    "Error: /lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found",
    "libraries are older",
    /newer system/,
  ],
  [
    "Error: /x/tfjs_binding.node: failed to map segment from shared object",
    "noexec",
    /another file system/,
  ],
];

test.each(seen)("%s", (output, cause, remedy) => {
  const text = explain(new ProgramError("It failed", output));
  expect(text).toContain(cause);
  expect(text).toMatch(remedy);
  expect(text).toContain(output.split("\n").at(-1));
});

test("what isn't recognised is shown, and nothing is guessed", () => {
  expect(explain(new ProgramError("npm ci failed", "something new\nand odd"))).toBe(
    "npm ci failed\nWhat was printed:\n    something new\n    and odd",
  );
});

test("the line that says why is shown even if many follow it", () => {
  const text = explain(
    new ProgramError("x", `make: g++: No such file or directory\n${"gyp ERR! more\n".repeat(40)}`),
  );
  expect(text).toContain("    make: g++: No such file or directory\n    …\n    gyp ERR! more");
});

test("errors of Node itself, as in making a folder, are explained too", () => {
  const error = Object.assign(new Error("EROFS: read-only file system, mkdir '/x/.cache'"), {
    code: "EROFS",
  });
  expect(explain(error)).toMatch(
    /^EROFS: .* '\/x\/.cache': a folder is on a read-only file system.\nWhat to do: /,
  );
  expect(explain(new Error("Python was not found"))).toBe("Python was not found");
});

test("at most 15 lines are shown, where nothing is recognised", () => {
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
  expect(explain(new ProgramError("x", lines.join("\n"))).match(/line \d+/g)).toEqual(
    lines.slice(-15),
  );
});
