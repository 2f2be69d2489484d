/** What the store remembers for a key: where its counterpart stands and what we wrote. All of it can be rebuilt from the vendors. */

import type { Base, SideValues, SyncedField } from "./action-item.ts";
import type { FieldRefusal, ItemState } from "./item-sync-text.ts";
import type { BlockId, IncidentId, IssueId, NotionUserId, PageId } from "./keys.ts";
import type { PostMortemStatus } from "./post-mortem.ts";

/**
 * Written before a create is sent and cleared once its outcome is known. One that stands at the start
 * of a run is of unknown outcome: what it made may still appear until the vendor's grace is over.
 */
export interface Intent {
  /** ISO 8601. */
  readonly at: string;
}

export type SyncState = "converged" | "pending" | "failed";

export interface IncidentLink {
  readonly kind: "incident";
  readonly sync: { readonly state: SyncState; readonly reason?: string; readonly at: string };
  readonly intent?: Intent;
  readonly page?: { readonly id: PageId; readonly url: string };
  /** Not readable since (ISO 8601): deleted, or no longer shared. Believed only when it lasts. */
  readonly missingSince?: string;
  /** An operator asked for a new page: pages in the trash are no reason against it. */
  readonly recreate?: boolean;
  /** A create followed one of unknown outcome: from then on (ISO 8601) look once whether both stand. */
  readonly verifyAt?: string;
  /** Further pages of this incident that people have edited, so that they were not merged away. */
  readonly duplicates?: readonly string[];
  /** Texts of the headings that the page was made with. */
  readonly headings?: readonly string[];
  readonly missingHeadings?: readonly string[];
  /** The page was trashed or deleted by a person; it is not made again unless asked for. */
  readonly gone?: { readonly at: string; readonly how: "trashed" | "missing" };
  /** What we last wrote to properties that become a person's once they change them. */
  readonly written?: {
    readonly name?: string;
    readonly status?: PostMortemStatus;
    readonly leads?: readonly NotionUserId[];
    readonly sync?: string;
  };
  readonly timeline?: {
    readonly tableId?: BlockId;
    /** A person removed the table: nothing is added any more, and Sync says so. */
    readonly removed?: boolean;
    /** By record name (`log-R123`): fingerprint of the row we wrote, or "" for a record inside a collapsed row. */
    readonly rows?: Readonly<Record<string, string>>;
    readonly intent?: Intent;
  };
  /**
   * The linked view of action items: none yet, standing, or refused and a link in its place.
   * Undefined: unknown, look at the page.
   */
  readonly view?: {
    readonly state: "none" | "linked" | "refused";
    readonly intent?: Intent;
    readonly linkBlock?: BlockId;
  };
  /** The note with the page's link at PagerDuty. */
  readonly note?: {
    readonly intent?: Intent;
    readonly done?: boolean;
    /** PagerDuty refused it for good: as whom it was posted, and PagerDuty's words. */
    readonly refused?: { readonly author: string; readonly why: string };
  };
  /** The data source of its action items. */
  readonly actionItems?: string;
  /** How its action items stand, as last counted. */
  readonly items?: ItemCounts;
  /** Fingerprint of everything desired when it last converged: equal means nothing to do. */
  readonly fingerprint?: string;
  /** When the page itself was last looked at, ISO 8601. */
  readonly checkedAt?: string;
  /** When the incident's records were last read to the end, ISO 8601. */
  readonly lookedAt?: string;
  /** A failure that lasts: the resync leaves it alone until then, each time for longer. */
  readonly retry?: { readonly notBefore: string; readonly pauseMs: number };
  /** PagerDuty's updated_at when it last converged, ISO 8601: the resync skips what has not moved. */
  readonly seenUpdatedAt?: string;
}

/** Of one post-mortem; `failed` and `waiting` are also among the open ones. */
export interface ItemCounts {
  readonly open: number;
  readonly done: number;
  readonly waiting: number;
  readonly failed: number;
}

