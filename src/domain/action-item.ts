/**
 * An action item on its two sides: the row in Notion and the issue in Jira, and the base, which is what both
 * held when they last agreed.
 */

import {
  pageId,
  parseUuid,
  type AccountId,
  type BlockId,
  type IssueId,
  type NotionUserId,
  type PageId,
} from "./keys.ts";

/** Property names in the Action items data source. */
export const actionItemProperties = {
  name: "Name",
  postMortem: "Post-mortem",
  owner: "Owner",
  due: "Due",
  priority: "Priority",
  type: "Type",
  status: "Status",
  reason: "Reason",
  outcome: "Outcome",
  jira: "Jira",
  source: "Source",
  sync: "Sync",
} as const;

/** The fields that are kept in step, in the order in which people read about them. */
export const syncedFields = ["title", "outcome", "owner", "due", "priority", "status"] as const;
export type SyncedField = (typeof syncedFields)[number];

/** A row as read from Notion. */
export interface ActionItemRow {
  readonly id: PageId;
  readonly url: string;
  /** Of the data source that it stands in now. */
  readonly dataSourceId: string;
  readonly inTrash: boolean;
  /** Both rounded down to the minute by Notion. */
  readonly createdAt: Date;
  readonly editedAt: Date;
  readonly title: string;
  /** The first related post-mortem. */
  readonly postMortem?: PageId;
  /** In Notion's order; the first is the owner, the others are co-owners. */
  readonly owners: readonly NotionUserId[];
  /** `2026-12-01`: the day that Due begins, in its own zone. */
  readonly due?: string;
  readonly priority?: string;
  readonly type?: string;
  readonly status?: string;
  readonly reason: string;
  readonly outcome: string;
  /** Whatever stands in Jira: our link, or what a person pasted. */
  readonly jira: string;
  readonly source: string;
  readonly sync: string;
  /**
   * Properties that its data source has no more, or with another type, such as `"Owner" (person)`: here they read
   * as empty, which nobody made them.
   */
  readonly lacks?: readonly string[];
}

/** What Debrief writes to a row. Absent means leave alone, `null` means clear. */
export interface ActionItemWrite {
  readonly title?: string;
  readonly postMortem?: PageId;
  readonly owners?: readonly NotionUserId[];
  readonly due?: string | null;
  readonly priority?: string | null;
  readonly status?: string;
  readonly jira?: string | null;
  readonly source?: string;
  readonly sync?: string;
}

/** Jira's status categories by their key; `undefined` (Jira's "No Category") reads as `new`. */
export type StatusCategory = "new" | "indeterminate" | "done";

export interface JiraStatus {
  readonly id: string;
  readonly name: string;
  readonly category: StatusCategory;
}

export interface JiraNamed {
  readonly id: string;
  readonly name: string;
}

export interface JiraUser {
  readonly accountId: AccountId;
  readonly name: string;
  /** Lower case; absent where its owner hides it. */
  readonly email?: string;
  readonly active: boolean;
}

/** An issue as read from Jira. */
export interface Issue {
  readonly id: IssueId;
  readonly key: string;
  readonly project: string;
  readonly summary: string;
  /** Canonical plain text of the description, for comparing. */
  readonly description: string;
  readonly assignee?: JiraUser;
  /** `2026-12-01` */
  readonly due?: string;
  readonly priority?: JiraNamed;
  readonly status: JiraStatus;
  readonly resolution?: JiraNamed;
  readonly labels: readonly string[];
  readonly updatedAt: Date;
  /** Our entity property, undefined where there is none or it is not readable as ours. */
  readonly property?: IssueProperty;
}

/**
 * One side's values of the synced fields in that side's own words, as short comparable texts: "" for empty.
 * Notion: title, hash of outcome, owner ids sorted and joined, due, priority name, status name.
 * Jira: summary, hash of description, account id, due, priority id, status id with resolution id.
 */
export type SideValues = Readonly<Record<SyncedField, string>>;

/**
 * What both sides held when they last agreed, each in its own words: a side has changed when it differs
 * from its own half. A pair need not be equal (a person whom the other side does not know), only accepted.
 */
export interface Base {
  readonly notion: SideValues;
  /** A field that has not been seen at Jira yet (right after the create) is absent. */
  readonly jira: Readonly<Partial<SideValues>>;
  /** The description was edited in Jira (or was there before us): it is never rewritten. */
  readonly descriptionIsJiras?: boolean;
}

/** Name of the entity property that every issue of ours carries. */
export const issuePropertyKey = "debrief.action-item";

/** The entity property: which row the issue belongs to, and the base. Anyone who may edit the issue can read it. */
export interface IssueProperty {
  readonly version: 1;
  readonly row: PageId;
  readonly base: Base;
}

/** Every issue of ours carries this label … */
export const commonLabel = "debrief";
/** … and one of its own: `debrief-<row id, 32 hexadecimal digits>`. */
export function itemLabel(row: PageId): string {
  return `${commonLabel}-${row.replaceAll("-", "").toLowerCase()}`;
}

/** Takes an issue's labels; gives the row that one of them names, if exactly one does. */
export function rowOfLabels(labels: readonly string[]): PageId | undefined {
  const rows = labels.flatMap((label) => {
    const id = label.startsWith(`${commonLabel}-`)
      ? parseUuid(label.slice(commonLabel.length + 1))
      : undefined;
    return id === undefined ? [] : [pageId(id)];
  });
  return rows.length === 1 ? rows[0] : undefined;
}

/** A to-do on a post-mortem page, below the heading of the action items. */
export interface ToDoBlock {
  readonly id: BlockId;
  readonly text: string;
  readonly checked: boolean;
  /** People mentioned, in order. */
  readonly people: readonly NotionUserId[];
  /** Pages mentioned: one that was taken in mentions its row. */
  readonly pages: readonly PageId[];
  /** Dates mentioned (`2026-12-01`). */
  readonly dates: readonly string[];
  /** Text without the mentions of people and dates. */
  readonly plain: string;
}
