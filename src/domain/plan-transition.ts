/**
 * The next transition on an issue's way to a status. Jira shows no workflow, only what the issue offers right
 * now, so the way is planned one transition at a time and the list is read again after each.
 */

import type { Issue, JiraStatus, StatusCategory } from "./action-item.ts";
import type { StatusTarget } from "./route.ts";
import { foldedName } from "./status-name.ts";
import { oneLine } from "./text.ts";

/** A transition as Jira offers it to us now; the client's has the same shape. */
export interface OfferedTransition {
  readonly id: string;
  readonly name: string;
  readonly to: JiraStatus;
  /** False: a condition of the workflow stands against it. */
  readonly available: boolean;
  /** Leads back to where it begins. */
  readonly looped: boolean;
  readonly hasScreen: boolean;
  /** Fields of its screen, by field id. */
  readonly fields: Readonly<
    Record<
      string,
      { readonly name: string; readonly required: boolean; readonly hasDefault: boolean }
    >
  >;
}

export interface TransitionInput {
  readonly current: Pick<Issue, "status" | "resolution">;
  /** The row's status and what it stands for in Jira. */
  readonly wanted: { readonly name: string; readonly target: StatusTarget };
  readonly transitions: readonly OfferedTransition[];
  /** Ids of the statuses that transitions were taken from in this run: the current one is added with each take. */
  readonly visited: ReadonlySet<string>;
  /** How many transitions may still be taken; begins at the route's `hopsMax`, one less after each. */
  readonly hopsLeft: number;
  /** The route's `transitionFields`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export type TransitionPlan =
  /** The status stands. `remark` says, for people, in what it is not all that was wanted. */
  | { readonly do: "done"; readonly remark?: string }
  | {
      readonly do: "take";
      readonly transitionId: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  /** A person has to act; `why` is for people. */
  | { readonly do: "blocked"; readonly why: string };

const offersListedMax = 6;
const namePointsMax = 60;
const resolutionField = "resolution";

/**
 * Takes where the issue stands, what is wanted and what Jira offers; gives the one next step. The exact status
 * of the target is preferred; its category is enough where no transition leads there. A direct transition that
 * only lacks a field is not evaded over other statuses.
 */
export function planTransition(input: TransitionInput): TransitionPlan {
  const { current, wanted, hopsLeft } = input;
  const open = input.transitions.filter(({ available }) => available);
  const ahead = open.filter(({ to }) => to.id !== current.status.id && !input.visited.has(to.id));
  if (isExact(current.status, wanted.target)) {
    return planResolution(input, open);
  }
  if (input.visited.has(current.status.id)) {
    return { do: "blocked", why: movedBackWhy(input) };
  }
  const exact = wanted.target.status === undefined ? [] : ahead.filter(isExactTo(wanted.target));
  if (exact.length > 0) {
    return hopsLeft > 0 ? takeLast(input, exact) : { do: "blocked", why: limitWhy(input) };
  }
  if (current.status.category === wanted.target.category) {
    return { do: "done", remark: nearbyRemark(input) };
  }
  const direct = ahead.filter(({ to }) => to.category === wanted.target.category);
  if (direct.length > 0) {
    return hopsLeft > 0 ? takeLast(input, direct) : { do: "blocked", why: limitWhy(input) };
  }
  const hops = ahead.filter(({ looped, to }) => !looped && isNearer(to, current.status, wanted));
  if (hops.length > 0) {
    return hopsLeft > 1 ? takeHop(input, hops) : { do: "blocked", why: hopsWhy(input) };
  }
  return { do: "blocked", why: nothingWhy(input, open) };
}

/** In the right status already: all that can be missing is the resolution. */
function planResolution(
  input: TransitionInput,
  open: readonly OfferedTransition[],
): TransitionPlan {
  const { current, wanted } = input;
  const { resolution } = wanted.target;
  if (
    resolution === undefined ||
    (current.resolution !== undefined && isNamed(current.resolution, resolution)) ||
    foldedName(current.status.name) === foldedName(wanted.name)
  ) {
    return { do: "done" };
  }
  // Only where the screen asks for it, and only once: what Jira makes of it then stands.
  const setting = open.filter(
    (each) =>
      isExact(each.to, wanted.target) &&
      each.fields[resolutionField] !== undefined &&
      missingFields(each, lastFields(each, input)).length === 0,
  );
  const [best] = setting.toSorted(
    (a, b) =>
      Number(b.to.id === current.status.id) - Number(a.to.id === current.status.id) ||
      byNumber(a, b),
  );
  if (best === undefined || input.hopsLeft < 1 || input.visited.has(current.status.id)) {
    return { do: "done", remark: resolutionRemark(input, resolution) };
  }
  return { do: "take", transitionId: best.id, fields: lastFields(best, input) };
}

/** The last transition of the way, with all that its screen takes. */
function takeLast(
  input: TransitionInput,
  candidates: readonly OfferedTransition[],
): TransitionPlan {
  const { name, target } = input.wanted;
  const [best] = candidates.toSorted(
    (a, b) =>
      missingFields(a, lastFields(a, input)).length -
        missingFields(b, lastFields(b, input)).length ||
      // A screen that takes the wanted resolution is worth having, others are in the way.
      (target.resolution === undefined
        ? 0
        : Number(setsResolution(b)) - Number(setsResolution(a))) ||
      Number(foldedName(b.to.name) === foldedName(name)) -
        Number(foldedName(a.to.name) === foldedName(name)) ||
      bySimplicity(a, b),
  );
  return best === undefined
    ? { do: "blocked", why: nothingWhy(input, []) }
    : takeOrSay(best, lastFields(best, input), input);
}

/** A transition on the way: only what its screen insists on. */
function takeHop(input: TransitionInput, candidates: readonly OfferedTransition[]): TransitionPlan {
  const { category } = input.wanted.target;
  const [best] = candidates.toSorted(
    (a, b) =>
      missingFields(a, hopFields(a, input)).length - missingFields(b, hopFields(b, input)).length ||
      distance(a.to.category, category) - distance(b.to.category, category) ||
      bySimplicity(a, b),
  );
  return best === undefined
    ? { do: "blocked", why: nothingWhy(input, []) }
    : takeOrSay(best, hopFields(best, input), input);
}

function takeOrSay(
  transition: OfferedTransition,
  fields: Readonly<Record<string, unknown>>,
  input: TransitionInput,
): TransitionPlan {
  const missing = missingFields(transition, fields);
  return missing.length === 0
    ? { do: "take", transitionId: transition.id, fields }
    : { do: "blocked", why: fieldsWhy(transition, missing, input) };
}

function isExactTo(target: StatusTarget): (transition: OfferedTransition) => boolean {
  return ({ to }) => isExact(to, target);
}

function isExact(status: JiraStatus, { category, status: exact }: StatusTarget): boolean {
  return exact === undefined ? status.category === category : isNamed(status, exact);
}

function isNamed(
  { id, name }: { readonly id: string; readonly name: string },
  idOrName: string,
): boolean {
  return id === idOrName.trim() || foldedName(name) === foldedName(idOrName);
}

const rank: Readonly<Record<StatusCategory, number>> = { new: 0, indeterminate: 1, done: 2 };

function distance(a: StatusCategory, b: StatusCategory): number {
  return Math.abs(rank[a] - rank[b]);
}

/** Not away from what is wanted, and never through a done status to one that is not: closing says too much. */
function isNearer(
  to: JiraStatus,
  from: JiraStatus,
  { target }: TransitionInput["wanted"],
): boolean {
  return (
    distance(to.category, target.category) <= distance(from.category, target.category) &&
    to.category !== "done"
  );
}

function lastFields(
  { fields }: OfferedTransition,
  { wanted, fields: configured }: TransitionInput,
): Readonly<Record<string, unknown>> {
  return pick(Object.keys(fields), valuesOf(wanted.target, configured));
}

function hopFields(
  { fields }: OfferedTransition,
  { wanted, fields: configured }: TransitionInput,
): Readonly<Record<string, unknown>> {
  const needed = Object.entries(fields).filter(([, { required }]) => required);
  return pick(
    needed.map(([id]) => id),
    valuesOf(wanted.target, configured),
  );
}

/** A resolution belongs to what is done; on an issue that is reopened it would hide it from every board. */
function valuesOf(
  { category, resolution }: StatusTarget,
  configured: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, unknown> {
  const values = new Map(Object.entries(configured));
  if (category !== "done") {
    values.delete(resolutionField);
  } else if (resolution !== undefined) {
    const given = resolution.trim();
    values.set(resolutionField, /^\d+$/.test(given) ? { id: given } : { name: given });
  }
  return values;
}

function pick(
  ids: readonly string[],
  values: ReadonlyMap<string, unknown>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(ids.filter((id) => values.has(id)).map((id) => [id, values.get(id)]));
}

interface MissingField {
  readonly id: string;
  readonly name: string;
}

function missingFields(
  { fields }: OfferedTransition,
  given: Readonly<Record<string, unknown>>,
): MissingField[] {
  return Object.entries(fields)
    .filter(
      ([id, { required, hasDefault }]) => required && !hasDefault && !Object.hasOwn(given, id),
    )
    .map(([id, { name }]) => ({ id, name }));
}

function setsResolution({ fields }: OfferedTransition): boolean {
  return fields[resolutionField] !== undefined;
}

function bySimplicity(a: OfferedTransition, b: OfferedTransition): number {
  return (
    Number(a.hasScreen) - Number(b.hasScreen) ||
    Number(a.looped) - Number(b.looped) ||
    byNumber(a, b)
  );
}

/** Jira's ids are digits; one that is not comes last. */
function byNumber(a: OfferedTransition, b: OfferedTransition): number {
  const [first, second] = [a, b].map(({ id }) => (/^\d+$/.test(id) ? Number(id) : Infinity));
  return first === second || first === undefined || second === undefined ? 0 : first - second;
}

function fieldsWhy(
  transition: OfferedTransition,
  missing: readonly MissingField[],
  { wanted }: TransitionInput,
): string {
  const names = missing.map(({ id, name }) => `${quoted(name)} (${shown(id)})`).join(" and ");
  const it = missing.length === 1 ? "it" : "them";
  const where =
    missing.some(({ id }) => id === resolutionField) && wanted.target.category === "done"
      ? `under transition_fields of the route, or as the resolution of ${quoted(wanted.name)}`
      : "under transition_fields of the route";
  return `Transition ${quoted(transition.name)} needs ${names}: set ${it} in Jira, or give ${it} ${where}.`;
}

function hopsWhy(input: TransitionInput): string {
  if (input.visited.size > 0) {
    return limitWhy(input);
  }
  const { current, wanted } = input;
  return `No transition leads from ${quoted(current.status.name)} straight to ${goal(wanted)}; Jira offers: ${offers(input.transitions)}. Allow hops in the route, or move it in Jira.`;
}

function limitWhy({ current, wanted, visited, transitions }: TransitionInput): string {
  const taken = visited.size;
  return `After ${taken} transition${taken === 1 ? "" : "s"} the issue stands in ${quoted(current.status.name)}, not yet in ${goal(wanted)}; Jira offers: ${offers(transitions)}. Allow more hops in the route, or move it in Jira.`;
}

function nothingWhy(input: TransitionInput, open: readonly OfferedTransition[]): string {
  const { current, wanted, transitions } = input;
  const from = quoted(current.status.name);
  const fits = transitions.filter(
    ({ to }) => isExact(to, wanted.target) || to.category === wanted.target.category,
  );
  if (transitions.length === 0) {
    return `Jira offers no transition from ${from}: Debrief's account lacks the permission to transition issues there, or the workflow ends. Grant it, or move the issue to ${goal(wanted)} in Jira.`;
  }
  const barred = fits.find(({ available }) => !available);
  if (barred !== undefined) {
    return `Transition ${quoted(barred.name)} from ${from} to ${goal(wanted)} is held back by a condition of the workflow: move it in Jira.`;
  }
  return `No transition from ${from} leads to ${goal(wanted)}; Jira offers: ${offers(open)}. Move it in Jira, or change its workflow.`;
}

function movedBackWhy({ current, wanted }: TransitionInput): string {
  return `Jira moved the issue back to ${quoted(current.status.name)}: an automation or the workflow decides here. Set the status to ${goal(wanted)} in Jira, or change it in Notion.`;
}

function nearbyRemark({ current, wanted }: TransitionInput): string {
  return `The issue stays in ${quoted(current.status.name)}: no transition leads from there to ${goal(wanted)}.`;
}

function resolutionRemark({ current }: TransitionInput, resolution: string): string {
  const held =
    current.resolution === undefined
      ? "has no resolution in Jira"
      : `has the resolution ${quoted(current.resolution.name)} in Jira`;
  return `The issue ${held}, not ${quoted(resolution)}, and no transition offers it: set it in Jira where that matters.`;
}

function goal({ name, target }: TransitionInput["wanted"]): string {
  return target.status === undefined || foldedName(target.status) === foldedName(name)
    ? shown(name)
    : `${shown(name)} (${shown(target.status)})`;
}

function offers(transitions: readonly OfferedTransition[]): string {
  const names = transitions
    .filter(({ available }) => available)
    .map(({ name, to }) =>
      foldedName(name) === foldedName(to.name) ? shown(name) : `${shown(name)} → ${shown(to.name)}`,
    );
  const more = names.length - offersListedMax;
  if (names.length === 0) {
    return "none";
  }
  return names.slice(0, offersListedMax).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function quoted(name: string): string {
  return `“${shown(name)}”`;
}

function shown(name: string): string {
  return oneLine(name, { maxCodePoints: namePointsMax });
}