export interface Refused {
  readonly value: string;
  readonly why: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface ActionItemLink {
  readonly kind: "action-item";
  readonly sync: IncidentLink["sync"];
  /** When the row was made, to the millisecond, where its webhook told (ISO 8601). */
  readonly createdAt?: string;
  /** A create of the issue of unknown outcome. */
  readonly intent?: Intent;
  readonly issue?: { readonly id: IssueId; readonly key: string };
  /** A transition that we sent, by status ids: not yet in the base, and no change of Jira's. */
  readonly hop?: { readonly from: string; readonly to: string };
  /** Values that were about to be written to the row, as the base would hold them: not agreed on yet. */
  readonly pending?: { readonly at: string; readonly notion: Readonly<Partial<SideValues>> };
  /** What we last wrote to the row's Jira property. */
  readonly url?: string;
  /** Further live issues that carry this row's label and property: said, never deleted. */
  readonly duplicates?: readonly string[];
  /** A create followed one of unknown outcome: from then on (ISO 8601) look once whether both stand. */
  readonly verifyAt?: string;
  /** The remote links stand, for the page and the incident named here. */
  readonly linked?: string;
  /** As last read from or written to the issue's property. */
  readonly base?: Base;
  /** The row or the issue is not readable since (ISO 8601). Believed only when it lasts. */
  readonly missingSince?: string;
  /**
   * What ended the pair: the row trashed or deleted, the issue deleted or out of reach. Nothing is made again.
   * `told`: the issue carries a comment that says so. `moved`: the row stands in another database, without
   * the values that have no property there.
   */
  readonly gone?: {
    readonly at: string;
    readonly what: "row" | "issue";
    readonly told?: boolean;
    readonly moved?: boolean;
  };
  /** How the item was last counted, and for which post-mortem. */
  readonly counted?: { readonly postMortem?: PageId; readonly state: ItemState };
  /** The side that each field was last written to. */
  readonly wrote?: Readonly<Partial<Record<SyncedField, "notion" | "jira">>>;
  /** When each field was last written to the other side than before (ISO 8601), for the guard against flip-flop. */
  readonly flips?: Readonly<Partial<Record<SyncedField, readonly string[]>>>;
  /** A field that flipped too often is left alone until then (ISO 8601). */
  readonly stopped?: Readonly<Partial<Record<SyncedField, string>>>;
  readonly lastConflict?: {
    readonly at: string;
    readonly field: SyncedField;
    readonly kept: "notion" | "jira";
    readonly lost: string;
    /** A comment on the losing side holds the value. */
    readonly commented: boolean;
    /** Something was written since: no longer shown. */
    readonly past?: boolean;
  };
  /** What Jira would not take when the issue was made. */
  readonly leftOut?: readonly FieldRefusal[];
  /** Fields that Jira refused, with its words and when: not sent again for a while unless the value changes. */
  readonly refused?: Readonly<Partial<Record<SyncedField, Refused>>>;
  /** Notion's last_edited_time and Jira's updated of what was last looked at: a resync skips what has not moved. */
  readonly seen?: { readonly row: string; readonly issue?: string };
  /** When both sides were last looked at, ISO 8601. */
  readonly checkedAt?: string;
  readonly retry?: IncidentLink["retry"];
}

/** What an issue leads to, so that a webhook of Jira costs no read to find its row. */
export interface IssueLink {
  readonly kind: "issue";
  readonly row: PageId;
}

/** What a post-mortem page leads to, and the to-dos on it that are on their way to become rows. */
export interface PostMortemLink {
  readonly kind: "post-mortem";
  readonly incident?: {
    /** Undefined for a page that a person made, without an incident. */
    readonly id?: IncidentId;
    readonly name: string;
    /** "" where there is none. */
    readonly url: string;
    readonly severity: string;
    readonly pageUrl: string;
    readonly service?: { readonly id: string; readonly name: string };
    readonly teams: readonly { readonly id: string; readonly name: string }[];
  };
  /** The page was found in the trash or out of reach. */
  readonly gone?: boolean;
  /** Its rows have not been told yet that it left, or that it is back. */
  readonly untold?: boolean;
  /** Its items are told once more then (ISO 8601), for queries lag behind what makes rows appear. */
  readonly tellAgainAt?: string;
  /** When the page's to-dos were last read, ISO 8601. */
  readonly lookedAt?: string;
  /** By block id: the text as last read and since when it stands (ISO 8601); the create of its row. */
  readonly toDos?: Readonly<
    Record<
      string,
      {
        readonly text: string;
        readonly since: string;
        readonly intent?: Intent;
        readonly made?: MadeRow;
      }
    >
  >;
}

/** What a row was made with, and the to-do's text that it was read from. */
export interface MadeRow {
  readonly text: string;
  readonly title: string;
  readonly owners: readonly NotionUserId[];
  readonly due?: string;
}

/** When a count that waits for further changes is due, and when it is repeated because queries lag (ISO 8601). */
export interface RollUpLink {
  readonly kind: "roll-up";
  readonly dueAt?: string;
  readonly againAt?: string;
}

export type Link = IncidentLink | ActionItemLink | IssueLink | PostMortemLink | RollUpLink;
type LinkKind = Link["kind"];

export const linkKinds = [
  "incident",
  "action-item",
  "issue",
  "post-mortem",
  "roll-up",
] as const satisfies readonly LinkKind[];

/** Takes a link as the store gave it; gives it when it is of this kind. */
export function linkOf<Kind extends LinkKind>(
  kind: Kind,
  link: Link | undefined,
): Extract<Link, { kind: Kind }> | undefined {
  return isOfKind(kind, link) ? link : undefined;
}

function isOfKind<Kind extends LinkKind>(
  kind: Kind,
  link: Link | undefined,
): link is Extract<Link, { kind: Kind }> {
  return link?.kind === kind;
}
