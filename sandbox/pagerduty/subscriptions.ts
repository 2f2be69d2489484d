/**
 * Webhook subscriptions: who gets which event, the signature, and the delivery rules of V3:
 * 4xx drops, 5xx, 429 and silence are retried for 48 h, three drops in a row disable for 24 h.
 */

import { createHmac } from "node:crypto";
import type { Faults } from "../core/faults.ts";
import {
  createWebhookSender,
  type AttemptResult,
  type Delivery,
  type Verdict,
  type WebhookSender,
} from "../core/webhooks.ts";
import type { Subscription } from "./model.ts";
import { webhookBody } from "./render-webhook.ts";
import { getService, type World, type WorldEvent } from "./world.ts";

export interface DeliveryTiming {
  /** Pauses between attempts; the real ones are not published. */
  readonly backOffMs: readonly number[];
  readonly giveUpAfterMs: number;
  readonly disableForMs: number;
  /** In real time. */
  readonly answerWithinMs: number;
}

/** Quick enough for a demonstration to recover while one watches. */
export const defaultTiming: DeliveryTiming = {
  backOffMs: [200, 400, 800, 1_600, 3_200, 5_000],
  giveUpAfterMs: 48 * 3_600_000,
  disableForMs: 24 * 3_600_000,
  answerWithinMs: 5_000,
};

const dropsInARowMax = 3;
const subscriptionsPerTargetMax = 10;
const bodyMaxBytes = 256 * 1_024;

interface SubscriptionDraft {
  readonly url: string;
  readonly description?: string | undefined;
  readonly events: readonly string[];
  readonly filter: Subscription["filter"];
  readonly customHeaders?: Subscription["customHeaders"] | undefined;
  /** Absent: one is made up. */
  readonly secret?: string | undefined;
}

export interface Subscriptions {
  readonly sender: WebhookSender;
  /** Undefined when the target has all the subscriptions that it may have. */
  create(draft: SubscriptionDraft): Subscription | undefined;
  find(id: string): Subscription | undefined;
  list(): readonly Subscription[];
  remove(id: string): boolean;
  enable(subscription: Subscription): void;
  ping(subscription: Subscription): void;
  isDisabled(subscription: Subscription): boolean;
  /** Queues the event for every subscription that wants it. */
  deliver(event: WorldEvent): void;
  /** Forgets what waits and re-enables all; the subscriptions and their secrets stay. */
  reset(): void;
  close(): void;
}

