/** Notion's webhooks: changes merged per entity within a window, signed, and sent with retries. */

import { createHmac } from "node:crypto";
import type { Faults } from "../core/faults.ts";
import {
  createWebhookSender,
  type Attempt,
  type AttemptResult,
  type Verdict,
  type WebhookSender,
} from "../core/webhooks.ts";
import { newestVersion } from "./gate.ts";
import type { Change, Fields, World } from "./model.ts";
import { isShared } from "./world.ts";

export interface Subscription {
  readonly url: string;
  readonly verificationToken: string;
  readonly state: "pending" | "active";
}

export interface SetWebhook {
  readonly url: string;
  /** Absent: a fresh one. */
  readonly verificationToken?: string | undefined;
  /** Absent: no handshake, active at once. Else a person must confirm the token. */
  readonly handshake?: "signed" | "unsigned" | undefined;
}

export interface Webhooks {
  emit(change: Change): void;
  /** Runs a change of the workspace that nobody is told of, and forgets what was not sent yet. */
  quietly(change: () => void): void;
  /** Makes the one subscription of the connection; a handshake goes out at once. */
  set(world: World, input: SetWebhook): Subscription;
  /** What a person does in the settings: pastes the token. False when it is another one. */
  confirm(token: string): boolean;
  subscription(): Subscription | undefined;
  remove(): void;
  /** Deliveries not settled and changes not yet sent. */
  pending(): number;
  attempts(): readonly Attempt[];
  close(): void;
}

interface Merging {
  readonly change: Change;
  readonly at: Date;
  readonly authors: Map<string, Fields>;
  readonly updatedProperties: unknown[];
  readonly updatedBlocks: Fields[];
}

const attemptsMax = 8;
// The exact steps are not published: exponential, the eighth attempt about a day after the first.
const backOffMs = [60, 240, 960, 3_840, 10_000, 25_000, 46_000].map((seconds) => seconds * 1000);
const giveUpAfterMs = 25 * 3_600_000;
const answerWithinMs = 5_000;
const notAggregated = /^(?:comment\.|page\.(?:un)?locked)/u;

export function createWebhooks(clock: World["clock"], faults: Faults): Webhooks {
  const retries = { backOffMs, giveUpAfterMs, attemptsMax, answerWithinMs, classify };
  const sender = createWebhookSender({ clock, faults, ...retries });
  const merging = new Map<string, Merging>();
  let world: World | undefined;
  let subscription: Subscription | undefined;
  let isQuiet = false;

  function flush(key: string): void {
    const merged = merging.get(key);
    merging.delete(key);
    if (merged !== undefined && world !== undefined && subscription?.state === "active") {
      deliver(sender, world, subscription, merged);
    }
  }

  function takeIn(into: World, change: Change): void {
    const single = notAggregated.test(change.type);
    const key = single ? into.random.uuid() : `${change.entity.id} ${change.type}`;
    if (!merging.has(key)) {
      merging.set(key, startMerging(change, clock.now()));
      clock.setTimer(single ? 0 : into.settings.webhookWindowMs, () => flush(key));
    }
    merge(merging.get(key), change);
  }

  function forget(): void {
    merging.clear();
    sender.clear();
  }

  return {
    emit(change) {
      const isWanted = subscription?.state === "active" && !isQuiet;
      if (world !== undefined && isWanted && isShared(world, change.entity.id)) {
        takeIn(world, change);
      }
    },
    quietly(change) {
      isQuiet = true;
      change();
      isQuiet = false;
      forget();
    },
    set(target, input) {
      world = target;
      const token = input.verificationToken ?? freshToken(target);
      const state = input.handshake === undefined ? "active" : "pending";
      subscription = { url: input.url, verificationToken: token, state };
      if (input.handshake !== undefined) {
        sendHandshake(sender, subscription, input.handshake === "signed");
      }
      return subscription;
    },
    confirm(token) {
      const fits = subscription?.verificationToken === token;
      subscription = fits && subscription ? { ...subscription, state: "active" } : subscription;
      return fits;
    },
    subscription: () => subscription,
    remove() {
      subscription = undefined;
      forget();
    },
    pending: () => sender.pending() + merging.size,
    attempts: () => sender.attempts(),
    close: () => sender.close(),
  };
}

function freshToken(world: World): string {
  return `secret_${world.random.text("abcdefghijkmnpqrstuvwxyz23456789", 43)}`;
}

function classify(result: AttemptResult): Verdict {
  return "status" in result && result.status >= 200 && result.status < 300 ? "delivered" : "retry";
}

function startMerging(change: Change, at: Date): Merging {
  return { change, at, authors: new Map(), updatedProperties: [], updatedBlocks: [] };
}

function merge(into: Merging | undefined, change: Change): void {
  const { id, type } = change.author;
  into?.authors.set(id, { id, type });
  for (const property of change.updatedProperties ?? []) {
    if (into?.updatedProperties.includes(property) === false) {
      into.updatedProperties.push(property);
    }
  }
  for (const block of change.updatedBlocks ?? []) {
    if (into?.updatedBlocks.every((one) => one["id"] !== block["id"]) === true) {
      into.updatedBlocks.push(block);
    }
  }
}

function deliver(
  sender: WebhookSender,
  world: World,
  subscription: Subscription,
  merged: Merging,
): void {
  const { change } = merged;
  const id = world.random.uuid();
  const envelope = {
    id,
    timestamp: merged.at.toISOString(),
    workspace_id: world.ids.workspace,
    workspace_name: world.workspaceName,
    subscription_id: world.ids.subscription,
    integration_id: world.ids.integration,
    authors: [...merged.authors.values()],
  };
  const body = {
    api_version: newestVersion,
    entity: change.entity,
    type: change.type,
    data: {
      parent: change.parent,
      ...(change.updatedProperties === undefined
        ? {}
        : { updated_properties: merged.updatedProperties }),
      ...(change.updatedBlocks === undefined ? {} : { updated_blocks: merged.updatedBlocks }),
      ...change.data,
    },
  };
  let sent = 0;
  // A lane of its own: one that retries holds up no other, so order is not kept.
  sender.send({
    lane: id,
    event: change.type,
    build() {
      sent += 1;
      return signed(subscription, { ...envelope, attempt_number: sent, ...body });
    },
  });
}

function sendHandshake(sender: WebhookSender, subscription: Subscription, isSigned: boolean): void {
  const body = { verification_token: subscription.verificationToken };
  sender.send({
    lane: "handshake",
    event: "handshake",
    build() {
      const request = signed(subscription, body);
      const { "x-notion-signature": _, ...plain } = request.headers;
      return isSigned ? request : { ...request, headers: plain };
    },
  });
}

function signed(
  subscription: Subscription,
  body: Fields,
): { url: string; headers: Record<string, string>; body: string } {
  const raw = JSON.stringify(body);
  return {
    url: subscription.url,
    headers: {
      "content-type": "application/json",
      "user-agent": "Notion-Webhooks/1.0",
      "x-notion-signature": signatureOf(raw, subscription.verificationToken),
    },
    body: raw,
  };
}

/** HMAC-SHA256 over the raw body with the verification token. */
export function signatureOf(rawBody: string, verificationToken: string): string {
  return `sha256=${createHmac("sha256", verificationToken).update(rawBody).digest("hex")}`;
}
