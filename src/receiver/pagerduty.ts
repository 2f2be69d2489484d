/** A PagerDuty V3 webhook body becomes a hint, or a reason why it is none. Only verified bodies come here. */

import { parse as parseSafely } from "secure-json-parse";
import { z } from "zod";
import { incidentKey, parseIncidentId, type Key } from "../domain/keys.ts";

export type Reading =
  | { readonly kind: "hint"; readonly key: Key; readonly eventType: string }
  /** Well-formed and of no use to us: pings, services, types without an incident, events that are too old. */
  | { readonly kind: "ignored"; readonly reason: string }
  /** Not JSON, or not PagerDuty's envelope. */
  | { readonly kind: "unusable"; readonly reason: string };

/** PagerDuty retries for 48 h; what is older is a replay and would cost reads for nothing. */
const eventAgeMaxMs = 7 * 24 * 3_600_000;

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
  const occurredAtMs = Date.parse(event.occurred_at ?? "");
  if (now.getTime() - occurredAtMs > eventAgeMaxMs) {
    return { kind: "ignored", reason: "TooOld" };
  }
  const raw = incidentIdOf(event);
  if (raw === undefined) {
    return { kind: "ignored", reason: "NoIncident" };
  }
  const id = parseIncidentId(raw);
  return id === undefined
    ? { kind: "unusable", reason: "IncidentIdInvalid" }
    : { kind: "hint", key: incidentKey(id), eventType: event.event_type };
}

/** Undefined for what is not JSON, too deep to be read, or poisoned (`__proto__`). */
function parseJson(body: Uint8Array): unknown {
  try {
    const json: unknown = parseSafely(Buffer.from(body).toString("utf8"), null, {
      protoAction: "remove",
      constructorAction: "remove",
    });
    return json;
  } catch {
    return undefined;
  }
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
