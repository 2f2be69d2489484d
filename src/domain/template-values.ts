/** The incident and its records as the values that templates may print. Pure. */

import type { Incident, IncidentRecords } from "./incident.ts";
import type { TemplateFacts, TemplateValues } from "./template.ts";
import { addMs, utcDayMinute, utcMinute } from "./time.ts";

const hourMs = 3_600_000;
const listedMax = 20;

export interface ValueTools {
  /** Cleans and scrubs foreign text for one line. */
  readonly plain: (text: string) => string;
  readonly lead: string;
  readonly responders: readonly string[];
}

/** What a template is chosen by. */
export function templateFacts(incident: Incident): TemplateFacts {
  return {
    severity: incident.priority?.name ?? "",
    service: incident.service?.name ?? "",
    teams: incident.teams.map((team) => team.name),
  };
}

/** Takes the incident, its records and the time the page is made; gives the template's values. */
export function templateValues(
  incident: Incident,
  records: IncidentRecords,
  tools: ValueTools,
  now: Date,
): TemplateValues {
  const { plain } = tools;
  return {
    incident: {
      id: incident.id,
      number: incident.number,
      title: plain(incident.title),
      url: incident.htmlUrl,
      severity: plain(incident.priority?.name ?? ""),
      service: plain(incident.service?.name ?? ""),
      teams: incident.teams.map((team) => plain(team.name)),
      escalation_policy: plain(incident.escalationPolicy?.name ?? ""),
      urgency: plain(incident.urgency),
      started: utcMinute(incident.createdAt),
      lead: plain(tools.lead),
      responders: tools.responders.map(plain),
      alerts: earliest(records.alerts).map((alert) => ({
        summary: plain(alert.summary),
        source: plain(alert.source ?? alert.integration ?? ""),
        at: utcMinute(alert.at),
      })),
      changes: earliest(records.changeEvents).map((change) => ({
        summary: plain(change.summary),
        source: plain(change.source ?? ""),
        at: utcMinute(change.at),
      })),
    },
    clock: {
      hour_0: utcDayMinute(now),
      hour_24: utcDayMinute(addMs(now, 24 * hourMs)),
      hour_48: utcDayMinute(addMs(now, 48 * hourMs)),
      hour_96: utcDayMinute(addMs(now, 96 * hourMs)),
      week_4: utcDayMinute(addMs(now, 28 * 24 * hourMs)),
    },
  };
}

function earliest<Item extends { readonly at: Date }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => a.at.getTime() - b.at.getTime()).slice(0, listedMax);
}
