/** The post-mortem page: its property names, who owns which, and how a page looks when read. */

import type { BlockId, NotionUserId, PageId } from "./keys.ts";

/** Property names in the Post-mortems data source (DESIGN: these names win). */
export const postMortemProperties = {
  name: "Name",
  incidentId: "Incident ID",
  incidentUrl: "Incident",
  severity: "Severity",
  services: "Services",
  status: "Status",
  started: "Started",
  resolved: "Resolved",
  durationMin: "Duration min",
  ackMin: "Time to acknowledge min",
  leads: "Lead",
  actionItems: "Action items",
  sync: "Sync",
} as const;

export type PostMortemStatus = "Live" | "Draft" | "In review" | "Final" | "Closed";

/** The properties that Debrief writes. In an update, absent means leave alone and `null` means clear. */
export interface PostMortemWrite {
  readonly name?: string;
  readonly incidentId?: string;
  readonly incidentUrl?: string;
  readonly severity?: string | null;
  readonly services?: readonly string[];
  readonly status?: PostMortemStatus;
  readonly started?: Date;
  readonly resolved?: Date | null;
  readonly durationMin?: number | null;
  readonly ackMin?: number | null;
  readonly leads?: readonly NotionUserId[];
  readonly sync?: string;
}

/** A post-mortem page as read from Notion. */
export interface PostMortemPage {
  readonly id: PageId;
  readonly url: string;
  readonly inTrash: boolean;
  readonly createdAt: Date;
  /** Last edited by our own bot, and by nobody after it. */
  readonly lastEditedByUs: boolean;
  readonly name: string;
  readonly incidentId: string;
  readonly incidentUrl?: string;
  readonly severity?: string;
  readonly services: readonly string[];
  readonly status?: string;
  readonly started?: Date;
  readonly resolved?: Date;
  readonly durationMin?: number;
  readonly ackMin?: number;
  readonly leads: readonly NotionUserId[];
  readonly sync: string;
  /** As for a row of the action items: what reads as empty because the property is not there. */
  readonly lacks?: readonly string[];
}

/** A top-level block of a page as read from Notion. */
export interface PageBlock {
  readonly id: BlockId;
  /** Notion's type, such as `heading_2`, `table`, `child_database`. */
  readonly type: string;
  /** Plain text where the block has any. */
  readonly text: string;
  /** Last edited by our own bot. */
  readonly byUs: boolean;
}

/** A row of the timeline table as read from Notion; the header row included. */
export interface PageTableRow {
  readonly id: BlockId;
  /** Plain text of each cell. */
  readonly cells: readonly string[];
  /** The first link in the first cell, if any. */
  readonly href?: string;
  readonly byUs: boolean;
}
