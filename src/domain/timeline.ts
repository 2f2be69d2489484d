/** The timeline: an incident's records become rows in order, noise collapsed, each tied to its record. */

/** Which PagerDuty record a row stands for: `log-R123`, `alert-Q1`, `note-P9`, `change-C4`. */
export interface RecordRef {
  readonly kind: "log" | "alert" | "note" | "change";
  readonly id: string;
}

export interface TimelineRow {
  /** The row's identity: the first record it stands for. Its time cell links to `<incident url>#<kind>-<id>`. */
  readonly record: RecordRef;
  /** Further records that this row stands for (collapsed noise, duplicates of one fact). */
  readonly also: readonly RecordRef[];
  readonly at: Date;
  /** Clean, scrubbed plain text, at most 2,000 UTF-16 code units. */
  readonly event: string;
  readonly actor: string;
}

const refForm = /#(log|alert|note|change)-([A-Za-z0-9_-]{1,64})$/;

/** The link of a row's time cell. */
export function recordUrl(incidentUrl: string, record: RecordRef): string {
  return `${incidentUrl}#${record.kind}-${record.id}`;
}

/** Takes the link found in a row's time cell; gives the record it names, or undefined: then the row is a person's. */
export function parseRecordUrl(url: string | undefined): RecordRef | undefined {
  const [, kind, id] = refForm.exec(url ?? "") ?? [];
  return isRecordKind(kind) && id !== undefined ? { kind, id } : undefined;
}

function isRecordKind(word: string | undefined): word is RecordRef["kind"] {
  return word === "log" || word === "alert" || word === "note" || word === "change";
}

/** A record's name as a map key, such as `log-R123`. */
export function recordName(record: RecordRef): string {
  return `${record.kind}-${record.id}`;
}
