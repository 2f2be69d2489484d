/** What only the sandbox has: its control routes, its state at a glance, and the environment. */

import { z } from "zod";
import { createRandom } from "../core/random.ts";
import type { Route } from "../core/router.ts";
import { botEmail } from "./account.ts";
import { act } from "./acts.ts";
import type { Subscription } from "./model.ts";
import { renderIncident, renderNote } from "./render.ts";
import type { Tokens } from "./rest.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { alertsOf, type World } from "./world.ts";

/** POST act · GET, POST settings. */
export function insideRoutes(
  world: World,
  configure: (changes: Readonly<Record<string, unknown>>) => void,
): Route[] {
  return [
    {
      method: "POST",
      path: "/_sandbox/act",
      handle: ({ body }) => ({ status: 200, body: act(world, body) }),
    },
    {
      method: "GET",
      path: "/_sandbox/settings",
      handle: () => ({ status: 200, body: world.settings }),
    },
    {
      method: "POST",
      path: "/_sandbox/settings",
      handle({ body }) {
        configure(z.record(z.string(), z.unknown()).parse(body));
        return { status: 200, body: world.settings };
      },
    },
  ];
}

/** The incidents with what hangs on them, the people, the subscriptions and the deliveries. */
export function describeWorld(world: World, subscriptions: Subscriptions): unknown {
  return {
    incidents: [...world.incidents.values()].map((incident) => ({
      ...renderIncident(world, incident, new Set()),
      notes: world.notes
        .filter(({ incidentId }) => incidentId === incident.id)
        .map((note) => renderNote(world, note)),
      log_entries: world.logEntries
        .filter(({ incidentId }) => incidentId === incident.id)
        .map(({ id, type, createdAt, summary }) => ({ id, type, createdAt, summary })),
      alerts: alertsOf(world, incident).map(({ id, summary, status }) => ({ id, summary, status })),
    })),
    users: [...world.account.users.values()].map(({ id, name, email }) => ({ id, name, email })),
    subscriptions: subscriptions.list().map((one) => ({
      id: one.id,
      url: one.url,
      events: one.events,
      active: one.active,
      temporarily_disabled: subscriptions.isDisabled(one),
    })),
    deliveries: subscriptions.sender.attempts(),
    pendingWebhooks: subscriptions.sender.pending(),
  };
}

/** Keys in the vendor's form, the same for the same seed. */
export function createTokens(seed: number): Tokens {
  const random = createRandom(seed);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  return {
    account: `y_${random.text(alphabet, 18)}`,
    readOnly: `r_${random.text(alphabet, 18)}`,
    user: `u+${random.text(alphabet, 18)}`,
  };
}

/** NAME → value of what a program needs to talk to the account at `url`. */
export function environmentOf(
  url: string,
  tokens: Tokens,
  subscriptions: readonly Subscription[],
): Record<string, string> {
  return {
    PAGERDUTY_WEBHOOK_SECRET: subscriptions.map(({ secret }) => secret).join(","),
    PAGERDUTY_API_TOKEN: tokens.account,
    PAGERDUTY_API_URL: url,
    PAGERDUTY_FROM: botEmail,
  };
}

/** What a program is suggested to subscribe to, and what the first subscription has. */
export const suggestedEvents: readonly string[] = [
  "incident.triggered",
  "incident.priority_updated",
  "incident.acknowledged",
  "incident.unacknowledged",
  "incident.escalated",
  "incident.reassigned",
  "incident.delegated",
  "incident.service_updated",
  "incident.resolved",
  "incident.reopened",
  "incident.annotated",
  "incident.status_update_published",
  "incident.responder.added",
  "incident.responder.replied",
  "incident.role.assigned",
  "incident.task.created",
  "incident.task.updated",
  "incident.task.completed",
  "incident.custom_field_values.updated",
  "incident.incident_type.changed",
  "incident.conference_bridge.updated",
];
