/** The times of debrief.yaml's `timing` block: names, defaults in seconds, bounds and meanings. */

export interface TimingEntry {
  readonly seconds: number;
  readonly max: number;
  readonly meaning: string;
}

const hour = 3600;
const day = 24 * hour;

function table<Entries extends Readonly<Record<string, TimingEntry>>>(entries: Entries): Entries {
  return entries;
}

export const timings = table({
  notion_grace_s: {
    seconds: 90,
    max: hour,
    meaning: "How long a page whose create had an unknown outcome may still turn up at Notion.",
  },
  jira_grace_s: { seconds: 300, max: hour, meaning: "The same for an issue at Jira." },
  pagerduty_grace_s: { seconds: 60, max: hour, meaning: "The same for a note at PagerDuty." },
  lease_s: {
    seconds: 15,
    max: 300,
    meaning: "How long a worker that died still holds the right to write for an incident.",
  },
  request_timeout_s: { seconds: 15, max: 120, meaning: "The longest one call to a vendor takes." },
  store_timeout_s: {
    seconds: 2.3,
    max: 4.5,
    meaning:
      "The longest a webhook waits for the store before it is answered 503. PagerDuty waits 5 s.",
  },
  gate_first_s: {
    seconds: 1,
    max: hour,
    meaning: "The first pause of a failing vendor that named none; it doubles from there.",
  },
  gate_max_s: { seconds: 300, max: hour, meaning: "The longest such pause." },
  unauthorized_pause_s: {
    seconds: 60,
    max: hour,
    meaning: "The pause after a vendor refused our token: at most one probe in this time.",
  },
  secret_files_every_s: {
    seconds: 30,
    max: hour,
    meaning:
      "How often the files that hold secrets are read again. One whose secret was just refused is read at once.",
  },
  resync_every_s: {
    seconds: 300,
    max: day,
    meaning: "The pause between two resyncs. RESYNC_EVERY_S wins over it.",
  },
  resync_lookback_s: {
    seconds: 72 * hour,
    max: 180 * day,
    meaning: "How far back the first resync, or one after a long downtime, looks at least.",
  },
  resync_overlap_s: {
    seconds: 900,
    max: day,
    meaning: "How far a resync looks back beyond the end of the one before.",
  },
  lock_s: {
    seconds: 15,
    max: 300,
    meaning: "How long a worker that died still holds a key of the queue.",
  },
  stalled_every_s: {
    seconds: 5,
    max: 300,
    meaning: "How often the queue looks for keys of dead workers.",
  },
  backoff_first_s: {
    seconds: 1,
    max: hour,
    meaning: "The first pause after an unexplained failure; it doubles from there.",
  },
  backoff_max_s: { seconds: 300, max: hour, meaning: "The longest such pause." },
  drain_s: {
    seconds: 20,
    max: 600,
    meaning: "How long a stopping process waits for what it is working on.",
  },
  recheck_s: {
    seconds: 300,
    max: day,
    meaning: "A page that was not looked at for this long is read again though nothing changed.",
  },
  item_sweep_s: {
    seconds: hour,
    max: day,
    meaning: "How often every open action item is listed, in Notion and in Jira.",
  },
  missing_confirm_s: {
    seconds: 300,
    max: day,
    meaning: "How long a page has to stay unreadable before it counts as deleted.",
  },
  to_do_rest_s: {
    seconds: 120,
    max: day,
    meaning: "How long a to-do's text has to stand before it becomes a row of Action items.",
  },
  roll_up_s: {
    seconds: 3,
    max: hour,
    meaning: "How long a count of action items waits for further changes.",
  },
  item_recheck_s: {
    seconds: 6 * hour,
    max: 30 * day,
    meaning:
      "An open action item that was not looked at for this long is read again, in Notion and in Jira.",
  },
});

export type TimingName = keyof typeof timings;

/** The one time that is a list. */
export const refreshAfter = {
  name: "refresh_after_s",
  seconds: [30, 300, 900],
  listMax: 10,
  max: day,
  meaning:
    "An incident is looked at again this long after its last change, as log entries may trail their webhook. A list.",
} as const;

export const timingNames = Object.keys(timings).filter((name): name is TimingName =>
  Object.hasOwn(timings, name),
);
