/** Every problem of a configuration is said at once, by name and with what to do, and no secret is ever said. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig, type Config } from "./config.ts";
import { settingNames, settings } from "./config/settings.ts";
import { TerminalError } from "./domain/errors.ts";

type Texts = Readonly<Record<string, string>>;

const minimal: Texts = {
  PAGERDUTY_WEBHOOK_SECRET: "hook/secret+1",
  PAGERDUTY_API_TOKEN: "pd-token",
  NOTION_TOKEN: "ntn_token",
  NOTION_POSTMORTEMS_ID: "11111111-1111-4111-8111-111111111111",
  NOTION_ACTION_ITEMS_ID: "22222222222242228222222222222222",
};
const jira: Texts = {
  JIRA_URL: "https://acme.atlassian.net/",
  JIRA_EMAIL: "bot@acme.example",
  JIRA_API_TOKEN: "jira-token",
  JIRA_PROJECT: "OPS",
  JIRA_ISSUE_TYPE: "Task",
  JIRA_WEBHOOK_SECRET: "one,two",
};

interface Given {
  readonly env?: Texts;
  readonly without?: readonly string[];
  readonly files?: Texts;
  readonly argv?: readonly string[];
}

function load({ env = {}, without = [], files = {}, argv = [] }: Given = {}): Config {
  const all = Object.entries({ ...minimal, ...env }).filter(([name]) => !without.includes(name));
  return loadConfig(Object.fromEntries(all), readFrom(files), argv);
}

function readFrom(files: Texts): (path: string) => string {
  return (path) => {
    const text = files[path];
    if (text === undefined) {
      throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
    }
    return text;
  };
}

/** The problems, one a line; empty where the configuration is accepted. */
function problemsOf(given: Given): string[] {
  try {
    load(given);
    return [];
  } catch (error) {
    if (!(error instanceof TerminalError) || error.code !== "CONFIG_INVALID") {
      throw error;
    }
    return error.message
      .split("\n")
      .filter((line) => line.startsWith("  - "))
      .map((line) => line.slice(4));
  }
}

function problemsOfYaml(text: string, env: Texts = {}): string[] {
  return problemsOf({ env, files: { "./debrief.yaml": text } });
}

function withSecrets(value: string): Given {
  return { env: { PAGERDUTY_WEBHOOK_SECRET: value } };
}

