/** What Debrief asks of PagerDuty. Implemented over undici in client.ts. */

import type { Incident, IncidentRecords, Note } from "../../domain/incident.ts";
import type { IncidentId } from "../../domain/keys.ts";

export interface PagerDutyUser {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
}

export interface TouchedIncident {
  readonly id: IncidentId;
  /** Of its latest log entry in the window. */
  readonly lastAt: Date;
  readonly reprioritized: boolean;
  readonly resolved: boolean;
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
  /** Incidents that anything happened to in the window, by their log entries. */
  listTouched(since: Date, until: Date): Promise<TouchedIncident[]>;
  /** Cached for hours; undefined when unknown (404). */
  findUser(id: string): Promise<PagerDutyUser | undefined>;
  /** What keeps PagerDuty from sending webhooks, in words with the fix; enables a disabled subscription where asked to. */
  checkSubscriptions(reenable: boolean): Promise<readonly string[]>;
  listPriorities(): Promise<readonly { readonly id: string; readonly name: string }[]>;
  /**
   * Posts a note as PAGERDUTY_FROM. Not idempotent: look at listNotes first. `beforeSend` runs when the
   * wait for the budget is over; what it throws stops the call.
   */
  addNote(id: IncidentId, content: string, beforeSend?: () => Promise<void>): Promise<void>;
}
