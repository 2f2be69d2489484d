import { defineConfig, type OxlintOverride } from "oxlint";

/** The architecture in one table: each folder of src/, and what it may import besides itself. */
const mayImport: Record<string, readonly string[]> = {
  domain: [],
  clients: ["domain"],
  "clients/pagerduty": ["domain", "clients"],
  "clients/notion": ["domain", "clients"],
  "clients/jira": ["domain", "clients"],
  store: ["domain"],
  queue: ["domain", "types of store"],
  receiver: ["domain"],
  templates: ["domain"],
  reconcilers: ["domain", "types of clients", "types of store"],
};

/** Each SDK has one home. Elsewhere only its types may be imported. */
const homesOf: Record<string, readonly string[]> = {
  "@notionhq/client": ["clients/notion"],
  "jira.js": ["clients/jira"],
  undici: ["clients", "clients/pagerduty"],
  bullmq: ["queue"],
  ioredis: ["store", "queue"],
  "@electric-sql/pglite": ["store"],
  liquidjs: ["templates"],
  "mdast-util-from-markdown": ["templates"],
  "prom-client": ["receiver"],
  fastify: ["receiver"],
  pino: ["log.ts"],
};

const folders = Object.keys(mayImport);

function boundaryOf(folder: string): OxlintOverride {
  const allowed = mayImport[folder] ?? [];
  const others = folders.filter((other) => other !== folder && !allowed.includes(other));
  const patterns = others.map((other) => ({
    group: [`**/${other.split("/").at(-1)}/**`],
    allowTypeImports: allowed.includes(`types of ${other.split("/")[0]}`),
    message: `src/${folder} imports only ${["itself", ...allowed].join(", ")} (docs/architecture.md).`,
  }));
  const outside = {
    group: ["**/main.ts", "**/config.ts", "**/log.ts", "**/sandbox/**", "**/test/**"],
    message: "Only main.ts wires, and the sandbox is reached over HTTP (docs/architecture.md).",
  };
  const paths = Object.entries(homesOf)
    .filter(([, homes]) => !homes.includes(folder))
    .map(([name, homes]) => ({
      name,
      allowTypeImports: true,
      message: `${name} lives in ${homes.join(" and ")}.`,
    }));
  return {
    files: [`src/${folder}/**`],
    excludeFiles: ["**/*.test.ts"],
    rules: { "no-restricted-imports": ["error", { paths, patterns: [...patterns, outside] }] },
  };
}

/** The domain decides. It does no I/O, reads no clock and rolls no dice. */
const pureDomain: OxlintOverride = {
  files: ["src/domain/**"],
  excludeFiles: ["**/*.test.ts"],
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: [{ group: ["*", "!./*"], message: "src/domain imports only itself." }] },
    ],
    "no-restricted-globals": ["error", "process", "fetch", "console", "setTimeout", "setInterval"],
    "no-restricted-properties": [
      "error",
      { object: "Date", property: "now", message: "Take `now` as an argument." },
      { object: "Math", property: "random", message: "Take a seed as an argument." },
    ],
  },
};

const sandboxIsForeign: OxlintOverride = {
  files: ["sandbox/**"],
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: [{ group: ["**/src/**"], message: "The sandbox knows the vendors, not us." }] },
    ],
  },
};

export default defineConfig({
  plugins: ["typescript", "import", "node", "promise", "unicorn", "vitest"],
  options: { typeAware: true },
  categories: { correctness: "error", suspicious: "error" },
  rules: {
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "import/extensions": ["error", "always", { ignorePackages: true }],
    "typescript/consistent-type-imports": "error",
    "typescript/explicit-function-return-type": ["error", { allowExpressions: true }],
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/only-throw-error": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/strict-boolean-expressions": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "unicorn/prefer-node-protocol": "error",
    "node/no-process-env": "error",
    "no-console": "error",
    // tsc knows which switches are complete (noImplicitReturns).
    "typescript/consistent-return": "off",
    // fast-check is used as `fc` everywhere.
    "import/no-named-as-default-member": "off",
    "func-style": ["error", "declaration"],
    curly: "error",
    "max-lines": ["error", { max: 400 }],
    "max-lines-per-function": ["error", { max: 70 }],
    "max-params": ["error", { max: 4 }],
    "vitest/no-restricted-vi-methods": ["error", { mock: "Use the sandbox." }],
  },
  overrides: [
    ...folders.filter((folder) => folder !== "domain").map(boundaryOf),
    pureDomain,
    sandboxIsForeign,
    // Brands are minted here and nowhere else.
    { files: ["src/domain/keys.ts"], rules: { "typescript/no-unsafe-type-assertion": "off" } },
    { files: ["*.config.ts"], rules: { "import/no-default-export": "off" } },
    {
      files: [
        "src/main.ts",
        "src/commands/*.ts",
        "sandbox/main.ts",
        "sandbox/demo/service.ts",
        "test/support/*.ts",
        "bench/*.ts",
      ],
      rules: { "node/no-process-env": "off" },
    },
    {
      files: ["**/*.test.ts", "test/**"],
      rules: { "max-lines-per-function": "off", "typescript/no-unsafe-type-assertion": "off" },
    },
  ],
});