describe("loadConfig", () => {
  it("needs five values and has a default for everything else", () => {
    expect(load()).toMatchObject({
      role: "all",
      host: "127.0.0.1",
      port: 3000,
      storeUrl: "file:./data",
      ops: {},
      pagerduty: { apiUrl: "https://api.pagerduty.com", subscriptionSecrets: {} },
      notion: {
        apiUrl: "https://api.notion.com",
        postMortemsId: "11111111-1111-4111-8111-111111111111",
        actionItemsId: "22222222-2222-4222-8222-222222222222",
        callsPerMinute: 180,
      },
      jira: undefined,
      priorities: ["P1", "P2"],
      createOn: "triggered",
      scrub: { enabled: true, patterns: [] },
      timing: { notionGraceMs: 90_000, resyncEveryMs: 300_000, lockMs: 15_000 },
    });
  });

  it("answers webhooks within 2.5 s and looks for templates beside its own code by default", () => {
    const { timing, templatesDir } = load();
    expect(timing.storeTimeoutMs).toBeLessThanOrEqual(2_400);
    expect(templatesDir).toBe(new URL("../templates", import.meta.url).pathname);
  });

  it("names every missing value at once", () => {
    const problems = problemsOf({ without: Object.keys(minimal) });
    expect(problems).toHaveLength(5);
    for (const [at, name] of Object.keys(minimal).entries()) {
      expect(problems[at]).toMatch(new RegExp(`^${name} is missing\\. Set ${name}`));
    }
  });

  it("points at a name that is nearly right", () => {
    const problems = problemsOf({ without: ["NOTION_TOKEN"], env: { NOTION_TOKN: "x" } });
    expect(problems).toEqual([
      expect.stringContaining("NOTION_TOKN is set: was NOTION_TOKEN meant?"),
    ]);
  });

  it("takes several webhook secrets, at most four, none empty", () => {
    expect(load(withSecrets("a, b,c")).pagerduty.webhookSecrets).toEqual(["a", "b", "c"]);
    expect(problemsOf(withSecrets("a,b,c,d,e"))).toEqual([expect.stringContaining("at most 4")]);
    expect(problemsOf(withSecrets("a,"))).toEqual([expect.stringContaining("an empty secret")]);
    expect(problemsOf(withSecrets("  "))).toEqual([expect.stringContaining("is set but empty")]);
  });

  it.each([
    ["PORT", "3000x", "whole number from 0 to 65535"],
    ["PORT", "65536", "whole number from 0 to 65535"],
    ["OPS_PORT", "3000", "the same as PORT"],
    ["PAGERDUTY_API_URL", "localhost:8080", "starts with https:// or http://"],
    ["NOTION_API_URL", "/v1", "starts with https:// or http://"],
    ["NOTION_API_URL", "ftp://x", "starts with https:// or http://"],
    ["NOTION_API_URL", "https://user:hunter2@x", "must not hold a user or password"],
    ["NOTION_API_URL", "https://x/?a=1", "without ? and #"],
    ["NOTION_POSTMORTEMS_ID", "https://notion.so/x", "32 hexadecimal digits"],
    ["NOTION_ACTION_ITEMS_ID", "11111111111141118111111111111111", "are the same"],
    ["NOTION_TOKEN", "two words", "a space"],
    ["PAGERDUTY_FROM", "nobody", "e-mail address"],
    ["PRIORITIES", "P1,,P2", "names with commas"],
    ["CREATE_ON", "acknowledged", "one of triggered, resolved"],
    ["RESYNC_EVERY_S", "0", "a number from 0.1"],
    ["STORE_URL", "postgres://u:hunter2@h/d", "PostgreSQL"],
    ["STORE_URL", "file:", "names no directory"],
    ["STORE_URL", "redis://", "not a valid Redis URL"],
    ["STORE_URL", "data", "must start with file:, redis:// or rediss://"],
    ["OPS_TOKEN", "short", "at least 16 characters"],
    ["LOG_LEVEL", "loud", "one of fatal"],
    ["ALLOW_UNSAFE_REDIS", "maybe", "true or false"],
    ["CONCURRENCY", "0", "from 1 to 100"],
    ["REDIS_PREFIX", "a:b", "letters, digits"],
    ["NOTION_CALLS_PER_MINUTE", "-1", "from 1"],
  ])("refuses %s=%s, by name", (name, value, said) => {
    const problems = problemsOf({ env: { [name]: value } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    expect(problems[0]).toContain(said);
    expect(problems[0]).not.toContain("hunter2");
  });

  it("trims slashes, spaces and repeats, and takes a fraction of a second", () => {
    const env = {
      NOTION_API_URL: "http://127.0.0.1:4001///",
      PRIORITIES: " P1 , SEV0,P1",
      RESYNC_EVERY_S: "0.5",
    };
    const config = load({ env });
    expect(config.notion.apiUrl).toBe("http://127.0.0.1:4001");
    expect(config.priorities).toEqual(["P1", "SEV0"]);
    expect(config.timing.resyncEveryMs).toBe(500);
  });

  it("never says a value of a secret, whatever is wrong with it", () => {
    const secrets = settingNames.filter((name) => "secret" in settings[name]);
    const value = fc.stringMatching(/^[\x20-\x7e]{12,80}$/).map((text) => `hunter2${text}`);
    fc.assert(
      fc.property(fc.constantFrom(...secrets), value, (name, secret) => {
        const said = problemsOf({ env: { [name]: secret } }).join("\n");
        expect(said).not.toContain("hunter2");
      }),
    );
  });
});

describe("a secret's file", () => {
  it.each(settingNames.filter((name) => "secret" in settings[name] && name !== "STORE_URL"))(
    "can hold %s, with spaces around it",
    (name) => {
      const env = name.startsWith("JIRA_") ? jira : {};
      const files = { "/run/secret": "\n a-secret-of-24-characters \n" };
      const given = { env: { ...env, [`${name}_FILE`]: "/run/secret" }, without: [name], files };
      expect(JSON.stringify(load(given))).toContain('"a-secret-of-24-characters"');
    },
  );

  it("and the variable itself exclude each other", () => {
    const env = { NOTION_TOKEN_FILE: "/run/secret" };
    expect(problemsOf({ env, files: { "/run/secret": "x" } })).toEqual([
      "NOTION_TOKEN and NOTION_TOKEN_FILE are both set. Remove one of them.",
    ]);
  });

  it.each([
    ["is missing", {}, "can't be read (ENOENT)"],
    ["is empty", { "/run/secret": " \n" }, "is empty"],
  ])("that %s is said with its path", (_, files, said) => {
    const given = { env: { NOTION_TOKEN_FILE: "/run/secret" }, without: ["NOTION_TOKEN"], files };
    expect(problemsOf(given)).toEqual([
      expect.stringMatching(/^NOTION_TOKEN_FILE names \/run\/secret/),
    ]);
    expect(problemsOf(given)[0]).toContain(said);
  });
});

describe("the JIRA_ variables", () => {
  it("are taken all together", () => {
    expect(load({ env: jira }).jira).toEqual({
      url: "https://acme.atlassian.net",
      email: "bot@acme.example",
      apiToken: "jira-token",
      webhookSecrets: ["one", "two"],
      callsPerMinute: 600,
    });
  });

  it.each(Object.keys(jira))("are refused when only %s is missing", (name) => {
    const problems = problemsOf({ env: jira, without: [name] });
    expect(problems).toEqual([expect.stringContaining(`${name}: missing, while other JIRA_`)]);
  });

  it.each(Object.entries(jira))("are refused when only %s is there", (name, value) => {
    const [problem = "", ...more] = problemsOf({ env: { [name]: value } });
    expect(more).toEqual([]);
    for (const other of Object.keys(jira).filter((one) => one !== name)) {
      expect(problem).toContain(other);
    }
  });
});

describe("--role", () => {
  const env = { STORE_URL: "redis://127.0.0.1:6379" };

  it.each([[["--role=worker"]], [["--role", "worker"]]])("is read from %s", (argv) => {
    expect(load({ env, argv }).role).toBe("worker");
  });

  it.each(["receiver", "worker"])("%s is refused with an embedded store", (role) => {
    const argv = [`--role=${role}`];
    expect(problemsOf({ argv })).toEqual([expect.stringMatching(/^STORE_URL .*only one process/)]);
    expect(problemsOf({ argv, env: { STORE_URL: "file:/data" } })).toHaveLength(1);
    expect(problemsOf({ argv, env })).toEqual([]);
  });

  it("must be a known one, and other arguments are refused", () => {
    expect(problemsOf({ env, argv: ["--role=boss", "--loud"] })).toEqual([
      expect.stringContaining("must be one of all, receiver, worker"),
      expect.stringContaining('"--loud" is not known'),
    ]);
  });
});

describe("debrief.yaml", () => {
  it("may be absent or empty, but must be there when it is named", () => {
    expect(problemsOfYaml("")).toEqual([]);
    expect(problemsOfYaml("timing:\nusers:\n")).toEqual([]);
    expect(problemsOf({ env: { DEBRIEF_CONFIG: "/etc/x.yaml" } })).toEqual([
      expect.stringContaining("/etc/x.yaml can't be read (ENOENT)"),
    ]);
  });

  it("sets times in seconds; RESYNC_EVERY_S wins over it", () => {
    const files = {
      "./debrief.yaml":
        "timing:\n  notion_grace_s: 1.5\n  resync_every_s: 7\n  refresh_after_s: [0.2, 1]\n",
    };
    expect(load({ files }).timing).toMatchObject({
      notionGraceMs: 1_500,
      resyncEveryMs: 7_000,
      refreshAfterMs: [200, 1_000],
      jiraGraceMs: 300_000,
    });
    expect(load({ files, env: { RESYNC_EVERY_S: "9" } }).timing.resyncEveryMs).toBe(9_000);
  });

  it("gives subscriptions secrets of their own, from variables and from files", () => {
    const files = {
      "./debrief.yaml":
        "pagerduty:\n  subscriptions:\n    PXSUIZH: {secret_env: PAYMENTS_SECRET}\n    PABCDEF: {secret_file: /run/other}\n",
      "/run/other": " old,new \n",
    };
    const { pagerduty } = load({ files, env: { PAYMENTS_SECRET: "pay" } });
    expect(pagerduty.subscriptionSecrets).toEqual({ PXSUIZH: ["pay"], PABCDEF: ["old", "new"] });
  });

  it("maps people by e-mail, whatever the case, and sets the scrubber", () => {
    const files = {
      "./debrief.yaml":
        "users:\n  Ann@Acme.example: ann@notion.example\nscrub:\n  enabled: false\n  patterns: ['acme-[0-9]+']\n",
    };
    expect(load({ files })).toMatchObject({
      users: { "ann@acme.example": "ann@notion.example" },
      scrub: { enabled: false, patterns: ["acme-[0-9]+"] },
    });
  });

  it.each([
    ["an unknown block", "a: 1\n", 'line 1: the key "a" is not known; known are timing, '],
    [
      "a typo",
      "\ntiming:\n  lese_s: 5\n",
      'line 3: the key "lese_s" is not known in timing; did you mean lease_s',
    ],
    [
      "routes, which are not there yet",
      "routes: []\n",
      "known are timing, pagerduty, users, scrub",
    ],
    ["a negative time", "timing:\n  lease_s: -1\n", "line 2: timing.lease_s"],
    ["a time that is text", "timing:\n  lease_s: 5s\n", "line 2: timing.lease_s"],
    [
      "a store timeout beyond PagerDuty's",
      "timing: {store_timeout_s: 10}\n",
      "timing.store_timeout_s",
    ],
    ["a list at the top", "- a\n", "line 1: the file"],
    ["text that is no YAML", "timing: [\n", "is not valid YAML"],
    ["a key that stands twice", "users: {}\nusers: {}\n", "line 2: is not valid YAML"],
    [
      "a subscription without a secret",
      "pagerduty:\n  subscriptions:\n    PX: {}\n",
      "line 3: pagerduty.subscriptions.PX: needs either secret_env",
    ],
    [
      "a subscription whose variable is unset",
      "pagerduty:\n  subscriptions:\n    PX: {secret_env: NOPE}\n",
      "line 3: pagerduty.subscriptions.PX names the variable NOPE",
    ],
    ["a person without an address", "users:\n  ann: ann@notion.example\n", "line 2: users.ann"],
    ["a pattern that is none", "scrub:\n  patterns: ['(']\n", "line 2: scrub.patterns.0"],
    [
      "aliases that explode",
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${"*a,".repeat(20)}]\nc: &c [${"*b,".repeat(20)}]\nd: [${"*c,".repeat(20)}]\n`,
      "too many aliases",
    ],
  ])("with %s is refused, with the line", (_, text, said) => {
    const problems = problemsOfYaml(text);
    expect(problems.join("\n")).toContain(said);
    expect(problems[0]).toMatch(/^\.\/debrief\.yaml, line \d+: /);
  });

  it("is reported together with what is wrong in the environment", () => {
    expect(problemsOfYaml("a: 1\nb: 2\n", { PORT: "x" })).toHaveLength(3);
  });

  it("lets nothing through to the prototypes of objects", () => {
    expect(problemsOfYaml("__proto__: {admin: true}\n")).toHaveLength(1);
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });

  it("never breaks the start in another way than by saying what is wrong", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(Array.isArray(problemsOfYaml(text))).toBe(true);
      }),
    );
  });
});
