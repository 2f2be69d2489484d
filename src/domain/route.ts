/** Where an incident's post-mortem and its action items go: the routes of debrief.yaml, and which one applies and why. */

import type { SyncedField } from "./action-item.ts";

/** Which side wins a field that both changed since they last agreed. */
export type Winner = "notion" | "jira";

/** The field table of the design; a route can override it. */
export const winnersDefault: Readonly<Record<SyncedField, Winner>> = {
  title: "notion",
  outcome: "notion",
  owner: "jira",
  due: "notion",
  priority: "notion",
  status: "jira",
};

/** What a Notion status stands for in Jira. */
export interface StatusTarget {
  readonly category: "new" | "indeterminate" | "done";
  /** A status by id or name, where the category is not fine enough. */
  readonly status?: string;
  /** Id or name; set on the way where the transition's screen has it. Its presence in Jira tells Won't do from Done. */
  readonly resolution?: string;
  /** The row's Reason is needed first, and goes to the issue as a comment. */
  readonly needsReason?: boolean;
}

export type ReadinessField = "title" | "owner" | "due" | "priority" | "type" | "outcome";

/** How a route's items become issues. Every setting has its default. */
export interface JiraRoute {
  readonly project: string;
  /** Name or id. */
  readonly issueType: string;
  readonly labels: readonly string[];
  /** Names or ids. */
  readonly components: readonly string[];
  /** Further fields of the create, by field id, as Jira takes them. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** From a priority's name in Notion to names or ids in Jira: the first is written, all are read. */
  readonly priorities: Readonly<Record<string, readonly string[]>>;
  /** From a status's name in Notion to what it stands for in Jira, in order: the first that fits is read. */
  readonly statuses: Readonly<Record<string, StatusTarget>>;
  /** What a row needs before its issue is made. */
  readonly ready: readonly ReadinessField[];
  readonly winners: Readonly<Record<SyncedField, Winner>>;
  /** How many transitions in a row may be taken to reach a status; 1 takes direct ones only. */
  readonly hopsMax: number;
  /** Fields that transitions may need, by field id, as Jira takes them; sent only where the screen has them. */
  readonly transitionFields: Readonly<Record<string, unknown>>;
}

const closedDefault = ["Done", "Won't do"];

/** Names of the Notion statuses that mean that nothing is left to do. */
export function closedStatuses(route: JiraRoute | undefined): string[] {
  return route === undefined
    ? closedDefault
    : Object.entries(route.statuses)
        .filter(([, { category }]) => category === "done")
        .map(([name]) => name);
}

export interface RouteWhen {
  /** Names or ids, compared without case. All given keys have to match; of one key, any name. */
  readonly service?: readonly string[];
  readonly team?: readonly string[];
}

export interface DataSourceIds {
  readonly postMortems: string;
  readonly actionItems: string;
}

export interface Route {
  /** `default` for the one behind all others. */
  readonly name: string;
  readonly when: RouteWhen;
  /** No post-mortem for these incidents. */
  readonly skip: boolean;
  /** File name of a template, such as `short.md`; undefined: chosen by the templates' own `when`. */
  readonly template?: string;
  readonly notion: DataSourceIds;
  /** Undefined when the Jira half is off. */
  readonly jira?: JiraRoute;
}

export interface RouteFacts {
  readonly service?: { readonly id: string; readonly name: string } | undefined;
  readonly teams: readonly { readonly id: string; readonly name: string }[];
}

/** Takes the routes in order, the last one without conditions; gives the first that matches. */
export function chooseRoute<Each extends Pick<Route, "when">>(
  routes: readonly Each[],
  facts: RouteFacts,
): Each | undefined {
  return routes.find((route) => matches(route.when, facts));
}

/** Says in one line which route these facts lead to and why: `payments: service is Checkout API`. */
export function explainRoute(routes: readonly Route[], facts: RouteFacts): string {
  const route = chooseRoute(routes, facts);
  if (route === undefined) {
    return "no route matches";
  }
  const reasons = [
    ...reasonOf("service", route.when.service, facts.service === undefined ? [] : [facts.service]),
    ...reasonOf("team", route.when.team, facts.teams),
  ];
  return `${route.name}: ${reasons.length === 0 ? "no earlier route matches" : reasons.join(" and ")}`;
}

type Named = { readonly id: string; readonly name: string };

function matches(when: RouteWhen, { service, teams }: RouteFacts): boolean {
  const services = service === undefined ? [] : [service];
  return (
    (when.service === undefined || matching(when.service, services).length > 0) &&
    (when.team === undefined || matching(when.team, teams).length > 0)
  );
}

function matching(wanted: readonly string[], present: readonly Named[]): Named[] {
  const names = new Set(wanted.map(folded));
  return present.filter(({ id, name }) => names.has(folded(id)) || names.has(folded(name)));
}

function reasonOf(
  what: string,
  wanted: readonly string[] | undefined,
  present: readonly Named[],
): string[] {
  return wanted === undefined
    ? []
    : [
        `${what} is ${matching(wanted, present)
          .map(({ name }) => name)
          .join(", ")}`,
      ];
}

function folded(name: string): string {
  return name.trim().toLowerCase();
}
