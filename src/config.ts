/** Environment and debrief.yaml become one Config. Reports every problem at once; reads nothing later. */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { emptyFile, parseDebriefFile, type FileSettings } from "./config/debrief-file.ts";
import {
  readSettings,
  reasonOf,
  secretPathsOf,
  type Environment,
  type ReadFile,
  type Sources,
} from "./config/environment.ts";
import {
  findValue,
  getValue,
  settings,
  type RawSettings,
  type SettingName,
} from "./config/settings.ts";
import type { RouteContext } from "./config/route-checks.ts";
import { routesOf, type RouteSurroundings } from "./config/routes.ts";
import type { SecretFiles } from "./config/live-secrets.ts";
import { refreshAfter, timings, type TimingName } from "./config/timing.ts";
import { TerminalError } from "./domain/errors.ts";
import { parseUuid } from "./domain/keys.ts";
import type { Route } from "./domain/route.ts";

/** All times that tests shorten together. Milliseconds. */
export interface Timing {
  /** How long a create of unknown outcome may still appear at Notion: client timeout + late commit + search lag. */
  readonly notionGraceMs: number;
  readonly jiraGraceMs: number;
  readonly pagerdutyGraceMs: number;
  /** The right to write for a key; renewed at a third of it. */
  readonly leaseMs: number;
  readonly requestTimeoutMs: number;
  /** No webhook waits longer for the store. */
  readonly storeTimeoutMs: number;
  /** First and longest pause of a vendor's gate where the vendor named none. */
  readonly gateFirstMs: number;
  readonly gateMaxMs: number;
  /** Pause after a refused token: at most one probe in this time. */
  readonly unauthorizedPauseMs: number;
  readonly resyncEveryMs: number;
  /** How far back the first resync, or one after downtime, looks at least. */
  readonly resyncLookbackMs: number;
  readonly resyncOverlapMs: number;
  /** Log entries may trail their webhook: an incident is looked at again this long after its last change. */
  readonly refreshAfterMs: readonly number[];
  /** BullMQ: a job whose worker died is picked up after lockMs + stalledEveryMs at most. */
  readonly lockMs: number;
  readonly stalledEveryMs: number;
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  readonly drainMs: number;
  /** A page that has not been looked at for this long is read again even if nothing seems to have changed. */
  readonly recheckMs: number;
  /** How long a page has to stay unreadable before it counts as deleted. */
  readonly missingConfirmMs: number;
  /** How long a to-do's text has to stand before it becomes a row. */
  readonly toDoRestMs: number;
  /** How long a count of action items waits for further changes. */
  readonly rollUpMs: number;
  /** How often every open action item is listed on both sides. */
  readonly itemSweepMs: number;
  /** An open action item that was not looked at for this long is read again on both sides. */
  readonly itemRecheckMs: number;
}

export type Role = "all" | "receiver" | "worker";

export interface JiraConfig {
  readonly url: string;
  readonly email: string;
  readonly apiToken: string;
  readonly webhookSecrets: readonly string[];
  readonly callsPerMinute: number;
}

