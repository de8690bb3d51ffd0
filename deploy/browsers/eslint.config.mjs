// Chrome 90 reads ECMAScript 2021; what is newer, in words or in what scripts call, is refused.
import compat from "eslint-plugin-compat";

export default [
  {
    files: ["**/*.js"],
    ...compat.configs["flat/recommended"],
    languageOptions: { ecmaVersion: 2021, sourceType: "script" },
    settings: { browsers: ["chrome 90"] },
  },
];
