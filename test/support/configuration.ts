/** Loads configurations from texts, as the process would from its environment and files. */

import { loadConfig, type Config } from "../../src/config.ts";
import { TerminalError } from "../../src/domain/errors.ts";

export type Texts = Readonly<Record<string, string>>;

/** What every configuration needs. */
export const minimal: Texts = {
  PAGERDUTY_WEBHOOK_SECRET: "hook/secret+1",
  PAGERDUTY_API_TOKEN: "pd-token",
  NOTION_TOKEN: "ntn_token",
  NOTION_POSTMORTEMS_ID: "11111111-1111-4111-8111-111111111111",
  NOTION_ACTION_ITEMS_ID: "22222222222242228222222222222222",
};
/** All of the JIRA_ variables that go together. */
export const jiraVariables: Texts = {
  JIRA_URL: "https://acme.atlassian.net/",
  JIRA_EMAIL: "bot@acme.example",
  JIRA_API_TOKEN: "jira-token",
  JIRA_PROJECT: "OPS",
  JIRA_ISSUE_TYPE: "Task",
  JIRA_WEBHOOK_SECRET: "one,two",
};

export interface Given {
  readonly env?: Texts;
  readonly without?: readonly string[];
  readonly files?: Texts;
  readonly argv?: readonly string[];
}

/** Gives the configuration: the five settings that are needed, and what is given. */
export function load({ env = {}, without = [], files = {}, argv = [] }: Given = {}): Config {
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
export function problemsOf(given: Given): string[] {
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

/** The problems of a debrief.yaml. */
export function problemsOfYaml(text: string, env: Texts = {}): string[] {
  return problemsOf({ env, files: { "./debrief.yaml": text } });
}

/** The configuration that a debrief.yaml leads to. */
export function loadYaml(text: string, env: Texts = {}): Config {
  return load({ env, files: { "./debrief.yaml": text } });
}
