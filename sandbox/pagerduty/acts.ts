/**
 * Acting as people: what the team at Acme, its monitoring and its deploys do. The same acts are a
 * function in this process and `POST /_sandbox/act`. Each leaves log entries and webhooks behind.
 */

import { z } from "zod";
import * as changes from "./changes.ts";
import * as lifecycle from "./lifecycle.ts";
import { recordChange, recordLink, recordOther, sendOther, statusUpdate } from "./talk.ts";
import type { Incident, User } from "./model.ts";
import { integration, notify, person, type Actor } from "./record.ts";
import { incidentUrl } from "./references.ts";
import { getIncident, getPolicy, getPriority, getService, getUser, type World } from "./world.ts";

/** A person, by name, e-mail address or id. */
const who = z.string().min(1);
/** When it happens; absent: now. A time in the past lets a long incident be played in a moment. */
const at = z.iso.datetime({ offset: true }).optional();
/** By id or number. */
const incident = z.union([z.string(), z.number()]).transform(String);
/** Absent: the first assignee, else the first person of the account. */
const by = who.optional();
const text = z.string();
const details = z.union([z.string(), z.record(z.string(), z.unknown())]);

const Alert = z.object({
  summary: text.min(1).max(1_024),
  severity: z.enum(["info", "warning", "error", "critical"]).nullable().optional(),
  source: text.optional(),
  key: text.optional(),
  details: details.optional(),
  links: z.array(z.object({ href: text, text })).optional(),
});

const Trigger = z.object({
  do: z.literal("trigger"),
  at,
  title: text.min(1).max(1_024),
  service: text.default("Checkout API"),
  urgency: z.enum(["high", "low"]).default("high"),
  /** A person; absent: the monitoring integration of the service, with an alert. */
  by,
  assignees: z.array(who).optional(),
  alert: Alert.optional(),
  /** Nearly always absent in real life; it is set by a later act. */
  priority: text.optional(),
  details: text.optional(),
});

const common = { at, incident, by };

