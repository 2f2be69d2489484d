/** What is said about an incident, and what is not an incident: deploys, links, anything unknown. */

import type { Incident, Service, User } from "./model.ts";
import { addLogEntry, emitAbout, incidentOf, person } from "./record.ts";
import { alertReference, userReference } from "./references.ts";
import { textMax } from "./render-webhook.ts";
import { formatUtc } from "./time.ts";
import type { World } from "./world.ts";

interface By {
  readonly by: User;
  readonly at: Date;
}

/** As REST answers it. There is no call that reads status updates afterwards. */
export interface StatusUpdate {
  readonly id: string;
  readonly message: string;
  readonly created_at: string;
  readonly sender: unknown;
  readonly subject: string;
  readonly html_message: string;
}

/** Publishes a status update and sends incident.status_update_published. */
export function statusUpdate(
  world: World,
  incident: Incident,
  { by, at, message }: By & { readonly message: string },
): StatusUpdate {
  const id = world.ids.short();
  const actor = person(by);
  addLogEntry(world, incident, {
    type: "status_update_log_entry",
    summary: `Status update added by ${by.name}`,
    actor,
    at,
    fields: { message },
  });
  emitAbout(world, incident, {
    type: "incident.status_update_published",
    actor,
    at,
    data: {
      incident: incidentOf(incident),
      id,
      message: message.slice(0, textMax),
      trimmed: message.length > textMax,
      type: "incident_status_update",
    },
  });
  const sender = userReference(by);
  return { id, message, created_at: formatUtc(at), sender, subject: "", html_message: "" };
}

/** Records a change event, such as a deploy, on a service. Gives its id. */
export function recordChange(
  world: World,
  change: {
    readonly summary: string;
    readonly service: Service;
    readonly source: string;
    readonly links: readonly { readonly href: string; readonly text: string }[];
    readonly details: Readonly<Record<string, unknown>>;
  },
  at: Date,
): string {
  const { summary, source, service, links, details } = change;
  const integrationId = (service.integrations.at(-1) ?? service.integrations[0]).id;
  const id = world.ids.event();
  const place = { serviceId: service.id, integrationId };
  world.changeEvents.push({
    id,
    summary,
    timestamp: at,
    source,
    ...place,
    links,
    customDetails: details,
  });
  return id;
}

/** Writes that an alert was attached to the incident or taken from it. */
export function recordLink(
  world: World,
  incident: Incident,
  { by, at, alert: id, kind }: By & { readonly alert: string; readonly kind: "link" | "unlink" },
): string {
  const alert = world.alerts.find((one) => one.id === id);
  if (alert === undefined) {
    throw new RangeError(`there is no alert "${id}" in the sandbox`);
  }
  if (kind === "link") {
    alert.incidentId = incident.id;
  }
  return addLogEntry(world, incident, {
    type: `${kind}_log_entry`,
    summary: `Alert "${alert.summary}" ${kind}ed`,
    actor: person(by),
    at,
    fields: { linked_incident: alertReference(alert) },
  }).id;
}

/** Writes a log entry of any type. */
export function recordOther(
  world: World,
  incident: Incident,
  entry: By & {
    readonly type: string;
    readonly summary: string;
    readonly channel?: Readonly<Record<string, unknown>> | undefined;
    readonly fields?: Readonly<Record<string, unknown>> | undefined;
  },
): string {
  const { by, type, summary, at, channel = {}, fields = {} } = entry;
  return addLogEntry(world, incident, { type, summary, actor: person(by), at, channel, fields }).id;
}

/** Sends a webhook of any type; without an incident it is about the account. */
export function sendOther(
  world: World,
  event: {
    readonly type: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly subject: Incident | undefined;
    readonly by: User | undefined;
  },
  at: Date,
): void {
  const { type, data, subject, by } = event;
  const resourceType = type.startsWith("service.") ? "service" : "incident";
  const agent = by === undefined ? null : userReference(by);
  const common = { type, resourceType, occurredAt: at, agent, data } as const;
  world.emit(subject === undefined ? common : { ...common, incident: subject });
}
