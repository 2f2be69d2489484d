/** References: the `{id, type, summary, self, html_url}` by which PagerDuty's objects point. */

import type {
  Alert,
  EscalationPolicy,
  Incident,
  Integration,
  Priority,
  Reference,
  Service,
  Team,
  User,
} from "./model.ts";

export const api = "https://api.pagerduty.com";
export const web = "https://acme.pagerduty.com";

export function userReference({ id, name }: User): Reference {
  const [self, html_url] = [`${api}/users/${id}`, `${web}/users/${id}`];
  return { id, type: "user_reference", summary: name, self, html_url };
}

export function teamReference({ id, name }: Team): Reference {
  const [self, html_url] = [`${api}/teams/${id}`, `${web}/teams/${id}`];
  return { id, type: "team_reference", summary: name, self, html_url };
}

/** REST links services by their directory page, webhooks by their settings page. */
export function serviceReference(
  { id, name }: Service,
  from: "rest" | "webhook" = "rest",
): Reference {
  const html_url = `${web}/${from === "rest" ? "service-directory" : "services"}/${id}`;
  const self = `${api}/services/${id}`;
  return { id, type: "service_reference", summary: name, self, html_url };
}

export function policyReference({ id, name }: EscalationPolicy): Reference {
  const [self, html_url] = [`${api}/escalation_policies/${id}`, `${web}/escalation_policies/${id}`];
  return { id, type: "escalation_policy_reference", summary: name, self, html_url };
}

export function priorityReference({ id, name }: Priority): Reference {
  const html_url = `${web}/account/settings/incidents`;
  const self = `${api}/priorities/${id}`;
  return { id, type: "priority_reference", summary: name, self, html_url };
}

export function integrationReference(
  service: Service,
  { id, name }: Integration,
  type:
    | "integration_reference"
    | "inbound_integration_reference"
    | "events_api_v2_inbound_integration_reference",
): Reference {
  const path = `services/${service.id}/integrations/${id}`;
  return { id, type, summary: name, self: `${api}/${path}`, html_url: `${web}/${path}` };
}

/** REST writes the number before the title, webhooks the title alone. */
export function incidentReference(
  { id, number, title }: Incident,
  from: "rest" | "webhook" = "rest",
): Reference {
  const summary = from === "rest" ? `[#${number}] ${title}` : title;
  const [self, html_url] = [`${api}/incidents/${id}`, incidentUrl(id)];
  return { id, type: "incident_reference", summary, self, html_url };
}

export function incidentUrl(id: string): string {
  return `${web}/incidents/${id}`;
}

export function alertReference({ id, summary }: Alert): Reference {
  const [self, html_url] = [`${api}/alerts/${id}`, `${web}/alerts/${id}`];
  return { id, type: "alert_reference", summary, self, html_url };
}

export function triggerEntryReference(id: string, summary: string, owner: string = web): Reference {
  const [self, html_url] = [`${api}/log_entries/${id}`, `${owner}/log_entries/${id}`];
  return { id, type: "trigger_log_entry_reference", summary, self, html_url };
}
