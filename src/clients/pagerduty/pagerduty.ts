/** What Debrief asks of PagerDuty. Implemented over undici in client.ts. */

import type { Incident, IncidentRecords, Note } from "../../domain/incident.ts";
import type { IncidentId } from "../../domain/keys.ts";

export interface PagerDutyUser {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
}

export interface PagerDuty extends AsyncDisposable {
  /** Undefined when PagerDuty does not know it (404). */
  findIncident(id: IncidentId): Promise<Incident | undefined>;
  /** All log entries, alerts, notes and related change events, read concurrently. Optional parts that the plan lacks (402, 403, 404) are empty. */
  readRecords(id: IncidentId): Promise<IncidentRecords>;
  listNotes(id: IncidentId): Promise<Note[]>;
  /** Every triggered or acknowledged incident, of any age. */
  listOpenIncidents(): Promise<Incident[]>;
  /** Incidents created in the window, of any status. */
  listIncidentsCreated(since: Date, until: Date): Promise<Incident[]>;
  /** Ids of incidents with a priority change in the window. */
  listReprioritized(since: Date, until: Date): Promise<IncidentId[]>;
  /** Cached for hours; undefined when unknown (404). */
  findUser(id: string): Promise<PagerDutyUser | undefined>;
  listPriorities(): Promise<readonly { readonly id: string; readonly name: string }[]>;
  /** Posts a note as PAGERDUTY_FROM. Not idempotent: look at listNotes first. */
  addNote(id: IncidentId, content: string): Promise<void>;
}
