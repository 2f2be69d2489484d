/**
 * Facts become groups, one a row: noise and several records of one fact are collapsed.
 *
 * One pass in order. Each fact joins a group that stands already or opens its own, and nothing is
 * ever taken back: what comes later can't change which record names a row, only what the row stands for.
 */

import type { AlertFact, Fact, LogFact, NoteFact } from "./timeline-facts.ts";
import { oneLine } from "./text.ts";

export type GroupKind =
  /** A trigger, an alert, or both of one and the same event, and its repeats. */
  | "alarm"
  /** Alerts beyond `alarmsPerWindow` in a window. */
  | "burst"
  /** Notifications of one episode: until somebody acts or the next level is reached. */
  | "page"
  | "assignment"
  /** A note and its log entry. */
  | "note"
  /** A resolve entry and its note. */
  | "resolution"
  | "single";

export interface Group {
  kind: GroupKind;
  /** In order; the first names the row. */
  readonly facts: [Fact, ...Fact[]];
}

const alarmsPerWindow = 10;
const windowMs = 60_000;
/** A trigger and its alert, a note and its entry, a resolve and its note lie at most this far apart. */
const pairMs = 60_000;
/** The same where only time and person tell that they belong together. */
const closeMs = 5_000;
const repeatMs = 10 * 60_000;
const sameMomentMs = 2_000;
const resolutionNote = /^Resolution Note:\s*/i;

/** A new episode of paging starts after one of these. */
const episodeEnds = new Set([
  "acknowledge_log_entry",
  "unacknowledge_log_entry",
  "assign_log_entry",
  "reassign_log_entry",
  "escalate_log_entry",
  "delegate_log_entry",
  "repeat_escalation_path_log_entry",
  "responder_request_log_entry",
  "resolve_log_entry",
  "reopen_log_entry",
]);

interface State {
  readonly groups: Group[];
  page: Group | undefined;
  window: { readonly startMs: number; alarms: number; burst: Group | undefined } | undefined;
}

/** Takes facts in order; gives groups in the order of their first facts. Every fact is in one group. */
export function groupFacts(facts: readonly Fact[]): readonly Group[] {
  const state: State = { groups: [], page: undefined, window: undefined };
  for (const fact of facts) {
    if (fact.kind === "alert" || (fact.kind === "log" && fact.log.type === "trigger_log_entry")) {
      placeAlarm(fact, state);
    } else if (fact.kind === "note") {
      placeNote(fact, state);
    } else if (fact.kind === "change") {
      open("single", fact, state);
    } else {
      placeLog(fact, state);
    }
  }
  return state.groups;
}

function placeLog(fact: LogFact, state: State): void {
  const { type } = fact.log;
  if (episodeEnds.has(type)) {
    state.page = undefined;
  }
  switch (type) {
    case "notify_log_entry":
      state.page = state.page === undefined ? open("page", fact, state) : join(fact, state.page);
      break;
    case "annotate_log_entry":
      placeNote(fact, state);
      break;
    case "resolve_log_entry":
      placeResolve(fact, state);
      break;
    case "assign_log_entry":
    case "reassign_log_entry":
    case "escalate_log_entry":
      joinOrOpen(
        "assignment",
        fact,
        state,
        findRecent(state, fact, sameMomentMs, (group) => {
          return group.kind === "assignment" && targetsOf(group.facts[0]) === targetsOf(fact);
        }),
      );
      break;
    default:
      open("single", fact, state);
  }
}

function open(kind: GroupKind, fact: Fact, state: State): Group {
  const group: Group = { kind, facts: [fact] };
  state.groups.push(group);
  return group;
}

function join(fact: Fact, group: Group): Group {
  group.facts.push(fact);
  return group;
}

function joinOrOpen(kind: GroupKind, fact: Fact, state: State, group: Group | undefined): void {
  if (group === undefined) {
    open(kind, fact, state);
  } else {
    join(fact, group);
  }
}

/** The earliest group that was opened at most `withinMs` ago and fits. */
function findRecent(
  state: State,
  fact: Fact,
  withinMs: number,
  fits: (group: Group) => boolean,
): Group | undefined {
  let found: Group | undefined;
  for (let at = state.groups.length - 1; at >= 0; at -= 1) {
    const group = state.groups[at];
    if (group === undefined || agoMs(group.facts[0], fact) > withinMs) {
      break;
    }
    found = fits(group) ? group : found;
  }
  return found;
}

function agoMs(earlier: Fact, later: Fact): number {
  return later.at.getTime() - earlier.at.getTime();
}

function targetsOf(fact: Fact): string {
  return fact.kind === "log" ? fact.log.targets.toSorted().join("\n") : "";
}

