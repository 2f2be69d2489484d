/** The table of settings: every environment variable, its default and its meaning. Parsing and documents follow it. */

import { invariant } from "../domain/errors.ts";
import {
  numberFrom,
  oneOf,
  parseDataSourceId,
  parseEmail,
  parseHttpUrl,
  parseNames,
  parseJiraUrl,
  parsePrefix,
  parseProjectKey,
  parseSecrets,
  parseStoreUrl,
  parseText,
  parseToken,
  parseYesNo,
  secretOfAtLeast,
  type Setting,
} from "./setting.ts";

/** Keeps each entry's own type while the whole is checked to be a table of settings. */
function table<Entries extends Readonly<Record<string, Setting<unknown>>>>(
  entries: Entries,
): Entries {
  return entries;
}

const parsePort = numberFrom(0, 65_535);
const parseCallsPerMinute = numberFrom(1, 6000);
const opsTokenCharactersMin = 16;

export const settings = table({
  PAGERDUTY_WEBHOOK_SECRET: {
    meaning:
      "The secret that PagerDuty shows once when the webhook subscription is made. Up to 4, comma-separated, while one is being replaced.",
    required: true,
    secret: true,
    parse: parseSecrets,
  },
  PAGERDUTY_API_TOKEN: {
    meaning: "A REST API key. A read-only one is enough unless PAGERDUTY_FROM is set.",
    required: true,
    secret: true,
    parse: parseToken,
  },
  PAGERDUTY_API_URL: {
    meaning: "Where PagerDuty's REST API is. Accounts in the EU: https://api.eu.pagerduty.com.",
    default: "https://api.pagerduty.com",
    parse: parseHttpUrl,
  },
  PAGERDUTY_FROM: {
    meaning:
      "The e-mail address of the PagerDuty user in whose name the page's link is posted as a note on the incident. Unset: no note is posted.",
    example: "debrief@example.com",
    parse: parseEmail,
  },
  NOTION_TOKEN: {
    meaning: "The secret of the Notion connection.",
    required: true,
    secret: true,
    parse: parseToken,
  },
  NOTION_API_URL: {
    meaning: "Where Notion's API is.",
    default: "https://api.notion.com",
    parse: parseHttpUrl,
  },
  NOTION_POSTMORTEMS_ID: {
    meaning: "The id of the data source Post-mortems.",
    required: true,
    example: "11111111-1111-4111-8111-111111111111",
    parse: parseDataSourceId,
  },
  NOTION_ACTION_ITEMS_ID: {
    meaning: "The id of the data source Action items.",
    required: true,
    example: "22222222-2222-4222-8222-222222222222",
    parse: parseDataSourceId,
  },
  NOTION_WEBHOOK_TOKEN: {
    meaning:
      "The verification token of Notion's webhook subscription; empty until its handshake, which shows it once.",
    secret: true,
    emptyIsUnset: true,
    parse: parseToken,
  },
  JIRA_URL: {
    meaning:
      "The base URL of the Jira site or, for scoped tokens, of its gateway (https://api.atlassian.com/ex/jira/ and the cloud id). The Jira half needs this and the five JIRA_ variables below; with none of the six it is off.",
    example: "https://example.atlassian.net",
    parse: parseJiraUrl,
  },
  JIRA_EMAIL: {
    meaning: "The e-mail address of the Jira account that makes and edits the issues.",
    example: "debrief@example.com",
    parse: parseEmail,
  },
  JIRA_API_TOKEN: { meaning: "The API token of that account.", secret: true, parse: parseToken },
  JIRA_PROJECT: {
    meaning: "The key of the project that issues are made in, where a route names no other.",
    example: "OPS",
    parse: parseProjectKey,
  },
  JIRA_ISSUE_TYPE: {
    meaning: "The type of those issues, by name or id, where a route names no other.",
    example: "Task",
    parse: parseText,
  },
  JIRA_WEBHOOK_SECRET: {
    meaning: "The secret of Jira's webhook; several, comma-separated, while one is being replaced.",
    secret: true,
    parse: parseSecrets,
  },
  PRIORITIES: {
    meaning: "The names of the PagerDuty priorities that get a post-mortem, comma-separated.",
    default: "P1,P2",
    parse: parseNames,
  },
  CREATE_ON: {
    meaning:
      "`triggered`: the page is made as soon as the incident has an eligible priority. `resolved`: only once it is resolved.",
    default: "triggered",
    parse: oneOf(["triggered", "resolved"]),
  },
  RESYNC_EVERY_S: {
    meaning:
      "Seconds between two looks at the vendors for what webhooks did not tell. Wins over resync_every_s in debrief.yaml.",
    default: "300",
    parse: numberFrom(0.1, 86_400, true),
  },
  STORE_URL: {
    meaning:
      "Where the queue and the links live: `file:<directory>` (embedded, one process) or `redis://…`, `rediss://…`.",
    default: "file:./data",
    secret: true,
    emptyIsUnset: true,
    parse: parseStoreUrl,
  },
  REDIS_PREFIX: {
    meaning: "The prefix of every Redis key, for several installations on one Redis.",
    default: "debrief",
    parse: parsePrefix,
  },
  PAGERDUTY_REENABLE: {
    meaning:
      "`true`: a webhook subscription that PagerDuty disabled after refused webhooks is enabled again. Needs a token that may write subscriptions.",
    default: "false",
    parse: parseYesNo,
  },
  ALLOW_UNSAFE_REDIS: {
    meaning:
      "`true`: start although Redis may lose what it acknowledged (no append-only file, or an eviction policy other than noeviction).",
    default: "false",
    parse: parseYesNo,
  },
  HOST: {
    meaning: "The address to listen on. The container image sets 0.0.0.0.",
    default: "127.0.0.1",
    parse: parseText,
  },
  PORT: {
    meaning: "The port to listen on; 0 takes any free one.",
    default: "3000",
    parse: parsePort,
  },
  OPS_PORT: {
    meaning:
      "A second port for /metrics, the details of /readyz and /api/v1. Set, the first port no longer has them.",
    example: "3001",
    parse: parsePort,
  },
  OPS_TOKEN: {
    meaning: `The operator's bearer token for /metrics, the details of /readyz and /api/v1, at least ${opsTokenCharactersMin} characters. Unset: they answer only callers on the loopback interface.`,
    secret: true,
    parse: secretOfAtLeast(opsTokenCharactersMin),
  },
  LOG_LEVEL: {
    meaning: "The least severe log lines that are written.",
    default: "info",
    parse: oneOf(["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
  },
  CONCURRENCY: {
    meaning: "How many incidents and action items one worker process works on at a time.",
    default: "10",
    parse: numberFrom(1, 100),
  },
  NOTION_CALLS_PER_MINUTE: {
    meaning: "The most calls to Notion in any 60 seconds, over all processes on one store.",
    default: "180",
    parse: parseCallsPerMinute,
  },
  PAGERDUTY_CALLS_PER_MINUTE: {
    meaning: "The most calls to PagerDuty in any 60 seconds, over all processes on one store.",
    default: "960",
    parse: parseCallsPerMinute,
  },
  JIRA_CALLS_PER_MINUTE: {
    meaning: "The most calls to Jira in any 60 seconds, over all processes on one store.",
    default: "600",
    parse: parseCallsPerMinute,
  },
  TEMPLATES_DIR: {
    meaning: "The directory of the page templates. Unset: the templates that come with Debrief.",
    example: "./my-templates",
    parse: parseText,
  },
  DEBRIEF_CONFIG: {
    meaning:
      "The path of the configuration file. Unset: ./debrief.yaml where there is one; set: it must be there.",
    example: "/etc/debrief/debrief.yaml",
    parse: parseText,
  },
});

export type SettingName = keyof typeof settings;

type ParsedBy<Entry extends Setting<unknown>> =
  ReturnType<Entry["parse"]> extends infer Result
    ? Extract<Result, { readonly value: unknown }>["value"]
    : never;

/** What each setting's parser gives, by name. */
type Values = { readonly [Name in SettingName]: ParsedBy<(typeof settings)[Name]> };
const typedSettings: { readonly [Name in SettingName]: Setting<Values[Name]> } = settings;

/** The texts that were given, by name; what is unset is absent. */
export type RawSettings = Readonly<Partial<Record<SettingName, string>>>;

/** Gives a setting's value from its text, or from its default; undefined when it has neither. */
export function findValue<Name extends SettingName>(
  name: Name,
  texts: RawSettings,
): Values[Name] | undefined {
  const setting: Setting<Values[Name]> = typedSettings[name];
  const given = texts[name] ?? setting.default;
  if (given === undefined) {
    return undefined;
  }
  const parsed = setting.parse(given);
  invariant("value" in parsed, `${name} was checked before`);
  return parsed.value;
}

/** The same for a setting that is required or has a default. */
export function getValue<Name extends SettingName>(
  name: Name,
  texts: RawSettings,
): NonNullable<Values[Name]> {
  const value = findValue(name, texts);
  invariant(value !== undefined && value !== null, `${name} has a value`);
  return value;
}

/** The names, in the order of the table. */
export const settingNames = Object.keys(settings).filter((name): name is SettingName =>
  Object.hasOwn(settings, name),
);

/** The part of the table that tells how to read a variable, without its parser's own type. */
export function settingOf(name: SettingName): Setting<unknown> {
  return settings[name];
}
