/** What the store remembers for a key: where its counterpart stands and what we wrote. All of it can be rebuilt from the vendors. */

import type { BlockId, NotionUserId, PageId } from "./keys.ts";
import type { PostMortemStatus } from "./post-mortem.ts";

/** Written before a create is sent, kept until its outcome is known (create once without idempotency keys). */
export interface Intent {
  /** ISO 8601. */
  readonly at: string;
  /** The process that wrote it: an intent of another process's life is of unknown outcome. */
  readonly process: string;
}

export type SyncState = "converged" | "pending" | "failed";

export interface IncidentLink {
  readonly kind: "incident";
  readonly sync: { readonly state: SyncState; readonly reason?: string; readonly at: string };
  readonly intent?: Intent;
  readonly page?: { readonly id: PageId; readonly url: string };
  /** The page was trashed or deleted by a person; it is not made again unless asked for. */
  readonly gone?: { readonly at: string; readonly how: "trashed" | "missing" };
  /** What we last wrote to properties that become a person's once they change them. */
  readonly written?: {
    readonly name?: string;
    readonly status?: PostMortemStatus;
    readonly leads?: readonly NotionUserId[];
  };
  readonly timeline?: {
    readonly tableId?: BlockId;
    /** A person removed the table: nothing is added any more, and Sync says so. */
    readonly removed?: boolean;
    /** By record name (`log-R123`): fingerprint of the row we wrote, or "" for a record inside a collapsed row. */
    readonly rows: Readonly<Record<string, string>>;
  };
  readonly view?: "linked" | "fallback" | "pending";
  /** The note with the page's link at PagerDuty. */
  readonly note?: { readonly intent?: Intent; readonly done?: boolean };
  /** Fingerprint of everything desired when it last converged: equal means nothing to do. */
  readonly fingerprint?: string;
  /** When the page itself was last looked at, ISO 8601. */
  readonly checkedAt?: string;
  /** PagerDuty's updated_at when it last converged, ISO 8601: the resync skips what has not moved. */
  readonly seenUpdatedAt?: string;
}

export type Link = IncidentLink;
