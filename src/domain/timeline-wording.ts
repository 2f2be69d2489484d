/** What a row of the timeline says, in words for people, and who did it. Not yet cleaned or scrubbed. */

import type { Actor, Alert, Incident, LogEntry } from "./incident.ts";
import type { Fact } from "./timeline-facts.ts";
import { withoutResolutionPrefix, type Group, type GroupKind } from "./timeline-groups.ts";

export interface Wording {
  readonly event: string;
  readonly actor: string;
}

/** What the wording of one group depends on besides its facts. */
export interface WordingContext {
  readonly incident: Incident;
  /** The incident's first trigger entry. */
  readonly firstTrigger: Fact | undefined;
  /** Its last resolve entry. */
  readonly lastResolve: Fact | undefined;
}

const automatic = "PagerDuty";

const wordings: Readonly<Record<GroupKind, (group: Group, context: WordingContext) => Wording>> = {
  alarm: wordAlarm,
  burst: wordBurst,
  page: (group) => ({ event: pageText(logsOf(group)), actor: automatic }),
  assignment: wordAssignment,
  note: (group) => ({ event: `Note: ${noteOf(group)}`, actor: noteAuthor(group) }),
  resolution: wordResolution,
  single: wordSingle,
};

/** Takes a group of facts; gives what happened and who did it. */
export function wordGroup(group: Group, context: WordingContext): Wording {
  return wordings[group.kind](group, context);
}

function logsOf(group: Group): LogEntry[] {
  return group.facts.flatMap((fact) => (fact.kind === "log" ? [fact.log] : []));
}

function alertsOf(group: Group): Alert[] {
  return group.facts.flatMap((fact) => (fact.kind === "alert" ? [fact.alert] : []));
}

function wordAlarm(group: Group, { incident, firstTrigger }: WordingContext): Wording {
  const [alert] = alertsOf(group);
  const triggers = logsOf(group);
  const [trigger] = triggers;
  const isStart = firstTrigger !== undefined && group.facts.includes(firstTrigger);
  const said = alert?.summary ?? trigger?.text ?? (isStart ? incident.title : trigger?.summary);
  const repeats = triggers.length - 1;
  const again = repeats < 1 ? "" : `, repeated ${repeats === 1 ? "once" : `${repeats} times`}`;
  return {
    event: `${isStart ? "Triggered" : "Alert"}: ${said ?? ""}${alertDetails(alert)}${again}`,
    actor: trigger?.agent === undefined ? alertActor(alert) : actorOf(trigger),
  };
}

function alertDetails(alert: Alert | undefined): string {
  const details = [alert?.severity, alert?.source].filter((part) => (part ?? "") !== "");
  return details.length === 0 ? "" : ` (${details.join(", ")})`;
}

function alertActor(alert: Alert | undefined): string {
  if (alert?.integration !== undefined) {
    return `${alert.integration} (integration)`;
  }
  return alert?.source ?? automatic;
}

function wordBurst(group: Group): Wording {
  const alerts = alertsOf(group);
  const triggers = logsOf(group);
  const count = Math.max(alerts.length, triggers.length);
  const example = alerts[0]?.summary ?? triggers[0]?.text;
  const such = example === undefined ? "" : `, such as "${example}"`;
  return {
    event: `${count} further ${count === 1 ? "alert" : "alerts"} within a minute${such}`,
    actor: triggers[0]?.agent === undefined ? alertActor(alerts[0]) : actorOf(triggers[0]),
  };
}

const meansWords: Readonly<Record<string, string>> = {
  sms: "text message",
  push: "push",
  phone: "phone",
  email: "email",
};

/** "Paged 4 people, 9 notifications (2 by phone, 7 by push)" */
function pageText(entries: readonly LogEntry[]): string {
  const notified = entries.flatMap((entry) => entry.notified ?? []);
  const names = new Set(notified.map(({ name }) => name));
  const [only = "somebody"] = names;
  const who = names.size > 1 ? `${names.size} people` : only;
  const counts = new Map<string, number>();
  for (const { by } of notified) {
    const means = meansWords[by] ?? by;
    counts.set(means, (counts.get(means) ?? 0) + 1);
  }
  const byMeans = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 1) {
    return `Paged ${who}${byMeans.map(([means]) => ` by ${means}`).join("")}`;
  }
  const details = byMeans.map(([means, count]) => `${count} by ${means}`).join(", ");
  return `Paged ${who}, ${entries.length} notifications${details === "" ? "" : ` (${details})`}`;
}

function wordAssignment(group: Group): Wording {
  const entries = logsOf(group);
  const entry = entries.find(({ type }) => type === "escalate_log_entry") ?? entries[0];
  if (entry === undefined) {
    return { event: "", actor: "" };
  }
  const verb = entry.type === "escalate_log_entry" ? "Escalated" : "Assigned";
  const targets = entry.targets.join(", ");
  const event = targets === "" ? entry.summary || verb : `${verb} to ${targets}`;
  return { event, actor: actorOf(entry) };
}

function noteOf(group: Group): string {
  const note = group.facts.find((fact) => fact.kind === "note");
  if (note !== undefined) {
    return note.note.content;
  }
  const entry = logsOf(group).find(({ type }) => type === "annotate_log_entry");
  return entry?.text ?? entry?.summary ?? "";
}