/** `v1=` and the HMAC-SHA256 of the body under the secret's own characters. */
export function signatureOf(body: string, secret: string): string {
  return `v1=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

interface Office {
  readonly world: World;
  readonly timing: DeliveryTiming;
  readonly byId: Map<string, Subscription>;
  readonly sender: WebhookSender;
}

export function createSubscriptions(
  world: World,
  faults: Faults,
  timing: DeliveryTiming,
): Subscriptions {
  const byId = new Map<string, Subscription>();
  const sender = createWebhookSender({
    ...timing,
    clock: world.clock,
    faults,
    classify,
    onSettled: (delivery, verdict) => settle(office, delivery, verdict),
  });
  const office: Office = { world, timing, byId, sender };
  return {
    sender,
    create: (draft) => create(office, draft),
    find: (id) => byId.get(id),
    list: () => [...byId.values()],
    remove(id) {
      sender.discard((lane) => lane.startsWith(`${id}/`));
      return byId.delete(id);
    },
    enable,
    ping: (subscription) => send(office, subscription, pingEvent(world)),
    isDisabled: (subscription) => isDisabled(office, subscription),
    deliver(event) {
      for (const subscription of byId.values()) {
        if (wants(office, subscription, event)) {
          send(office, subscription, event);
        }
      }
    },
    reset() {
      sender.clear();
      for (const subscription of byId.values()) {
        enable(subscription);
      }
    },
    close: () => sender.close(),
  };
}

function create(office: Office, draft: SubscriptionDraft): Subscription | undefined {
  const { byId, world } = office;
  const target = `${draft.filter.type} ${draft.filter.id ?? ""}`;
  const same = [...byId.values()].filter(
    ({ filter }) => `${filter.type} ${filter.id ?? ""}` === target,
  );
  if (same.length >= subscriptionsPerTargetMax) {
    return undefined;
  }
  const subscription: Subscription = {
    id: world.ids.short(),
    deliveryMethodId: world.ids.short(),
    secret: draft.secret ?? world.ids.secret(),
    url: draft.url,
    customHeaders: draft.customHeaders ?? [],
    description: draft.description ?? "",
    events: draft.events,
    filter: draft.filter,
    active: true,
    disabledUntil: null,
    dropsInARow: 0,
  };
  byId.set(subscription.id, subscription);
  return subscription;
}

function enable(subscription: Subscription): void {
  subscription.disabledUntil = null;
  subscription.dropsInARow = 0;
}

function wants(office: Office, subscription: Subscription, event: WorldEvent): boolean {
  const { active, events, filter } = subscription;
  if (!active || isDisabled(office, subscription) || !events.includes(event.type)) {
    return false;
  }
  if (filter.type === "account_reference" || event.incident === undefined) {
    return filter.type === "account_reference";
  }
  const service = getService(office.world, event.incident.serviceId);
  return filter.type === "service_reference"
    ? service.id === filter.id
    : service.teamIds.includes(filter.id ?? "");
}

function isDisabled({ world }: Office, { disabledUntil }: Subscription): boolean {
  return disabledUntil !== null && disabledUntil > world.clock.now();
}

function send(office: Office, subscription: Subscription, event: WorldEvent): void {
  const { ids, settings } = office.world;
  const body = webhookBody(eventIds(office, event), event);
  if (Buffer.byteLength(body) > bodyMaxBytes) {
    return;
  }
  const signature = signatureOf(body, subscription.secret);
  const signatures = settings.twoSignatures
    ? `${signatureOf(body, ids.secret())},${signature}`
    : signature;
  const custom = subscription.customHeaders.map(({ name, value }) => [name, value] as const);
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    "user-agent": "PagerDuty-Webhook/V3.0",
    "x-webhook-id": ids.uuid(),
    "x-webhook-subscription": subscription.id,
    "x-pagerduty-signature": signatures,
    ...Object.fromEntries(custom),
  };
  office.sender.send({
    lane: `${subscription.id}/${event.incident?.id ?? event.type}`,
    event: event.type,
    build: () => ({ url: subscription.url, headers, body }),
  });
}

/** One id per event, shared by all subscriptions and repeated on every attempt. */
const idOfEvent = new WeakMap<WorldEvent, string>();

function eventIds({ world }: Office, event: WorldEvent): string {
  const id = idOfEvent.get(event) ?? world.ids.event();
  idOfEvent.set(event, id);
  return id;
}

/** The docs leave redirects open; like any other answer that is no success, they drop here. */
function classify(result: AttemptResult): Verdict {
  if ("error" in result || result.status >= 500 || result.status === 429) {
    return "retry";
  }
  return result.status >= 200 && result.status < 300 ? "delivered" : "dropped";
}

function settle(office: Office, delivery: Delivery, verdict: "delivered" | "dropped"): void {
  const subscription = office.byId.get(delivery.lane.split("/")[0] ?? "");
  if (subscription === undefined) {
    return;
  }
  subscription.dropsInARow = verdict === "delivered" ? 0 : subscription.dropsInARow + 1;
  if (subscription.dropsInARow >= dropsInARowMax) {
    subscription.dropsInARow = 0;
    const nowMs = office.world.clock.now().getTime();
    subscription.disabledUntil = new Date(nowMs + office.timing.disableForMs);
    office.sender.discard((lane) => lane.startsWith(`${subscription.id}/`));
  }
}

function pingEvent({ clock }: World): WorldEvent {
  return {
    type: "pagey.ping",
    resourceType: "pagey",
    occurredAt: clock.now(),
    agent: null,
    data: { message: "Hello from your friend Pagey!", type: "ping" },
  };
}