/** Everything that can be done, by its `do`. */
const Act = z.discriminatedUnion("do", [
  Trigger,
  z.object({ do: z.literal("setPriority"), ...common, priority: text.nullable() }),
  z.object({ do: z.literal("acknowledge"), ...common }),
  /** Without `by`: the acknowledgement timeout. */
  z.object({ do: z.literal("unacknowledge"), ...common }),
  /** Without `by`: the escalation timeout. */
  z.object({ do: z.literal("escalate"), ...common }),
  z.object({ do: z.literal("reassign"), ...common, to: z.array(who).min(1) }),
  z.object({ do: z.literal("delegate"), ...common, to: text }),
  z.object({ do: z.literal("note"), ...common, content: text }),
  z.object({ do: z.literal("statusUpdate"), ...common, message: text }),
  z.object({ do: z.literal("addAlert"), ...common, alert: Alert }),
  z.object({
    do: z.literal("requestResponder"),
    ...common,
    responder: who,
    message: text.optional(),
  }),
  z.object({ do: z.literal("reply"), ...common, by: who, accepts: z.boolean().default(true) }),
  z.object({ do: z.literal("snooze"), ...common, durationS: z.number().positive().default(3_600) }),
  z.object({ do: z.literal("changeUrgency"), ...common, urgency: z.enum(["high", "low"]) }),
  z.object({ do: z.literal("changeTitle"), ...common, title: text.min(1).max(1_024) }),
  z.object({ do: z.literal("moveService"), ...common, service: text }),
  z.object({
    do: z.literal("resolve"),
    ...common,
    through: z.enum(["person", "integration", "timeout"]).default("person"),
    note: text.optional(),
    noteAt: z.enum(["before", "after", "entry"]).optional(),
  }),
  z.object({ do: z.literal("merge"), ...common, into: incident }),
  z.object({ do: z.literal("reopen"), ...common }),
  z.object({
    do: z.literal("notify"),
    ...common,
    people: z.array(who).min(1),
    means: z
      .array(z.enum(["sms", "email", "phone", "push"]))
      .min(1)
      .default(["sms"]),
  }),
  z.object({
    do: z.literal("recordChange"),
    at,
    summary: text,
    service: text.default("Checkout API"),
    source: text.default("deploys.acme.example"),
    links: z.array(z.object({ href: text, text })).default([]),
    details: z.record(z.string(), z.unknown()).default({}),
  }),
  /** A log entry of any type, known or not. */
  z.object({
    do: z.literal("logEntry"),
    ...common,
    type: text,
    summary: text,
    channel: z.record(z.string(), z.unknown()).optional(),
    fields: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({ do: z.literal("link"), ...common, alert: text }),
  z.object({ do: z.literal("unlink"), ...common, alert: text }),
  /** A webhook of any event type with any data, such as a role, a task or something unknown. */
  z.object({
    do: z.literal("webhook"),
    ...common,
    incident: incident.optional(),
    type: text,
    data: z.record(z.string(), z.unknown()),
  }),
  z.object({ do: z.literal("deleteUser"), at, who }),
]);
type Act = z.infer<typeof Act>;

/** What a caller writes: the defaults may be left out. */
export type ActInput = z.input<typeof Act>;

/** The incident that the act was about, and what it made, where it made something. */
export interface ActResult {
  readonly incident?: { readonly id: string; readonly number: number; readonly html_url: string };
  readonly id?: string;
}

/** Parses and does one act. A ZodError or a RangeError (nobody of that name) when it cannot. */
export function act(world: World, input: unknown): ActResult {
  const parsed = Act.parse(input);
  const when = parsed.at === undefined ? world.clock.now() : new Date(parsed.at);
  if (parsed.do === "trigger") {
    return about(triggerOf(world, parsed, when));
  }
  if (parsed.do === "recordChange") {
    return {
      id: recordChange(world, { ...parsed, service: getService(world, parsed.service) }, when),
    };
  }
  if (parsed.do === "deleteUser") {
    getUser(world, parsed.who).deleted = true;
    return {};
  }
  if (parsed.do === "webhook") {
    const subject = parsed.incident === undefined ? undefined : getIncident(world, parsed.incident);
    sendOther(
      world,
      { ...parsed, subject, by: parsed.by === undefined ? undefined : getUser(world, parsed.by) },
      when,
    );
    return subject ? about(subject) : {};
  }
  const subject = getIncident(world, parsed.incident);
  const made =
    parsed.do === "unacknowledge" || parsed.do === "escalate"
      ? byTimeoutOrPerson(world, { subject, parsed, at: when })
      : change(world, parsed, { subject, by: actorOf(world, subject, parsed.by), at: when });
  return made === undefined ? about(subject) : { ...about(subject), id: made };
}

function triggerOf(world: World, input: z.infer<typeof Trigger>, when: Date): Incident {
  return lifecycle.trigger(
    world,
    {
      ...input,
      service: getService(world, input.service),
      by: input.by === undefined ? undefined : getUser(world, input.by),
      assignees: input.assignees?.map((one) => getUser(world, one)),
      priorityId: input.priority === undefined ? null : getPriority(world, input.priority).id,
    },
    when,
  );
}

function byTimeoutOrPerson(
  world: World,
  {
    subject,
    parsed,
    at: when,
  }: {
    readonly subject: Incident;
    readonly parsed: Extract<Act, { do: "unacknowledge" | "escalate" }>;
    readonly at: Date;
  },
): undefined {
  const actor: Actor =
    parsed.by === undefined ? changes.timeoutOf(world, subject) : person(getUser(world, parsed.by));
  const apply = parsed.do === "escalate" ? changes.escalate : changes.unacknowledge;
  apply(world, subject, { actor, at: when });
  return undefined;
}

type IncidentAct = Exclude<
  Act,
  { do: "trigger" | "recordChange" | "deleteUser" | "webhook" | "unacknowledge" | "escalate" }
>;

interface Doing {
  readonly subject: Incident;
  readonly by: User;
  readonly at: Date;
}

/** Does what a person does to an incident; gives the id of what it made, if anything. */
function change(world: World, one: IncidentAct, doing: Doing): string | undefined {
  const { subject, by: user, at: when } = doing;
  const base = { by: user, at: when };
  let made: string | undefined;
  switch (one.do) {
    case "note":
      made = lifecycle.addNote(world, subject, { content: one.content, user, at: when });
      break;
    case "statusUpdate":
      made = statusUpdate(world, subject, { ...base, message: one.message }).id;
      break;
    case "addAlert":
      made = lifecycle.addAlertTo(world, subject, { draft: one.alert, at: when }).id;
      break;
    case "link":
    case "unlink":
      made = recordLink(world, subject, { ...base, alert: one.alert, kind: one.do });
      break;
    case "logEntry":
      made = recordOther(world, subject, { ...one, ...base });
      break;
    case "setPriority":
    case "changeUrgency":
    case "changeTitle":
    case "moveService":
    case "snooze":
      changeFacts(world, one, doing);
      break;
    case "acknowledge":
    case "reassign":
    case "delegate":
    case "requestResponder":
    case "reply":
    case "notify":
      changePeople(world, one, doing);
      break;
    case "resolve":
    case "merge":
    case "reopen":
      changeEnd(world, one, doing);
      break;
  }
  return made;
}

type ActOf<Name extends Act["do"]> = Extract<Act, { do: Name }>;

function changeFacts(
  world: World,
  one: ActOf<"setPriority" | "changeUrgency" | "changeTitle" | "moveService" | "snooze">,
  { subject, by: user, at: when }: Doing,
): void {
  const base = { by: user, at: when };
  switch (one.do) {
    case "setPriority": {
      const to = one.priority === null ? null : getPriority(world, one.priority);
      changes.setPriority(world, subject, { ...base, to });
      break;
    }
    case "changeUrgency":
      changes.changeUrgency(world, subject, { ...base, to: one.urgency });
      break;
    case "changeTitle":
      changes.changeTitle(world, subject, { ...base, to: one.title });
      break;
    case "moveService":
      changes.moveService(world, subject, { ...base, to: getService(world, one.service) });
      break;
    case "snooze":
      changes.snooze(world, subject, { ...base, durationS: one.durationS });
      break;
  }
}

function changePeople(
  world: World,
  one: ActOf<"acknowledge" | "reassign" | "delegate" | "requestResponder" | "reply" | "notify">,
  { subject, by: user, at: when }: Doing,
): void {
  const base = { by: user, at: when };
  switch (one.do) {
    case "acknowledge":
      changes.acknowledge(world, subject, base);
      break;
    case "reassign": {
      const to = one.to.map((name) => getUser(world, name));
      changes.reassign(world, subject, { ...base, to });
      break;
    }
    case "delegate":
      changes.delegate(world, subject, { ...base, to: getPolicy(world, one.to) });
      break;
    case "requestResponder": {
      const responder = getUser(world, one.responder);
      const message = one.message ?? `Please help with "${subject.title}"`;
      changes.requestResponder(world, subject, { ...base, responder, message });
      break;
    }
    case "reply":
      changes.replyAsResponder(world, subject, { ...base, accepts: one.accepts });
      break;
    case "notify": {
      const users = one.people.map((name) => getUser(world, name));
      notify(world, subject, { users, means: one.means, at: when });
      break;
    }
  }
}

function changeEnd(
  world: World,
  one: ActOf<"resolve" | "merge" | "reopen">,
  { subject, by: user, at: when }: Doing,
): void {
  const actor = person(user);
  switch (one.do) {
    case "resolve": {
      const resolver = one.through === "person" ? actor : robot(world, subject, one.through);
      const { note, noteAt } = one;
      lifecycle.resolve(world, subject, { actor: resolver, at: when, note, noteAt });
      break;
    }
    case "merge": {
      const target = getIncident(world, one.into);
      lifecycle.merge(world, { source: subject, target }, { actor, at: when });
      break;
    }
    case "reopen":
      lifecycle.reopen(world, subject, { actor, at: when });
      break;
  }
}

function robot(world: World, subject: Incident, through: "integration" | "timeout"): Actor {
  const service = getService(world, subject.serviceId);
  return through === "timeout"
    ? changes.timeoutOf(world, subject)
    : integration(service, service.integrations[0]);
}

function actorOf(world: World, subject: Incident, name: string | undefined): User {
  const id = name ?? subject.assignments[0]?.userId ?? [...world.account.users.keys()][0] ?? "";
  return getUser(world, id);
}

function about({ id, number }: Incident): ActResult {
  return { incident: { id, number, html_url: incidentUrl(id) } };
}