function noteAuthor(group: Group): string {
  const note = group.facts.find((fact) => fact.kind === "note");
  const author = note?.note.author ?? "";
  const [entry] = logsOf(group);
  return author === "" && entry !== undefined ? actorOf(entry) : author;
}

function wordResolution(group: Group, { incident, lastResolve }: WordingContext): Wording {
  const resolve = logsOf(group).find(({ type }) => type === "resolve_log_entry");
  const isMerge =
    incident.mergedInto !== undefined && group.facts.some((fact) => fact === lastResolve);
  const how = isMerge ? `Resolved by merging into ${incident.mergedInto?.name ?? ""}` : "Resolved";
  const note = resolve?.text ?? withoutResolutionPrefix(noteOf(group));
  return {
    event: note.trim() === "" ? how : `${how}: ${note}`,
    actor: resolve === undefined ? noteAuthor(group) : actorOf(resolve),
  };
}

function wordSingle({ facts: [fact] }: Group): Wording {
  if (fact.kind === "log") {
    return { event: logText(fact.log), actor: actorOf(fact.log) };
  }
  if (fact.kind === "change") {
    const { summary, source } = fact.change;
    const word = /\b(?:deploy|release|rollout|rollback|ship)/i.test(summary) ? "Deploy" : "Change";
    return { event: `${word}: ${summary}`, actor: source ?? "" };
  }
  return { event: "", actor: "" };
}

/** PagerDuty's types that don't go by their summary. Whatever else it may add has a summary. */
function logText(entry: LogEntry): string {
  const targets = entry.targets.join(", ");
  const said = entry.text === undefined ? "" : `: ${entry.text}`;
  switch (entry.type) {
    case "acknowledge_log_entry":
      return "Acknowledged";
    case "unacknowledge_log_entry":
      return entry.channel === "timeout" ? "Acknowledgement timed out" : "Acknowledgement ended";
    case "delegate_log_entry":
      return targets === "" ? summaryOf(entry) : `Moved to another escalation policy: ${targets}`;
    case "snooze_log_entry":
      return entry.durationS === undefined ? "Snoozed" : `Snoozed for ${duration(entry.durationS)}`;
    case "reopen_log_entry":
      return "Reopened";
    case "status_update_log_entry":
      return entry.text === undefined ? summaryOf(entry) : `Status update${said}`;
    case "responder_request_log_entry":
      return targets === "" ? summaryOf(entry) : `Asked ${targets} to respond${said}`;
    case "reach_ack_limit_log_entry":
      return "Reached the limit of acknowledgements; further ones are not logged";
    case "reach_trigger_limit_log_entry":
      return "Reached the limit of triggers; further ones are not logged";
    case "repeat_escalation_path_log_entry":
      return "Escalation starts again from the first level";
    case "exhaust_escalation_path_log_entry":
      return "Escalation has reached its end: nobody is left to page";
    case "link_log_entry":
      return entry.linked === undefined ? summaryOf(entry) : `Linked: ${entry.linked}`;
    case "unlink_log_entry":
      return entry.linked === undefined ? summaryOf(entry) : `Unlinked: ${entry.linked}`;
    default:
      return changeText(entry) ?? summaryOf(entry);
  }
}

function changeText({ change, type, text, summary }: LogEntry): string | undefined {
  if (change === undefined) {
    return /field_value_change/.test(type) && text !== undefined ? text : undefined;
  }
  const { field, from, to } = change;
  const isService = field.toLowerCase() === "service";
  const name = field.charAt(0).toUpperCase() + field.slice(1);
  if (from !== undefined && to !== undefined) {
    return isService
      ? `Moved from service ${from} to ${to}`
      : `${name} changed from ${from} to ${to}`;
  }
  if (to !== undefined) {
    return isService ? `Moved to service ${to}` : `${name} set to ${to}`;
  }
  if (from !== undefined && isService && summary.includes(from)) {
    return summary;
  }
  if (from !== undefined) {
    return isService ? `Moved away from service ${from}` : `${name} ${from} removed`;
  }
  return undefined;
}

function summaryOf({ summary, type }: LogEntry): string {
  if (summary.trim() !== "") {
    return summary;
  }
  const words = type
    .replace(/_log_entry$/, "")
    .replaceAll("_", " ")
    .trim();
  return words === "" ? "Something happened" : words.charAt(0).toUpperCase() + words.slice(1);
}

/** `2 h`, `1 h 30 min`, `45 s` */
function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) {
    return `${Math.max(0, Math.round(seconds))} s`;
  }
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const parts = [hours === 0 ? "" : `${hours} h`, rest === 0 ? "" : `${rest} min`];
  return parts.filter((part) => part !== "").join(" ");
}

function actorOf({ agent, channel }: LogEntry): string {
  if (agent?.kind !== "person" && (channel === "timeout" || channel === "auto")) {
    return `${automatic} (${channel === "timeout" ? "timeout" : "automatic"})`;
  }
  return agent === undefined ? automatic : actorName(agent);
}

function actorName({ kind, name }: Actor): string {
  return kind === "integration" || kind === "service" ? `${name} (${kind})` : name;
}