function placeAlarm(fact: LogFact | AlertFact, state: State): void {
  const mate =
    findRecent(state, fact, pairMs, (group) => isMate(group, fact)) ??
    (fact.kind === "log" ? findRepeated(fact, state) : undefined);
  if (mate !== undefined) {
    join(fact, mate);
    return;
  }
  if (state.window === undefined || fact.at.getTime() - state.window.startMs > windowMs) {
    state.window = { startMs: fact.at.getTime(), alarms: 0, burst: undefined };
  }
  const { window } = state;
  if (window.alarms < alarmsPerWindow) {
    window.alarms += 1;
    open("alarm", fact, state);
  } else {
    window.burst =
      window.burst === undefined ? open("burst", fact, state) : join(fact, window.burst);
  }
}

/** An alert for a trigger without one, or a trigger for an alert without one. */
function isMate(group: Group, fact: LogFact | AlertFact): boolean {
  if (group.kind !== "alarm" || group.facts.some((each) => each.kind === fact.kind)) {
    return false;
  }
  const [theirs, ours] = [alarmText(group.facts[0]), alarmText(fact)];
  const isBare = theirs === "" || ours === "";
  return isBare ? agoMs(group.facts[0], fact) <= closeMs : theirs === ours;
}

/** A trigger that says what an alarm said within the last minutes: the same alert fired again. */
function findRepeated(fact: LogFact, state: State): Group | undefined {
  const text = alarmText(fact);
  if (text === "") {
    return undefined;
  }
  for (let at = state.groups.length - 1; at >= 0; at -= 1) {
    const group = state.groups[at];
    const last = group?.facts.at(-1);
    if (group?.kind === "alarm" && last !== undefined && alarmText(group.facts[0]) === text) {
      return agoMs(last, fact) <= repeatMs ? group : undefined;
    }
  }
  return undefined;
}

function alarmText(fact: Fact): string {
  if (fact.kind === "alert") {
    return comparable(fact.alert.summary);
  }
  return fact.kind === "log" ? comparable(fact.log.text ?? "") : "";
}

function comparable(text: string): string {
  return oneLine(text).toLowerCase();
}

function placeNote(fact: LogFact | NoteFact, state: State): void {
  const text = noteText(fact);
  const counterpart =
    findRecent(
      state,
      fact,
      pairMs,
      (group) => lacks(group, fact) && textsOf(group).includes(text),
    ) ?? findRecent(state, fact, closeMs, (group) => lacks(group, fact) && sameAuthor(group, fact));
  if (counterpart !== undefined) {
    join(fact, counterpart);
    return;
  }
  const resolution = resolutionNote.test(text)
    ? findRecent(state, fact, pairMs, (group) => {
        return group.kind === "resolution" && !hasNote(group) && agrees(group.facts[0], text);
      })
    : undefined;
  joinOrOpen("note", fact, state, resolution);
}

/** A note group (or a resolution's) with an entry but without its note, or the reverse. */
function lacks(group: Group, fact: LogFact | NoteFact): boolean {
  const notes = group.facts.filter(isNoteFact);
  return notes.length > 0 && notes.every((each) => each.kind !== fact.kind);
}

function hasNote(group: Group): boolean {
  return group.facts.some(isNoteFact);
}

function isNoteFact(fact: Fact): fact is LogFact | NoteFact {
  return fact.kind === "note" || (fact.kind === "log" && fact.log.type === "annotate_log_entry");
}

function textsOf(group: Group): string[] {
  return group.facts.filter(isNoteFact).map(noteText);
}

function sameAuthor(group: Group, fact: LogFact | NoteFact): boolean {
  const author = authorOf(fact);
  return author !== "" && group.facts.filter(isNoteFact).some((each) => authorOf(each) === author);
}

function authorOf(fact: LogFact | NoteFact): string {
  return fact.kind === "note" ? fact.note.author : (fact.log.agent?.name ?? "");
}

function noteText(fact: LogFact | NoteFact): string {
  return comparable(fact.kind === "note" ? fact.note.content : (fact.log.text ?? ""));
}

function placeResolve(fact: LogFact, state: State): void {
  const note = findRecent(state, fact, pairMs, (group) => {
    return (
      group.kind === "note" &&
      textsOf(group).some((text) => resolutionNote.test(text) && agrees(fact, text))
    );
  });
  if (note === undefined) {
    open("resolution", fact, state);
  } else {
    join(fact, note).kind = "resolution";
  }
}

/** Whether a resolve entry says nothing of its own, or what the note says. */
function agrees(resolve: Fact, text: string): boolean {
  const own = resolve.kind === "log" ? comparable(resolve.log.text ?? "") : "";
  return own === "" || own === text || own === text.replace(resolutionNote, "");
}

/** Takes a note's content; gives it without PagerDuty's "Resolution Note:". */
export function withoutResolutionPrefix(content: string): string {
  return content.replace(resolutionNote, "");
}
