/**
 * Jira's admin webhooks: registrations with a JQL filter and a secret, the signature, and the rules of
 * delivery: silence, 408, 409, 425, 429 and 5xx are tried again five times, any other refusal is final.
 */

import { createHmac } from "node:crypto";
import type { Faults } from "../core/faults.ts";
import {
  createWebhookSender,
  type Attempt,
  type AttemptResult,
  type Verdict,
  type WebhookSender,
} from "../core/webhooks.ts";
import { projectOf } from "./find.ts";
import { JqlError } from "./jql.ts";
import { prepareJql, searchableOf } from "./jql-site.ts";
import type { Change, World } from "./model.ts";
import { webhookBody } from "./render-webhook.ts";

/** One row of Settings → System → WebHooks. */
export interface Registration {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** May hold variables such as {issue.id}, {issue.key} and {project.key}. */
  readonly url: string;
  readonly events: readonly string[];
  /** Only issues that this JQL takes; "" for all. */
  readonly filter: string;
  readonly excludeBody: boolean;
  /** Absent: deliveries are not signed. Never shown. */
  readonly secret: string | undefined;
  readonly enabled: boolean;
}

export type RegistrationDraft = Pick<Registration, "url"> & Partial<Omit<Registration, "id">>;

export interface DeliveryTiming {
  /** Pauses before the five retries. Jira waits 5 to 15 minutes before each. */
  readonly backOffMs: readonly number[];
  /** In real time. */
  readonly answerWithinMs: number;
}

/** Minutes made seconds, so that a demonstration recovers while one watches. */
export const defaultTiming: DeliveryTiming = {
  backOffMs: [300, 600, 1_200, 2_400, 4_800],
  answerWithinMs: 5_000,
};

export interface Webhooks {
  /** Queues a change for every registration that wants it. */
  emit(change: Change): void;
  /** Runs a change of the site that nobody is told of, and forgets what was not sent yet. */
  quietly(change: () => void): void;
  /** A JqlError when the filter is no query. */
  register(draft: RegistrationDraft): Registration;
  list(): readonly Registration[];
  find(id: string): Registration | undefined;
  /** False when there was none. */
  remove(id: string): boolean;
  /** Takes every registration away. */
  clear(): void;
  /** Deliveries that are not settled. */
  pending(): number;
  attempts(): readonly Attempt[];
  close(): void;
}

const retriesMax = 5;
const giveUpAfterMs = 24 * 3_600_000;

/** What is registered where nothing else is said. Properties are a matter of choice: they are many. */
const defaultEvents = [
  "jira:issue_created",
  "jira:issue_updated",
  "jira:issue_deleted",
  "comment_created",
] as const;

/** `sha256=` and the HMAC-SHA256 of the raw body. */
export function signatureOf(rawBody: string, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(rawBody).digest("hex")}`;
}

/** The webhooks of a site, with nothing registered. */
export function createWebhooks(
  world: World,
  faults: Faults,
  timing: DeliveryTiming = defaultTiming,
): Webhooks {
  const sender = createWebhookSender({
    ...timing,
    clock: world.clock,
    faults,
    giveUpAfterMs,
    attemptsMax: retriesMax + 1,
    classify,
  });
  const registrations = new Map<string, Registration>();
  let lastId = 0;
  let isQuiet = false;

  function register(draft: RegistrationDraft): Registration {
    const { filter = "" } = draft;
    checkFilter(world, filter);
    lastId += 1;
    const registration: Registration = {
      name: "webhook",
      description: "",
      events: defaultEvents,
      excludeBody: false,
      secret: undefined,
      enabled: true,
      ...draft,
      filter,
      id: String(lastId),
    };
    registrations.set(registration.id, registration);
    return registration;
  }

  return {
    emit(change) {
      for (const registration of isQuiet ? [] : registrations.values()) {
        if (wants(world, registration, change)) {
          deliver(sender, world, registration, change);
        }
      }
    },
    quietly(change) {
      isQuiet = true;
      change();
      isQuiet = false;
      sender.clear();
    },
    register,
    list: () => [...registrations.values()],
    find: (id) => registrations.get(id),
    remove(id) {
      sender.discard((lane) => lane.startsWith(`${id}/`));
      return registrations.delete(id);
    },
    clear() {
      registrations.clear();
      sender.clear();
    },
    pending: () => sender.pending(),
    attempts: () => sender.attempts(),
    close: () => sender.close(),
  };
}

function checkFilter(world: World, filter: string): void {
  if (filter !== "") {
    prepareJql(world, undefined, filter);
  }
}

function wants(world: World, registration: Registration, change: Change): boolean {
  const { enabled, events, filter } = registration;
  if (!enabled || !events.includes(change.what)) {
    return false;
  }
  if (filter === "") {
    return true;
  }
  try {
    // An administrator's registration sees every issue, whoever else may.
    const { matches } = prepareJql(world, undefined, filter);
    return matches(searchableOf(world, change.issue.id, change.state));
  } catch (error) {
    if (error instanceof JqlError) {
      return false;
    }
    throw error;
  }
}

function deliver(
  sender: WebhookSender,
  world: World,
  registration: Registration,
  change: Change,
): void {
  const identifier = world.random.uuid();
  const body = registration.excludeBody ? "" : webhookBody(world, change);
  const { secret } = registration;
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Atlassian Webhook HTTP Client",
    "x-atlassian-webhook-identifier": identifier,
    "x-atlassian-webhook-flow": change.isCascade === true ? "Secondary" : "Primary",
    ...(secret === undefined ? {} : { "x-hub-signature": signatureOf(body, secret) }),
  };
  const url = filledUrl(world, registration.url, change);
  sender.send({
    // A lane of its own: Jira keeps no order between deliveries.
    lane: `${registration.id}/${identifier}`,
    event: change.what,
    build(attempt) {
      const retry = attempt === 1 ? {} : { "x-atlassian-webhook-retry": String(attempt - 1) };
      return { url, headers: { ...headers, ...retry }, body };
    },
  });
}

function filledUrl(world: World, url: string, { issue, state, comment }: Change): string {
  const variables: Readonly<Record<string, string | undefined>> = {
    "issue.id": issue.id,
    "issue.key": state.key,
    "project.id": state.projectId,
    "project.key": projectOf(world, state).key,
    "comment.id": comment?.id,
  };
  return url.replaceAll(/\$?\{([a-z.]+)\}/gu, (all, name: string) => variables[name] ?? all);
}

function classify(result: AttemptResult): Verdict {
  if ("error" in result || result.status >= 500) {
    return "retry";
  }
  if ([408, 409, 425, 429].includes(result.status)) {
    return "retry";
  }
  return result.status >= 200 && result.status < 300 ? "delivered" : "dropped";
}
