/** Every problem of a configuration is said at once, by name and with what to do, and no secret is ever said. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  jiraVariables,
  load,
  minimal,
  problemsOf,
  type Given,
} from "../test/support/configuration.ts";
import { settingNames, settings } from "./config/settings.ts";

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
    ["JIRA_CALLS_PER_MINUTE", "0", "from 1 to 6000"],
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
      const env = name.startsWith("JIRA_") ? jiraVariables : {};
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
    expect(load({ env: jiraVariables }).jira).toEqual({
      url: "https://acme.atlassian.net",
      email: "bot@acme.example",
      apiToken: "jira-token",
      webhookSecrets: ["one", "two"],
      callsPerMinute: 600,
    });
  });

  it.each(Object.keys(jiraVariables))("are refused when only %s is missing", (name) => {
    const problems = problemsOf({ env: jiraVariables, without: [name] });
    expect(problems).toEqual([expect.stringContaining(`${name}: missing, while other JIRA_`)]);
  });

  it.each(Object.entries(jiraVariables))("are refused when only %s is there", (name, value) => {
    const [problem = "", ...more] = problemsOf({ env: { [name]: value } });
    expect(more).toEqual([]);
    for (const other of Object.keys(jiraVariables).filter((one) => one !== name)) {
      expect(problem).toContain(other);
    }
  });
});

describe("JIRA_URL", () => {
  it.each([
    ["https://acme.atlassian.net/", "https://acme.atlassian.net"],
    ["https://api.atlassian.com/ex/jira/1f2e3d4c-aaaa-bbbb", undefined],
    ["http://127.0.0.1:4002", undefined],
    ["https://jira.proxy.example/acme", undefined],
  ])("takes the base %s", (url, given) => {
    expect(load({ env: { ...jiraVariables, JIRA_URL: url } }).jira?.url).toBe(given ?? url);
  });

  it.each([
    ["localhost:8080", "starts with https:// or http://"],
    ["acme.atlassian.net", "starts with https:// or http://"],
    ["http://acme.atlassian.net", "must start with https://"],
    ["https://acme.atlassian.net/jira/software", "must be the base URL alone"],
    ["https://proxy.example/rest/api/3", "must be the base URL alone"],
    ["https://api.atlassian.com", "https://api.atlassian.com/ex/jira/ and the site's cloud id"],
    ["https://api.atlassian.com/ex/jira/", "/_edge/tenant_info"],
  ])("refuses %s", (url, said) => {
    const problems = problemsOf({ env: { ...jiraVariables, JIRA_URL: url } });
    expect(problems).toEqual([expect.stringContaining(said)]);
    expect(problems[0]).toMatch(/^JIRA_URL /);
  });
});

describe("JIRA_PROJECT", () => {
  it.each(["ops", "OPS-1", "O", "1OPS", "My project"])("refuses %s", (key) => {
    expect(problemsOf({ env: { ...jiraVariables, JIRA_PROJECT: key } })).toEqual([
      expect.stringMatching(/^JIRA_PROJECT must be a project's key/),
    ]);
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
