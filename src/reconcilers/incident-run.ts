/** What one run for an incident carries along besides what every run does. */

import type { Notion } from "../clients/notion/notion.ts";
import type { PagerDuty } from "../clients/pagerduty/pagerduty.ts";
import type { IncidentId, Key } from "../domain/keys.ts";
import type { IncidentLink } from "../domain/link.ts";
import type { Route } from "../domain/route.ts";
import type { Templates } from "../domain/template.ts";
import type { Run, RunDeps } from "./run.ts";

export interface IncidentSettings {
  readonly priorities: readonly string[];
  readonly createOn: "triggered" | "resolved";
  readonly routes: readonly Route[];
  /** As whom a note with the page's link is posted at PagerDuty (an e-mail); undefined: no note. */
  readonly noteAuthor: string | undefined;
  /** From one e-mail (PagerDuty's, lower case) to another (Notion's). */
  readonly users: Readonly<Record<string, string>>;
  readonly timing: {
    readonly leaseMs: number;
    readonly notionGraceMs: number;
    readonly pagerdutyGraceMs: number;
    readonly recheckMs: number;
    /** How long a page has to stay unreadable before it counts as deleted. */
    readonly missingConfirmMs: number;
    readonly refreshAfterMs: readonly number[];
  };
}

export interface IncidentDeps extends RunDeps {
  readonly pagerduty: PagerDuty;
  readonly notion: Notion;
  readonly templates: Templates;
  /** Masks secrets in foreign text. */
  readonly scrub: (text: string) => string;
  readonly settings: IncidentSettings;
  enqueue(keys: readonly Key[]): Promise<void>;
}

export interface IncidentRun extends Run<IncidentLink, IncidentDeps> {
  readonly id: IncidentId;
}
