import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

const tsconfigRootDir = process.cwd();
const cells = ".cache/notebook-cells/**/*.ts";

export default tseslint.config(
  {
    ignores: [
      "node_modules/",
      "data/mini-geograph/",
      "data/kaggle/",
      "data/models/",
      "figures/",
      ".venv/",
      "site/",
      "**/*.cjs",
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      "one-var": ["error", "never"],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
    },
  },
  {
    files: ["lib/**/*.ts", "data/draw-sample/**/*.ts", "data/mini-clip/*.ts"],
    ignores: ["lib/tagger/page/**"],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
    },
  },
  {
    files: ["lib/tagger/page/*.ts"],
    languageOptions: {
      parserOptions: { project: "./lib/tagger/page/tsconfig.json", tsconfigRootDir },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
    },
  },
  {
    // A promise that nobody awaits would leave a cell "ok" although its work fails.
    files: [cells],
    languageOptions: {
      parserOptions: { project: "./.cache/notebook-cells/tsconfig.json", tsconfigRootDir },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-unused-vars": "off",
      "no-extra-semi": "off",
    },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
        setTimeout: "readonly",
        fetch: "readonly",
        URL: "readonly",
      },
    },
  },
  // They run in the page, all of them or their functions for page.evaluate.
  {
    files: ["scripts/browser.mjs", "scripts/browser/*.mjs", "scripts/site/**/*.{js,mjs}"],
    languageOptions: {
      globals: {
        window: "readonly",
        document: "readonly",
        MutationObserver: "readonly",
        IntersectionObserver: "readonly",
        console: "readonly",
      },
    },
  },
);
