/** What the page of an incident should say, from what PagerDuty says. */

import { isEligible } from "../domain/eligibility.ts";
import { fingerprint } from "../domain/fingerprint.ts";
import type { Incident, IncidentRecords } from "../domain/incident.ts";
import { incidentKey, type NotionUserId } from "../domain/keys.ts";
import { linkOf } from "../domain/link.ts";
import { desiredPage, type DesiredPage } from "../domain/plan-page.ts";
import { rowWrite } from "../domain/plan-timeline.ts";
import { rollUpText } from "../domain/roll-up.ts";
import { syncText } from "../domain/sync-text.ts";
import { oneLine } from "../domain/text.ts";
import { buildTimeline, firstAcknowledgement } from "../domain/timeline-rows.ts";
import type { TimelineRow } from "../domain/timeline.ts";
import { ownNoteMarker } from "./incident-note.ts";
import type { IncidentRun } from "./incident-run.ts";

/** What PagerDuty says about the incident, and what follows from it for the page. */
export interface Observed {
  readonly incident: Incident;
  readonly records: IncidentRecords;
  readonly rows: readonly TimelineRow[];
  readonly lead: Lead;
}

export interface Lead {
  readonly name: string;
  readonly ids: readonly NotionUserId[];
  readonly unknown: boolean;
}

/** Reads everything that PagerDuty recorded. */
export async function observeRecords(run: IncidentRun, incident: Incident): Promise<Observed> {
  const { pagerduty, scrub } = run.deps;
  const records = await pagerduty.readRecords(run.id);
  const rows = buildTimeline(incident, records, { scrub, ownNoteMarker });
  return { incident, records, rows, lead: await findLead(run, incident, records) };
}

/** Who leads: the person who acknowledged first; until somebody does, the first who is assigned. */
async function findLead(
  run: IncidentRun,
  incident: Incident,
  records: IncidentRecords,
): Promise<Lead> {
  const { pagerduty, notion, settings } = run.deps;
  const acknowledgedBy = firstAcknowledgement(records)?.by;
  const person = acknowledgedBy?.kind === "person" ? acknowledgedBy : incident.assignees[0];
  if (person === undefined) {
    return { name: "", ids: [], unknown: false };
  }
  const email = (await pagerduty.findUser(person.id))?.email?.toLowerCase();
  const mapped = email === undefined ? undefined : (settings.users[email] ?? email);
  const user = mapped === undefined ? undefined : await notion.findUserByEmail(mapped);
  return { name: person.name, ids: user === undefined ? [] : [user], unknown: user === undefined };
}

/** Reasons for which a page is made, now or later, or would be but for its route. */
const listedReasons = new Set(["PriorityMatches", "NotResolvedYet", "RouteSkips"]);

/** Everything that the page's properties should say, as of now. */
export async function desire(run: IncidentRun, observed: Observed): Promise<DesiredPage> {
  const { deps, link } = run;
  const { incident, records, lead } = observed;
  const mergedInto = incident.mergedInto && {
    ...incident.mergedInto,
    name: plain(run, incident.mergedInto.name),
  };
  const { reason } = isEligible(incident, deps.settings);
  const merged =
    mergedInto === undefined
      ? undefined
      : linkOf("incident", await deps.store.getLink(incidentKey(mergedInto.id)));
  return desiredPage(incident, records, {
    name: plain(run, incident.title),
    leads: lead.ids,
    acknowledgedAt: firstAcknowledgement(records)?.at,
    sync: syncText({
      incident: mergedInto === undefined ? incident : { ...incident, mergedInto },
      priorityListed: listedReasons.has(reason),
      priorities: deps.settings.priorities,
      mergedPageUrl: merged?.page?.url,
      timelineRemoved: link.timeline?.removed === true,
      missingHeadings: link.missingHeadings ?? [],
      viewRefused: link.view?.state === "refused",
      truncated: records.truncated,
      noteRefused: link.note?.refused && plain(run, link.note.refused.why),
      leadUnknown: lead.unknown ? lead.name : undefined,
      duplicates: link.duplicates ?? [],
    }),
  });
}

/** One clean line without secrets. */
export function plain(run: IncidentRun, text: string): string {
  return run.deps.scrub(oneLine(text));
}

/** The count of the action items is a key of its own; it stands at the end of Sync, and is no news to the page. */
export function withItems(
  run: IncidentRun,
  desired: DesiredPage,
  failure: string | undefined,
): DesiredPage {
  const { items } = run.link;
  const counted = items === undefined ? "" : rollUpText(items);
  return { ...desired, sync: `${failure ?? desired.sync} ${counted}`.trim() };
}

/** Of all that the page should say, its items aside. */
export function fingerprintOf(desired: DesiredPage, rows: readonly TimelineRow[]): string {
  const { started, resolved, ...rest } = desired;
  return fingerprint({
    ...rest,
    started: started.toISOString(),
    resolved: resolved?.toISOString() ?? null,
    rows: rows.map((row) => ({ ...rowWrite("", row), also: row.also.length })),
  });
}
