// What Chrome 90 cannot read is refused; nothing here is about taste.
export default {
  plugins: ["stylelint-no-unsupported-browser-features"],
  rules: {
    "plugin/no-unsupported-browser-features": [true, { severity: "error", ignorePartialSupport: true }],
    "selector-pseudo-class-disallowed-list": ["has"],
    "at-rule-disallowed-list": ["container", "layer"],
    "max-nesting-depth": [0, { ignoreAtRules: ["media", "supports"] }],
  },
};
