// What Binder and dev containers read. Their images are not built here; see the README for what was tried.
import { accessSync, constants, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// Binder looks into one folder only, and its copy of the environment cannot be a link.
test("Binder gets the environment that conda users get, and a script it may run", () => {
  expect(readFileSync(".binder/environment.yml", "utf8")).toBe(
    readFileSync("environment.yml", "utf8"),
  );
  expect(() => accessSync(".binder/postBuild", constants.X_OK)).not.toThrow();
});

test("the environment and the dev container have a Node that package.json allows", () => {
  const { engines, scripts } = JSON.parse(readFileSync("package.json", "utf8")) as Record<
    string,
    Record<string, string>
  >;
  expect(engines.node).toBe(">=20.19 <25");
  expect(readFileSync("environment.yml", "utf8")).toMatch(/nodejs >=22,<25/);
  const { image, updateContentCommand } = JSON.parse(
    readFileSync(".devcontainer/devcontainer.json", "utf8"),
  ) as Record<string, string>;
  expect(image).toMatch(/:22-/);
  expect(Object.keys(scripts)).toContain(updateContentCommand.replace("npm run ", ""));
});
