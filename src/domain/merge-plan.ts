/** What the merge of a row and its issue takes and gives. The merge itself is in merge.ts. */

import type {
  ActionItemRow,
  ActionItemWrite,
  Base,
  Issue,
  JiraNamed,
  SyncedField,
} from "./action-item.ts";
import type { AccountId, NotionUserId } from "./keys.ts";
import type { JiraRoute, StatusTarget, Winner } from "./route.ts";

/** Who is who on the other side, looked up beforehand for everyone who matters to this item. */
export interface ItemPeople {
  /** For each owner of the row: the account, or why there is none ("no Jira account", "deactivated", "not assignable in OPS"). */
  readonly accounts: ReadonlyMap<NotionUserId, AccountId | { readonly why: string }>;
  /** Names to show for the row's owners. */
  readonly names: ReadonlyMap<NotionUserId, string>;
  /** The Notion user who is the issue's assignee; undefined: nobody assigned, or nobody found. */
  readonly assignee: NotionUserId | undefined;
}

export interface MergeInput {
  readonly row: ActionItemRow;
  readonly issue: Issue;
  /** Undefined at the first agreement with an issue that a person made: Jira's non-empty values win. */
  readonly base: Base | undefined;
  readonly route: JiraRoute;
  readonly people: ItemPeople;
  /** The site's priorities. */
  readonly priorities: readonly JiraNamed[];
  /** Canonical text of the description that Debrief would write for the row as it is. */
  readonly description: string;
  /** What Jira holds for this row's title: one line, at most 255 characters. */
  readonly summary: string;
  /** Fields to leave alone: flipped too often. */
  readonly stopped: ReadonlySet<SyncedField>;
  /** Values that Jira refused before (as they would be written): not sent again until that is due. */
  readonly refused: Readonly<Partial<Record<SyncedField, Refusal>>>;
}

export interface Refusal {
  readonly value: string;
  /** The vendor's words. */
  readonly why: string;
  /** It was refused so long ago that it is tried again. */
  readonly isDue?: boolean;
}

/** What goes to the issue in one edit. */
export interface IssueChanges {
  readonly summary?: string;
  /** True: the description is written anew from the row. */
  readonly description?: boolean;
  readonly assignee?: AccountId | null;
  readonly due?: string | null;
  readonly priorityId?: string | null;
}

/** A value that lost, to be kept as a comment where it was, before anything is overwritten. */
export interface LostValue {
  /** The losing side: there the comment goes. */
  readonly on: Winner;
  readonly field: SyncedField;
  /** Plain text that says what was lost, to what, and why. */
  readonly text: string;
  /** Short and the same for the same loss, so that a repeat is recognized. */
  readonly marker: string;
  /** The lost value alone, for the record. */
  readonly value: string;
}

export interface MergePlan {
  readonly toJira: IssueChanges;
  /** The status that the issue has to reach: the row's status's name and what it stands for. */
  readonly status?: { readonly name: string; readonly target: StatusTarget };
  readonly toNotion: Pick<ActionItemWrite, "title" | "owners" | "due" | "priority" | "status">;
  readonly lost: readonly LostValue[];
  /** A new Outcome for an issue whose description is Jira's: goes there as a comment. */
  readonly outcomeComment?: { readonly text: string; readonly marker: string };
  /**
   * The base once all of this is written. The status at Jira is filled in by the reconciler after the
   * transition; until it succeeded the base keeps the old value of status on both sides.
   */
  readonly base: Base;
  /** What can't be expressed on the other side, a sentence each, for the row's Sync. */
  readonly remarks: readonly string[];
}
