/**
 * Secrets that came from files are read again while the process runs: now and then, and at once when one was
 * refused. What can't be used is said, and the secret from before stays.
 */

import { readFile as readFromDisk } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config.ts";
import type { Vendor } from "../domain/errors.ts";
import type { LiveSecret } from "../domain/live-secret.ts";
import { reasonOf } from "./environment.ts";
import { parseSecrets, parseToken, type Parsed } from "./setting.ts";
import type { SettingName } from "./settings.ts";

/** Where secrets were read from. What came from a variable has no file and never changes. */
export interface SecretFiles {
  readonly settings: Readonly<Partial<Record<SettingName, string>>>;
  /** By subscription id. */
  readonly subscriptions: Readonly<Record<string, string>>;
  /** How often all are read again, in ms. */
  readonly everyMs: number;
}

export interface LiveSecrets extends Disposable {
  readonly pagerdutyToken: LiveSecret<string>;
  readonly notionToken: LiveSecret<string>;
  readonly jiraToken: LiveSecret<string>;
  /** What webhooks are checked with; the properties give what holds at the moment. */
  readonly pagerduty: Pick<Config["pagerduty"], "webhookSecrets" | "subscriptionSecrets">;
  readonly notion: { readonly token: string | undefined };
  readonly jira: { readonly secrets: readonly string[] };
  /** A webhook of the vendor was refused: looks at the files, and tells whether there are other secrets now. */
  areReplaced(vendor: Vendor): Promise<boolean>;
}

export interface LiveSecretsOptions {
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  readonly readFile?: (path: string) => Promise<string>;
  readonly nowMs?: () => number;
}

/** Whoever refuses may do so often: a file that was just read is not read again before this. */
const readEveryMs = 1_000;
/** A file system that hangs must not hold up a webhook. */
const readTimeoutMs = 1_000;

/** Takes the configuration as it was at start; gives its secrets as they are now. Disposing stops the reading. */
export function openLiveSecrets(config: Config, options: LiveSecretsOptions): LiveSecrets {
  const { settings, subscriptions, everyMs } = config.secretFiles;
  const opened: FileSecret<unknown>[] = [];
  function live<Value>(
    value: Value,
    from: { readonly path: string | undefined; readonly name: string },
    parse: (raw: string) => Parsed<Value>,
  ): LiveSecret<Value> {
    if (from.path === undefined) {
      return { current: () => value, isReplaced: () => Promise.resolve(false) };
    }
    const secret = openFileSecret(value, { ...from, path: from.path, parse }, options);
    opened.push(secret);
    return secret;
  }
  function ofSetting<Value>(
    name: SettingName,
    value: Value,
    parse: (raw: string) => Parsed<Value>,
  ): LiveSecret<Value> {
    return live(value, { path: settings[name], name: `${name}_FILE` }, parse);
  }
  const { pagerduty, notion, jira } = config;
  const bySubscription = Object.entries(pagerduty.subscriptionSecrets).map(
    ([id, secrets]) =>
      [
        id,
        live(
          secrets,
          { path: subscriptions[id], name: `pagerduty.subscriptions.${id}` },
          parseSecrets,
        ),
      ] as const,
  );
  const webhooks = {
    pagerduty: ofSetting("PAGERDUTY_WEBHOOK_SECRET", pagerduty.webhookSecrets, parseSecrets),
    notion: ofSetting<string | undefined>("NOTION_WEBHOOK_TOKEN", notion.webhookToken, parseToken),
    jira: ofSetting("JIRA_WEBHOOK_SECRET", jira?.webhookSecrets ?? [], parseSecrets),
  };
  const ofVendor: Readonly<Record<Vendor, readonly (() => Promise<boolean>)[]>> = {
    pagerduty: [webhooks.pagerduty, ...bySubscription.map(([, secret]) => secret)].map(asking),
    notion: [asking(webhooks.notion)],
    jira: [asking(webhooks.jira)],
  };
  const secrets = {
    pagerdutyToken: ofSetting("PAGERDUTY_API_TOKEN", pagerduty.apiToken, parseToken),
    notionToken: ofSetting("NOTION_TOKEN", notion.token, parseToken),
    jiraToken: ofSetting("JIRA_API_TOKEN", jira?.apiToken ?? "", parseToken),
  };
  const timer = setInterval(() => {
    void Promise.all(opened.map((secret) => secret.read()));
  }, everyMs);
  timer.unref();
  return {
    ...secrets,
    pagerduty: {
      get webhookSecrets() {
        return webhooks.pagerduty.current();
      },
      get subscriptionSecrets() {
        return Object.fromEntries(bySubscription.map(([id, secret]) => [id, secret.current()]));
      },
    },
    notion: {
      get token() {
        return webhooks.notion.current();
      },
    },
    jira: {
      get secrets() {
        return webhooks.jira.current();
      },
    },
    async areReplaced(vendor) {
      const answers = await Promise.all(ofVendor[vendor].map((isReplaced) => isReplaced()));
      return answers.includes(true);
    },
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}

function asking<Value>(secret: LiveSecret<Value>): () => Promise<boolean> {
  return () => secret.isReplaced(secret.current());
}

interface FileSecret<Value> extends LiveSecret<Value> {
  /** Reads the file; whoever asks meanwhile shares the reading. Never rejects. */
  read(): Promise<void>;
}

function openFileSecret<Value>(
  initial: Value,
  from: {
    readonly path: string;
    /** What names the file, for messages. */
    readonly name: string;
    readonly parse: (raw: string) => Parsed<Value>;
  },
  { log, readFile = readText, nowMs = Date.now }: LiveSecretsOptions,
): FileSecret<Value> {
  const { path, name, parse } = from;
  let value = initial;
  let reading: Promise<void> | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let complaint: string | undefined;

  async function readOnce(): Promise<void> {
    const parsed = await readAndParse(() => readFile(path), parse);
    if ("problem" in parsed) {
      if (parsed.problem !== complaint) {
        complaint = parsed.problem;
        const fields = { code: "SECRET_FILE_UNUSABLE", setting: name, path, problem: complaint };
        log.warn(fields, "a secret's file can't be used, the secret from before stays");
      }
      return;
    }
    complaint = undefined;
    // The same object as long as the file says the same: that is how a change is told.
    if (JSON.stringify(parsed.value) !== JSON.stringify(value)) {
      value = parsed.value;
      log.info({ setting: name }, "a secret was replaced in its file, the new one is used");
    }
  }

  async function read(): Promise<void> {
    reading ??= readOnce().finally(() => {
      reading = undefined;
      readAtMs = nowMs();
    });
    await reading;
  }

  return {
    current: () => value,
    async isReplaced(refused) {
      if (value === refused && (reading !== undefined || nowMs() - readAtMs >= readEveryMs)) {
        await read();
      }
      return value !== refused;
    },
    read,
  };
}

async function readAndParse<Value>(
  readFile: () => Promise<string>,
  parse: (raw: string) => Parsed<Value>,
): Promise<Parsed<Value>> {
  const waiting = new AbortController();
  try {
    const late = sleep(readTimeoutMs, undefined, { signal: waiting.signal, ref: false });
    const raw = await Promise.race([readFile(), late.then(() => undefined)]);
    if (raw === undefined) {
      return { problem: "takes too long to read" };
    }
    const text = raw.trim();
    return text === "" ? { problem: "is empty" } : parse(text);
  } catch (error) {
    return { problem: `can't be read (${reasonOf(error)})` };
  } finally {
    waiting.abort();
  }
}

async function readText(path: string): Promise<string> {
  return readFromDisk(path, "utf8");
}