export interface Config {
  readonly role: Role;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly storeUrl: string;
  /** Prefix of every Redis key. */
  readonly redisPrefix: string;
  /** Start although Redis is not durable (AOF off, eviction on). */
  readonly allowUnsafeRedis: boolean;
  readonly concurrency: number;
  readonly ops: { readonly token?: string; readonly port?: number };
  readonly pagerduty: {
    /** Secrets that are valid for any subscription. */
    readonly webhookSecrets: readonly string[];
    /** By subscription id, from debrief.yaml; where present only these count for that subscription. */
    readonly subscriptionSecrets: Readonly<Record<string, readonly string[]>>;
    readonly apiToken: string;
    readonly apiUrl: string;
    readonly from?: string;
    /** A disabled webhook subscription is enabled again. */
    readonly reenable: boolean;
    readonly callsPerMinute: number;
  };
  readonly notion: {
    readonly token: string;
    readonly apiUrl: string;
    readonly postMortemsId: string;
    readonly actionItemsId: string;
    /** Unset until the handshake of Notion's webhook subscription. */
    readonly webhookToken?: string;
    readonly callsPerMinute: number;
  };
  /** Undefined when all JIRA_ variables are unset: the Jira half is off. */
  readonly jira: JiraConfig | undefined;
  /** Where secrets came from that may be replaced while the process runs. */
  readonly secretFiles: SecretFiles;
  readonly priorities: readonly string[];
  readonly createOn: "triggered" | "resolved";
  readonly templatesDir: string;
  readonly scrub: { readonly enabled: boolean; readonly patterns: readonly string[] };
  /** The first that matches an incident's service and teams applies; the last one has no conditions. */
  readonly routes: readonly Route[];
  /** From a person's e-mail address at PagerDuty to the one at Notion, both in lower case. */
  readonly users: Readonly<Record<string, string>>;
  /** From a person's e-mail address at Notion to the one at Jira, or to a Jira account id. */
  readonly jiraUsers: Readonly<Record<string, string>>;
  readonly timing: Timing;
}

const templatesOfDebrief = fileURLToPath(new URL("../templates", import.meta.url));
const debriefFileDefault = "./debrief.yaml";

/**
 * Takes the environment, a way to read a file's text (throwing as node:fs does) and the command line's
 * arguments; gives the configuration, frozen in time. Throws one TerminalError CONFIG_INVALID that
 * lists every problem, each with the variable's name and what to do, and never a secret's value.
 */
export function loadConfig(
  env: Environment,
  readFile: ReadFile,
  argv: readonly string[] = [],
): Config {
  const sources: Sources = { env, readFile, problems: [] };
  const role = readRole(argv, sources);
  const raw = readSettings(sources);
  const file = readDebriefFile(raw, sources);
  checkTogether(raw, role, sources);
  if (sources.problems.length > 0) {
    throw new TerminalError("CONFIG_INVALID", describeProblems(sources.problems));
  }
  const secretFiles = {
    settings: secretPathsOf(env),
    subscriptions: file.subscriptionFiles,
    everyMs: msOf("secret_files_every_s", file),
  };
  return { ...buildConfig(raw, file, role), secretFiles };
}

function describeProblems(problems: readonly string[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [
    `The configuration has ${count}:`,
    ...problems.map((problem) => `  - ${problem}`),
    "Every setting is explained in docs/configuration.md.",
  ].join("\n");
}

const roles: readonly Role[] = ["all", "receiver", "worker"];

/** `--role=worker` or `--role worker`; without it, all. */
function readRole(argv: readonly string[], { problems }: Sources): Role {
  const words = argv.flatMap((word) =>
    word.startsWith("--role=") ? ["--role", word.slice("--role=".length)] : [word],
  );
  let role: Role = "all";
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word !== "--role") {
      problems.push(`The argument ${JSON.stringify(word)} is not known. Known is --role.`);
      continue;
    }
    at += 1;
    const given = roles.find((known) => known === words[at]);
    if (given === undefined) {
      problems.push(`--role must be one of ${roles.join(", ")}, such as --role=receiver.`);
    }
    role = given ?? role;
  }
  return role;
}

function readDebriefFile(raw: RawSettings, sources: Sources): FileSettings {
  const path = raw.DEBRIEF_CONFIG ?? debriefFileDefault;
  let text: string;
  try {
    text = sources.readFile(path);
  } catch (error) {
    const reason = reasonOf(error);
    if (raw.DEBRIEF_CONFIG !== undefined || reason !== "ENOENT") {
      sources.problems.push(
        `DEBRIEF_CONFIG: ${path} can't be read (${reason}). Correct the path, or remove the variable.`,
      );
    }
    return emptyFile;
  }
  return parseDebriefFile(text, path, sources, routeContextOf(raw));
}

