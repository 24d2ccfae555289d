// What no browser that we support may lack: globals and methods of the platform, by MDN's data, for every script that a reader's
// browser runs. The floor is that of `docs/viewer.md` and of `scripts/build-viewer.mjs`, and stands once, in `scripts/browsers.mjs`.
// What ECMAScript itself lacks there, TypeScript's `lib` refuses (`viewer/js/tsconfig.json`). Run by `scripts/lint.mjs`.

import compat from "eslint-plugin-compat";
import { FLOOR } from "./scripts/browsers.mjs";
import * as typescript from "./scripts/eslint-typescript.mjs";

const targets = Object.entries(FLOOR).map(([name, version]) => `${name} ${version}`);

export default [
  {
    files: ["viewer/js/**/*.ts", "static/*.js"],
    ignores: ["**/*.test.ts"],
    plugins: { compat },
    languageOptions: { parser: typescript },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: { "compat/compat": ["error", targets.join(", ")] },
    settings: { browsers: targets, targets, lintAllEsApis: true },
  },
];
