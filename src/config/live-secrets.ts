/**
 * Secrets that came from files are read again while the process runs: now and then, and at once when one was
 * refused. What can't be used is said, and the secret from before stays.
 */

import type { Config } from "../config.ts";
import type { Vendor } from "../domain/errors.ts";
import type { LiveSecret } from "../domain/live-secret.ts";
import { openFileSecret, type FileSecret, type FileSecretOptions } from "./file-secret.ts";
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

/** Opens one secret: with the file that it came from, or for ever as it is. */
type Open = <Value>(
  value: Value,
  from: { readonly path: string | undefined; readonly name: string },
  parse: (raw: string) => Parsed<Value>,
) => LiveSecret<Value>;

/** Takes the configuration as it was at start; gives its secrets as they are now. Disposing stops the reading. */
export function openLiveSecrets(config: Config, options: FileSecretOptions): LiveSecrets {
  const opened: FileSecret<unknown>[] = [];
  function open<Value>(
    value: Value,
    { path, name }: { readonly path: string | undefined; readonly name: string },
    parse: (raw: string) => Parsed<Value>,
  ): LiveSecret<Value> {
    if (path === undefined) {
      return { current: () => value, isReplaced: () => Promise.resolve(false) };
    }
    const secret = openFileSecret(value, { path, name, parse }, options);
    opened.push(secret);
    return secret;
  }
  const { pagerduty, notion, jira } = config;
  const { settings, everyMs } = config.secretFiles;
  function token(name: SettingName, value: string): LiveSecret<string> {
    return open(value, { path: settings[name], name: `${name}_FILE` }, parseToken);
  }
  const secrets = {
    pagerdutyToken: token("PAGERDUTY_API_TOKEN", pagerduty.apiToken),
    notionToken: token("NOTION_TOKEN", notion.token),
    jiraToken: token("JIRA_API_TOKEN", jira?.apiToken ?? ""),
    ...openWebhookSecrets(config, open),
  };
  const timer = setInterval(() => {
    void Promise.all(opened.map((secret) => secret.read()));
  }, everyMs);
  timer.unref();
  return {
    ...secrets,
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}

function openWebhookSecrets(
  config: Config,
  open: Open,
): Pick<LiveSecrets, "pagerduty" | "notion" | "jira" | "areReplaced"> {
  const { settings, subscriptions } = config.secretFiles;
  function fromFile(name: SettingName): { readonly path: string | undefined; name: string } {
    return { path: settings[name], name: `${name}_FILE` };
  }
  const { webhookSecrets, subscriptionSecrets } = config.pagerduty;
  const pagerduty = open(webhookSecrets, fromFile("PAGERDUTY_WEBHOOK_SECRET"), parseSecrets);
  const bySubscription = Object.entries(subscriptionSecrets).map(([id, secrets]) => {
    const from = { path: subscriptions[id], name: `pagerduty.subscriptions.${id}` };
    return [id, open(secrets, from, parseSecrets)] as const;
  });
  const notion = open<string | undefined>(
    config.notion.webhookToken,
    fromFile("NOTION_WEBHOOK_TOKEN"),
    parseToken,
  );
  const inJira = config.jira?.webhookSecrets ?? [];
  const jira = open(inJira, fromFile("JIRA_WEBHOOK_SECRET"), parseSecrets);
  const ofVendor: Readonly<Record<Vendor, readonly (() => Promise<boolean>)[]>> = {
    pagerduty: [pagerduty, ...bySubscription.map(([, secret]) => secret)].map(asking),
    notion: [asking(notion)],
    jira: [asking(jira)],
  };
  return {
    pagerduty: {
      get webhookSecrets() {
        return pagerduty.current();
      },
      get subscriptionSecrets() {
        return Object.fromEntries(bySubscription.map(([id, secret]) => [id, secret.current()]));
      },
    },
    notion: {
      get token() {
        return notion.current();
      },
    },
    jira: {
      get secrets() {
        return jira.current();
      },
    },
    async areReplaced(vendor) {
      const answers = await Promise.all(ofVendor[vendor].map((isReplaced) => isReplaced()));
      return answers.includes(true);
    },
  };
}

function asking<Value>(secret: LiveSecret<Value>): () => Promise<boolean> {
  return () => secret.isReplaced(secret.current());
}