/** What is not valid is left out: it was reported already. */
function routeContextOf(raw: RawSettings): RouteContext {
  const [postMortems, actionItems] = dataSourceIdsOf(raw);
  return {
    jiraIsOff: jiraNames.every((name) => raw[name] === undefined),
    notion: {
      ...(postMortems === undefined ? {} : { postMortems }),
      ...(actionItems === undefined ? {} : { actionItems }),
    },
  };
}

function dataSourceIdsOf(raw: RawSettings): readonly (string | undefined)[] {
  return [raw.NOTION_POSTMORTEMS_ID, raw.NOTION_ACTION_ITEMS_ID].map((id) =>
    id === undefined ? undefined : parseUuid(id),
  );
}

const jiraNames = [
  "JIRA_URL",
  "JIRA_EMAIL",
  "JIRA_API_TOKEN",
  "JIRA_PROJECT",
  "JIRA_ISSUE_TYPE",
  "JIRA_WEBHOOK_SECRET",
] as const satisfies readonly SettingName[];

/** What no single setting can know. */
function checkTogether(raw: RawSettings, role: Role, { problems }: Sources): void {
  const missing = jiraNames.filter((name) => raw[name] === undefined);
  if (missing.length > 0 && missing.length < jiraNames.length) {
    problems.push(
      `${missing.join(", ")}: missing, while other JIRA_ variables are set. Set all of them, or none to leave Jira out.`,
    );
  }
  if (role !== "all" && (raw.STORE_URL ?? settings.STORE_URL.default).startsWith("file:")) {
    problems.push(
      `STORE_URL names an embedded store (file:), which only one process can use, but --role=${role} is one of several. Set STORE_URL to redis://…, or leave --role out.`,
    );
  }
  if (raw.OPS_PORT !== undefined && raw.OPS_PORT !== "0") {
    if (Number(raw.OPS_PORT) === Number(raw.PORT ?? settings.PORT.default)) {
      problems.push("OPS_PORT is the same as PORT. Choose another, or remove OPS_PORT.");
    }
  }
  const [postMortems, actionItems] = dataSourceIdsOf(raw);
  if (postMortems !== undefined && postMortems === actionItems) {
    problems.push(
      "NOTION_POSTMORTEMS_ID and NOTION_ACTION_ITEMS_ID are the same. They are the ids of two data sources.",
    );
  }
}

/** Everything was checked before: what is required is there, and every text parses. */
function buildConfig(
  raw: RawSettings,
  file: FileSettings,
  role: Role,
): Omit<Config, "secretFiles"> {
  const templates = findValue("TEMPLATES_DIR", raw);
  return {
    role,
    host: getValue("HOST", raw),
    port: getValue("PORT", raw),
    logLevel: getValue("LOG_LEVEL", raw),
    storeUrl: getValue("STORE_URL", raw),
    redisPrefix: getValue("REDIS_PREFIX", raw),
    allowUnsafeRedis: getValue("ALLOW_UNSAFE_REDIS", raw),
    concurrency: getValue("CONCURRENCY", raw),
    ops: opsOf(raw),
    pagerduty: { ...pagerDutyOf(raw), subscriptionSecrets: file.subscriptionSecrets },
    notion: notionOf(raw),
    jira: raw.JIRA_URL === undefined ? undefined : jiraOf(raw),
    priorities: getValue("PRIORITIES", raw),
    createOn: getValue("CREATE_ON", raw),
    templatesDir: templates === undefined ? templatesOfDebrief : resolve(templates),
    scrub: file.scrub,
    routes: routesOf(file.routes, file.jira, surroundingsOf(raw)),
    users: file.users,
    jiraUsers: file.jiraUsers,
    timing: timingOf(
      file,
      raw.RESYNC_EVERY_S === undefined ? undefined : getValue("RESYNC_EVERY_S", raw),
    ),
  };
}

function opsOf(raw: RawSettings): Config["ops"] {
  const token = findValue("OPS_TOKEN", raw);
  const port = findValue("OPS_PORT", raw);
  return { ...(token === undefined ? {} : { token }), ...(port === undefined ? {} : { port }) };
}

