/** Every secret that a file may hold is found there again; what came from a variable stays. */

import { onTestFinished, describe, expect, it } from "vitest";
import {
  jiraVariables,
  load,
  minimal,
  problemsOf,
  type Texts,
} from "../../test/support/configuration.ts";
import { openLiveSecrets, type LiveSecrets } from "./live-secrets.ts";

const names = [
  "PAGERDUTY_WEBHOOK_SECRET",
  "PAGERDUTY_API_TOKEN",
  "NOTION_TOKEN",
  "NOTION_WEBHOOK_TOKEN",
  "JIRA_API_TOKEN",
  "JIRA_WEBHOOK_SECRET",
] as const;
const yaml = "pagerduty: { subscriptions: { PSUB: { secret_file: /s/PSUB } } }";

/** All secrets in files that can be rewritten; opened as they are at first. */
function open(files: Record<string, string>, everyMs = 3_600_000): LiveSecrets {
  const env: Record<string, string> = { ...minimal, ...jiraVariables };
  for (const name of names) {
    env[name] = "";
    env[`${name}_FILE`] = `/s/${name}`;
  }
  const texts: Texts = { ...files, "./debrief.yaml": yaml };
  const config = load({ env, files: texts });
  const secrets = openLiveSecrets(
    { ...config, secretFiles: { ...config.secretFiles, everyMs } },
    {
      log: { info: () => undefined, warn: () => undefined },
      readFile: (path) => Promise.resolve(files[path] ?? ""),
    },
  );
  onTestFinished(() => {
    secrets[Symbol.dispose]();
  });
  return secrets;
}

function filesOf(text: (name: string) => string): Record<string, string> {
  return Object.fromEntries([...names, "PSUB"].map((name) => [`/s/${name}`, text(name)]));
}

function valuesOf(secrets: LiveSecrets): unknown {
  const { pagerduty, notion, jira, pagerdutyToken, notionToken, jiraToken } = secrets;
  return {
    PAGERDUTY_WEBHOOK_SECRET: pagerduty.webhookSecrets,
    PSUB: pagerduty.subscriptionSecrets["PSUB"],
    PAGERDUTY_API_TOKEN: pagerdutyToken.current(),
    NOTION_TOKEN: notionToken.current(),
    NOTION_WEBHOOK_TOKEN: notion.token,
    JIRA_API_TOKEN: jiraToken.current(),
    JIRA_WEBHOOK_SECRET: jira.secrets,
  };
}

function expected(of: (name: string) => string): unknown {
  const lists = ["PAGERDUTY_WEBHOOK_SECRET", "PSUB", "JIRA_WEBHOOK_SECRET"];
  return Object.fromEntries(
    [...names, "PSUB"].map((name) => [name, lists.includes(name) ? [of(name)] : of(name)]),
  );
}

describe("secrets in files", () => {
  it("are replaced, every one, when they are looked at because one was refused", async () => {
    const files = filesOf((name) => `old-${name}`);
    const secrets = open(files);
    expect(valuesOf(secrets)).toEqual(expected((name) => `old-${name}`));
    Object.assign(
      files,
      filesOf((name) => `new-${name}\n`),
    );
    expect(await secrets.areReplaced("pagerduty")).toBe(true);
    expect(await secrets.areReplaced("notion")).toBe(true);
    expect(await secrets.areReplaced("jira")).toBe(true);
    for (const token of [secrets.pagerdutyToken, secrets.notionToken, secrets.jiraToken]) {
      expect(await token.isReplaced(token.current())).toBe(true);
    }
    expect(valuesOf(secrets)).toEqual(expected((name) => `new-${name}`));
  });

  it("are replaced without anybody being refused", async () => {
    const files = filesOf((name) => `old-${name}`);
    const secrets = open(files, 10);
    Object.assign(
      files,
      filesOf((name) => `new-${name}`),
    );
    await expect.poll(() => valuesOf(secrets)).toEqual(expected((name) => `new-${name}`));
  });

  it("of Notion's webhooks may come later than the start, in a file that is empty until then", async () => {
    const files = filesOf((name) => (name === "NOTION_WEBHOOK_TOKEN" ? "\n" : `old-${name}`));
    const secrets = open(files);
    expect(secrets.notion.token).toBeUndefined();
    files["/s/NOTION_WEBHOOK_TOKEN"] = "verification";
    expect(await secrets.areReplaced("notion")).toBe(true);
    expect(secrets.notion.token).toBe("verification");
  });

  it("of anything else may not be empty at the start", () => {
    const env = { NOTION_TOKEN: "", NOTION_TOKEN_FILE: "/s/t" };
    expect(problemsOf({ env, files: { "/s/t": " \n" } })).toEqual([
      "NOTION_TOKEN_FILE names /s/t, which is empty.",
    ]);
  });

  it("that came from variables never change", async () => {
    const secrets = openLiveSecrets(load(), {
      log: { info: () => undefined, warn: () => undefined },
      readFile: () => Promise.reject(new Error("nothing to read")),
    });
    onTestFinished(() => {
      secrets[Symbol.dispose]();
    });
    expect(await secrets.areReplaced("pagerduty")).toBe(false);
    expect(await secrets.notionToken.isReplaced("ntn_token")).toBe(false);
  });
});
