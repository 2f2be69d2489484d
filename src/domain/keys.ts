/** Names for things in our own world and the vendors': branded ids, and the keys that travel on the queue. */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** PagerDuty incident id, such as `PT4KHLK` or `Q2CKYRLH85UNN4`. */
export type IncidentId = Branded<"IncidentId">;
/** Notion page id, a UUID. */
export type PageId = Branded<"PageId">;
/** Notion block id, a UUID. */
export type BlockId = Branded<"BlockId">;
/** Notion user id, a UUID. */
export type NotionUserId = Branded<"NotionUserId">;
/** Jira issue id, digits: it survives moves, unlike the key. */
export type IssueId = Branded<"IssueId">;
/** Jira account id; may hold a colon. */
export type AccountId = Branded<"AccountId">;
/** What travels on the queue: `incident:PT4KHLK`, `action-item:<page id>`, `resync:pagerduty`. */
export type Key = Branded<"Key">;

export type ParsedKey =
  | { readonly kind: "incident"; readonly id: IncidentId }
  /** A row of Action items, by its page id, and the issue that belongs to it. */
  | { readonly kind: "action-item"; readonly id: PageId }
  /** A row that was just made, and when: Notion rounds the time that it keeps down to the minute. */
  | { readonly kind: "row-created"; readonly id: PageId; readonly at: Date }
  /** An issue that something happened to; leads to its row. */
  | { readonly kind: "issue"; readonly id: IssueId }
  /** A post-mortem page that people edited: to-dos to take in, trashed, restored. */
  | { readonly kind: "post-mortem"; readonly id: PageId }
  /** The count of a post-mortem's action items. */
  | { readonly kind: "roll-up"; readonly id: PageId }
  | { readonly kind: "resync"; readonly id: ResyncId };

const resyncIds = ["pagerduty", "notion", "jira"] as const;
export type ResyncId = (typeof resyncIds)[number];

const incidentIdForm = /^[A-Za-z0-9_-]{1,64}$/;
const uuidForm = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Takes an untrusted string; gives the incident id, or undefined when it can't be one. */
export function parseIncidentId(raw: string): IncidentId | undefined {
  return incidentIdForm.test(raw) ? (raw as IncidentId) : undefined;
}

/** Takes an untrusted string; gives the issue id, or undefined when it can't be one. */
export function parseIssueId(raw: string): IssueId | undefined {
  return /^[1-9][0-9]{0,19}$/.test(raw) ? (raw as IssueId) : undefined;
}

/** Takes a UUID with or without dashes; gives it with dashes and in lower case, or undefined. */
export function parseUuid(raw: string): string | undefined {
  if (!uuidForm.test(raw)) {
    return undefined;
  }
  const hex = raw.replaceAll("-", "").toLowerCase();
  return [8, 12, 16, 20].reduceRight((id, at) => `${id.slice(0, at)}-${id.slice(at)}`, hex);
}

/** Notion's ids as Notion gave them. For values from elsewhere, parse first. */
export function pageId(id: string): PageId {
  return id as PageId;
}
export function blockId(id: string): BlockId {
  return id as BlockId;
}
export function notionUserId(id: string): NotionUserId {
  return id as NotionUserId;
}

export function accountId(id: string): AccountId {
  return id as AccountId;
}

export function incidentKey(id: IncidentId): Key {
  return `incident:${id}` as Key;
}
export function actionItemKey(id: PageId): Key {
  return `action-item:${id}` as Key;
}
/** `at` is the time of the event that told of the row, to the millisecond. */
export function rowCreatedKey(id: PageId, at: Date): Key {
  return `row-created:${id}@${at.getTime()}` as Key;
}
export function issueKey(id: IssueId): Key {
  return `issue:${id}` as Key;
}
export function postMortemKey(id: PageId): Key {
  return `post-mortem:${id}` as Key;
}
export function rollUpKey(id: PageId): Key {
  return `roll-up:${id}` as Key;
}
export function resyncKey(id: ResyncId): Key {
  return `resync:${id}` as Key;
}

/** Takes a key as it came from the queue; gives its parts, or undefined for one this version does not know. */
export function parseKey(key: string): ParsedKey | undefined {
  const colon = key.indexOf(":");
  const kind = key.slice(0, colon);
  const id = key.slice(colon + 1);
  switch (kind) {
    case "incident": {
      const incident = parseIncidentId(id);
      return incident === undefined ? undefined : { kind, id: incident };
    }
    case "issue": {
      const issue = parseIssueId(id);
      return issue === undefined ? undefined : { kind, id: issue };
    }
    case "action-item":
    case "post-mortem":
    case "roll-up": {
      const page = parseUuid(id);
      return page === undefined ? undefined : { kind, id: pageId(page) };
    }
    case "row-created": {
      const [, row, ms] = /^([0-9a-f-]{36})@([0-9]{1,15})$/i.exec(id) ?? [];
      const page = parseUuid(row ?? "");
      return page === undefined ? undefined : { kind, id: pageId(page), at: new Date(Number(ms)) };
    }
    case "resync": {
      const known = resyncIds.find((each) => each === id);
      return known === undefined ? undefined : { kind, id: known };
    }
    default:
      return undefined;
  }
}