function pagerDutyOf(raw: RawSettings): Omit<Config["pagerduty"], "subscriptionSecrets"> {
  const from = findValue("PAGERDUTY_FROM", raw);
  return {
    webhookSecrets: getValue("PAGERDUTY_WEBHOOK_SECRET", raw),
    apiToken: getValue("PAGERDUTY_API_TOKEN", raw),
    apiUrl: getValue("PAGERDUTY_API_URL", raw),
    ...(from === undefined ? {} : { from }),
    reenable: getValue("PAGERDUTY_REENABLE", raw),
    callsPerMinute: getValue("PAGERDUTY_CALLS_PER_MINUTE", raw),
  };
}

function notionOf(raw: RawSettings): Config["notion"] {
  const webhookToken = findValue("NOTION_WEBHOOK_TOKEN", raw);
  return {
    token: getValue("NOTION_TOKEN", raw),
    apiUrl: getValue("NOTION_API_URL", raw),
    postMortemsId: getValue("NOTION_POSTMORTEMS_ID", raw),
    actionItemsId: getValue("NOTION_ACTION_ITEMS_ID", raw),
    ...(webhookToken === undefined ? {} : { webhookToken }),
    callsPerMinute: getValue("NOTION_CALLS_PER_MINUTE", raw),
  };
}

function jiraOf(raw: RawSettings): JiraConfig {
  return {
    url: getValue("JIRA_URL", raw),
    email: getValue("JIRA_EMAIL", raw),
    apiToken: getValue("JIRA_API_TOKEN", raw),
    webhookSecrets: getValue("JIRA_WEBHOOK_SECRET", raw),
    callsPerMinute: getValue("JIRA_CALLS_PER_MINUTE", raw),
  };
}

function surroundingsOf(raw: RawSettings): RouteSurroundings {
  return {
    notion: {
      postMortems: getValue("NOTION_POSTMORTEMS_ID", raw),
      actionItems: getValue("NOTION_ACTION_ITEMS_ID", raw),
    },
    jira:
      raw.JIRA_URL === undefined
        ? undefined
        : {
            project: getValue("JIRA_PROJECT", raw),
            issueType: getValue("JIRA_ISSUE_TYPE", raw),
          },
  };
}

function msOf(name: TimingName, file: FileSettings): number {
  return Math.max(1, Math.round((file.timing[name] ?? timings[name].seconds) * 1000));
}

function timingOf(file: FileSettings, resyncEveryS: number | undefined): Timing {
  function ms(name: TimingName): number {
    return msOf(name, file);
  }
  return {
    notionGraceMs: ms("notion_grace_s"),
    jiraGraceMs: ms("jira_grace_s"),
    pagerdutyGraceMs: ms("pagerduty_grace_s"),
    leaseMs: ms("lease_s"),
    requestTimeoutMs: ms("request_timeout_s"),
    storeTimeoutMs: ms("store_timeout_s"),
    gateFirstMs: ms("gate_first_s"),
    gateMaxMs: ms("gate_max_s"),
    unauthorizedPauseMs: ms("unauthorized_pause_s"),
    resyncEveryMs:
      resyncEveryS === undefined ? ms("resync_every_s") : Math.round(resyncEveryS * 1000),
    resyncLookbackMs: ms("resync_lookback_s"),
    resyncOverlapMs: ms("resync_overlap_s"),
    refreshAfterMs: (file.refreshAfterS ?? refreshAfter.seconds).map((s) => Math.round(s * 1000)),
    lockMs: ms("lock_s"),
    stalledEveryMs: ms("stalled_every_s"),
    backoffFirstMs: ms("backoff_first_s"),
    backoffMaxMs: ms("backoff_max_s"),
    drainMs: ms("drain_s"),
    recheckMs: ms("recheck_s"),
    missingConfirmMs: ms("missing_confirm_s"),
    toDoRestMs: ms("to_do_rest_s"),
    rollUpMs: ms("roll_up_s"),
    itemSweepMs: ms("item_sweep_s"),
    itemRecheckMs: ms("item_recheck_s"),
  };
}
