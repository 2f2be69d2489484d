/** What one run for an action item carries along besides what every run does. */

import type { Jira } from "../clients/jira/jira.ts";
import type { Notion } from "../clients/notion/notion.ts";
import type { PagerDuty } from "../clients/pagerduty/pagerduty.ts";
import type { ActionItemRow } from "../domain/action-item.ts";
import { parseUuid, type Key, type PageId } from "../domain/keys.ts";
import type { ActionItemLink } from "../domain/link.ts";
import type { JiraRoute, Route } from "../domain/route.ts";
import type { PostMortemFacts } from "./post-mortem-index.ts";
import type { Run, RunDeps } from "./run.ts";

export interface ItemSettings {
  readonly routes: readonly Route[];
  /** From a person's e-mail at Notion (lower case) to the e-mail at Jira, or to a Jira account id. */
  readonly jiraUsers: Readonly<Record<string, string>>;
  readonly timing: {
    readonly leaseMs: number;
    readonly jiraGraceMs: number;
    readonly notionGraceMs: number;
    readonly recheckMs: number;
    /** What was not looked at, or was refused, for this long is tried again. */
    readonly itemRecheckMs: number;
    /** How long a row or an issue has to stay unreadable before it counts as gone. */
    readonly missingConfirmMs: number;
  };
}

export interface ItemDeps extends RunDeps {
  readonly notion: Notion;
  /** Undefined when the Jira half is off: then items are only counted. */
  readonly jira: Jira | undefined;
  readonly pagerduty: Pick<PagerDuty, "findIncident">;
  /** Masks secrets in foreign text. */
  readonly scrub: (text: string) => string;
  readonly settings: ItemSettings;
  enqueue(keys: readonly Key[]): Promise<void>;
}

export interface ItemRun extends Run<ActionItemLink, ItemDeps> {
  readonly id: PageId;
  /** What changes from then on may not have been seen. */
  readonly startedAt: Date;
  /** When the row was last read. */
  rowReadAt: Date;
}

/** A run that has Jira. */
export interface PairedRun extends ItemRun {
  readonly jira: Jira;
}

/** The row as read, and where its post-mortem and its route say that it belongs. */
export interface Item {
  readonly row: ActionItemRow;
  readonly route: JiraRoute;
  /** Undefined while the row is related to no post-mortem. */
  readonly postMortem: PostMortemFacts | undefined;
  /** The post-mortem page is in the trash. */
  readonly postMortemGone: boolean;
}

/** Whether a data source is one of those that a route names for action items. */
export function isItemSource(routes: readonly Route[], dataSourceId: string): boolean {
  const id = parseUuid(dataSourceId);
  return routes.some((route) => parseUuid(route.notion.actionItems) === id);
}
