/** What the store remembers for a key: where its counterpart stands and what we wrote. All of it can be rebuilt from the vendors. */

import type { BlockId, NotionUserId, PageId } from "./keys.ts";
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

export type Link = IncidentLink;
