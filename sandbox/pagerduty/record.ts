/** What every act leaves behind: log entries, notifications and webhooks, and who did it. */

import type { Incident, Integration, LogEntry, Reference, Service, User } from "./model.ts";
import {
  incidentReference,
  integrationReference,
  serviceReference,
  userReference,
} from "./references.ts";
import { incidentData } from "./render-webhook.ts";
import { getService, type World } from "./world.ts";

/** Who acts, in the forms in which log entries and webhooks name them. */
export interface Actor {
  readonly inLog: Reference;
  /** Webhooks name nobody for what timeouts and automation do. */
  readonly inWebhook: Reference | null;
  readonly channel: Readonly<Record<string, unknown>>;
  readonly user?: User;
}

export function person(user: User): Actor {
  const reference = userReference(user);
  return { inLog: reference, inWebhook: reference, channel: { type: "website" }, user };
}

export function integration(service: Service, one: Integration): Actor {
  return {
    inLog: integrationReference(service, one, "integration_reference"),
    inWebhook: integrationReference(service, one, "inbound_integration_reference"),
    channel: { type: "api" },
  };
}

/** A timeout or the escalation policy, which act in the name of the service. */
export function automation(service: Service, channel: "timeout" | "auto"): Actor {
  return { inLog: serviceReference(service), inWebhook: null, channel: { type: channel } };
}

export interface EntryDraft {
  readonly type: string;
  readonly summary: string;
  readonly actor: Actor | undefined;
  readonly at: Date;
  readonly channel?: Readonly<Record<string, unknown>>;
  readonly fullChannel?: Readonly<Record<string, unknown>>;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Writes a log entry; REST shows it after the lag that the settings ask for. */
export function addLogEntry(world: World, incident: Incident, draft: EntryDraft): LogEntry {
  const nowMs = world.clock.now().getTime();
  const entry: LogEntry = {
    id: world.ids.logEntry(),
    type: draft.type,
    incidentId: incident.id,
    serviceId: incident.serviceId,
    createdAt: draft.at,
    visibleAt: new Date(nowMs + world.settings.logEntryLagMs),
    summary: draft.summary,
    agent: draft.actor?.inLog,
    channel: draft.channel ?? draft.actor?.channel ?? {},
    fullChannel: draft.fullChannel,
    fields: draft.fields ?? {},
  };
  world.logEntries.push(entry);
  touch(incident, draft.at);
  return entry;
}

export function touch(incident: Incident, at: Date): void {
  incident.updatedAt = new Date(Math.max(incident.updatedAt.getTime(), at.getTime()));
}

/** Sends an event whose data is the incident as it stands now. */
export function emitIncident(
  world: World,
  incident: Incident,
  event: { readonly type: string; readonly actor: Actor; readonly at: Date },
): void {
  emitAbout(world, incident, { ...event, data: incidentData(world, incident) });
}

/** Sends an event about an incident with data of another shape, such as a note. */
export function emitAbout(
  world: World,
  incident: Incident,
  event: {
    readonly type: string;
    readonly actor: Actor;
    readonly at: Date;
    readonly data: Readonly<Record<string, unknown>>;
  },
): void {
  const { type, at, actor, data } = event;
  const agent = actor.inWebhook;
  world.emit({ type, resourceType: "incident", occurredAt: at, agent, data, incident });
}

/** The incident as the data of a note, a status update or a responder names it. */
export function incidentOf(incident: Incident): Reference {
  return incidentReference(incident, "webhook");
}

export type Means = "sms" | "email" | "phone" | "push";

const wordOf: Record<Means, string> = {
  sms: "SMS",
  email: "email",
  phone: "phone",
  push: "push notification",
};

/** One notify entry per person and means, two seconds apart, none of them in the future. */
export function notify(
  world: World,
  incident: Incident,
  page: { readonly users: readonly User[]; readonly means: readonly Means[]; readonly at: Date },
): void {
  const actor = automation(getService(world, incident.serviceId), "auto");
  const latestMs = Math.max(page.at.getTime(), world.clock.now().getTime());
  const pages = page.users.flatMap((user) => page.means.map((means) => ({ user, means })));
  for (const [index, { user, means }] of pages.entries()) {
    const type = `${means}_notification`;
    const status = index % 5 === 4 ? "in_progress" : "success";
    addLogEntry(world, incident, {
      type: "notify_log_entry",
      summary: `Notified ${user.name} by ${wordOf[means]}`,
      actor,
      at: new Date(Math.min(page.at.getTime() + index * 2_000, latestMs)),
      channel: { type: "auto", notification: { type, address: addressOf(user, means), status } },
      fields: { user: userReference(user) },
    });
  }
}

function addressOf(user: User, means: Means): string {
  if (means === "email") {
    return user.email ?? "unknown@acme.example";
  }
  return means === "push" ? `${user.name}'s iPhone` : user.phone;
}
