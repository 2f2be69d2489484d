/** A PagerDuty V3 webhook body becomes a hint, or a reason why it is none. Only verified bodies come here. */

import { z } from "zod";
import { incidentKey, parseIncidentId } from "../domain/keys.ts";
import { isTooOld, parseJson, type Reading } from "./reading.ts";
import { isSignedByPagerDuty } from "./signature.ts";
import type { WebhookVendor } from "./vendor.ts";

/** Those that hold at the moment: read for each webhook. */
export interface PagerDutyWebhookOptions {
  /** Valid for any subscription … */
  readonly webhookSecrets: readonly string[];
  /** … but for those that have their own, by subscription id. */
  readonly subscriptionSecrets: Readonly<Record<string, readonly string[]>>;
}

const subscriptionHeader = "x-webhook-subscription";
const loggedHeaderMax = 64;

/** PagerDuty for the webhook pipeline (https://developer.pagerduty.com, Webhooks V3). */
export function pagerDutyWebhooks(options: PagerDutyWebhookOptions): WebhookVendor {
  const signatureHeader = "x-pagerduty-signature";
  return {
    vendor: "pagerduty",
    signatureHeader,
    isAuthentic({ body, header }) {
      const secrets = secretsFor(header(subscriptionHeader) ?? "", options);
      return isSignedByPagerDuty(body, header(signatureHeader) ?? "", secrets);
    },
    read: ({ body, header }, now) => ({
      reading: readPagerDutyWebhook(body, now),
      id: header("x-webhook-id"),
    }),
    describe: ({ header }) => ({
      subscription: header(subscriptionHeader)?.slice(0, loggedHeaderMax),
    }),
  };
}

function secretsFor(
  subscription: string,
  { webhookSecrets, subscriptionSecrets }: PagerDutyWebhookOptions,
): readonly string[] {
  const own = Object.hasOwn(subscriptionSecrets, subscription)
    ? subscriptionSecrets[subscription]
    : undefined;
  return own ?? webhookSecrets;
}

const Referenced = z.object({ id: z.string() }).nullish().catch(undefined);

/** Picks only what leads to the incident; everything else may be of any shape (docs/vendors/pagerduty.md). */
const Envelope = z.object({
  event: z.object({
    event_type: z.string(),
    occurred_at: z.string().nullish().catch(undefined),
    data: z
      .object({
        type: z.string().nullish().catch(undefined),
        id: z.string().nullish().catch(undefined),
        incident: Referenced,
        incident_role_assignments: z
          .array(z.object({ incident: Referenced }))
          .nullish()
          .catch(undefined),
      })
      .nullish()
      .catch(undefined),
  }),
});
type Event = z.infer<typeof Envelope>["event"];

/** Takes the verified raw body and the time now. Never throws, whatever the bytes are. */
export function readPagerDutyWebhook(body: Uint8Array, now: Date): Reading {
  const json = parseJson(body);
  if (json === undefined) {
    return { kind: "unusable", reason: "NotJson" };
  }
  const parsed = Envelope.safeParse(json);
  if (!parsed.success) {
    return { kind: "unusable", reason: "NotAnEnvelope" };
  }
  const { event } = parsed.data;
  if (isTooOld(Date.parse(event.occurred_at ?? ""), now)) {
    return { kind: "ignored", reason: "TooOld" };
  }
  const raw = incidentIdOf(event);
  if (raw === undefined) {
    return { kind: "ignored", reason: "NoIncident" };
  }
  const id = parseIncidentId(raw);
  return id === undefined
    ? { kind: "unusable", reason: "IncidentIdInvalid" }
    : { kind: "hint", keys: [incidentKey(id)], eventType: event.event_type };
}

/** Where the incident's id stands depends on what the event is about (PagerDuty, Webhooks V3 overview). */
function incidentIdOf({ data }: Event): string | undefined {
  if (data === null || data === undefined) {
    return undefined;
  }
  if (data.type === "incident") {
    return data.id ?? undefined;
  }
  const assignment = data.incident_role_assignments?.find((each) => each.incident);
  return data.incident?.id ?? assignment?.incident?.id;
}
