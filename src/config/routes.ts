/** Makes the routes: what debrief.yaml says of them over what the environment and the defaults give. */

import {
  winnersDefault,
  type DataSourceIds,
  type JiraRoute,
  type Route,
  type RouteWhen,
  type StatusTarget,
} from "../domain/route.ts";
import type { JiraBlock } from "./jira-block.ts";
import type { RouteBlock } from "./route-block.ts";

/** What the environment gives a route that names nothing else. */
export interface RouteSurroundings {
  readonly notion: DataSourceIds;
  /** Undefined when all JIRA_ variables are unset. */
  readonly jira: { readonly project: string; readonly issueType: string } | undefined;
}

/** The name of the route behind all others. */
export const defaultRouteName = "default";

/** How items become issues, apart from where. */
type JiraManner = Omit<JiraRoute, "project" | "issueType">;

const jiraDefaults: JiraManner = {
  labels: [],
  components: [],
  fields: {},
  priorities: { High: ["High", "Highest"], Medium: ["Medium"], Low: ["Low", "Lowest"] },
  statuses: {
    Open: { category: "new" },
    "In progress": { category: "indeterminate" },
    Done: { category: "done" },
    "Won't do": { category: "done", resolution: "Won't Do", needsReason: true },
  },
  ready: ["title", "owner", "due"],
  winners: winnersDefault,
  hopsMax: 1,
  transitionFields: { resolution: { name: "Done" } },
};

/**
 * Takes the file's routes, valid and in its order, and what the file says of Jira for all of them; gives the
 * routes of the configuration. The last one has no conditions: it is appended where the file has none.
 */
export function routesOf(
  blocks: readonly RouteBlock[],
  jira: JiraBlock,
  surroundings: RouteSurroundings,
): readonly Route[] {
  const common = overlay(jiraDefaults, jira);
  return withDefault(blocks).map((block) => routeOf(block, common, surroundings));
}

/** The file's routes, and behind them one that takes the rest unless their last one does. */
export function withDefault(blocks: readonly RouteBlock[]): readonly RouteBlock[] {
  const last = blocks.at(-1);
  return last !== undefined && isUnconditional(whenOf(last))
    ? blocks
    : [...blocks, { name: defaultRouteName }];
}

/** A block's conditions; what is not given is absent. */
export function whenOf({ when }: RouteBlock): RouteWhen {
  return {
    ...(when?.service === undefined ? {} : { service: when.service }),
    ...(when?.team === undefined ? {} : { team: when.team }),
  };
}

export function isUnconditional({ service, team }: RouteWhen): boolean {
  return service === undefined && team === undefined;
}

function routeOf(
  block: RouteBlock,
  common: JiraManner,
  { notion, jira }: RouteSurroundings,
): Route {
  return {
    name: block.name,
    when: whenOf(block),
    skip: block.skip ?? false,
    ...(block.template === undefined ? {} : { template: block.template }),
    notion: block.notion
      ? { postMortems: block.notion.post_mortems, actionItems: block.notion.action_items }
      : notion,
    ...(jira === undefined
      ? {}
      : {
          jira: {
            project: block.jira?.project ?? jira.project,
            issueType: block.jira?.issue_type ?? jira.issueType,
            ...overlay(common, block.jira ?? {}),
          },
        }),
  };
}

/**
 * Takes what held so far and a block; gives what holds under the block. Lists and whole tables of names
 * (labels, components, ready, priorities, statuses) are replaced; fields, transition_fields and winners are
 * merged, key by key.
 */
function overlay(manner: JiraManner, block: JiraBlock): JiraManner {
  return {
    labels: block.labels ?? manner.labels,
    components: block.components ?? manner.components,
    fields: mergeFields(manner.fields, block.fields),
    priorities: block.priorities ?? manner.priorities,
    statuses: block.statuses ? targetsOf(block.statuses) : manner.statuses,
    ready: block.ready ? readyOf(block.ready) : manner.ready,
    winners: winnersOf(manner.winners, block.winners),
    hopsMax: block.hops ?? manner.hopsMax,
    transitionFields: mergeFields(manner.transitionFields, block.transition_fields),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields that a block leaves standing; one whose value is null is taken out. */
function mergeFields(inherited: Fields, own: Fields | null | undefined): Fields {
  return Object.fromEntries(
    Object.entries({ ...inherited, ...own }).filter(([, value]) => value !== null),
  );
}

/** The ids of fields that `own` takes out although they are not there. */
function idleRemovals(inherited: Fields, own: Fields | null | undefined): readonly string[] {
  return Object.entries(own ?? {})
    .filter(([id, value]) => value === null && !Object.hasOwn(inherited, id))
    .map(([id]) => id);
}

/** Takes a block and the one that it goes over; gives the places of empty fields that take nothing out. */
export function idleRemovalsOf(
  block: JiraBlock,
  below: JiraBlock = {},
): readonly [string, string][] {
  const manner = overlay(jiraDefaults, below);
  return [
    ...idleRemovals(manner.fields, block.fields).map((id): [string, string] => ["fields", id]),
    ...idleRemovals(manner.transitionFields, block.transition_fields).map(
      (id): [string, string] => ["transition_fields", id],
    ),
  ];
}

function targetsOf(
  statuses: NonNullable<JiraBlock["statuses"]>,
): Readonly<Record<string, StatusTarget>> {
  return Object.fromEntries(
    Object.entries(statuses).map(([name, { category, status, resolution, needs_reason }]) => [
      name,
      {
        category,
        ...(status === undefined ? {} : { status }),
        ...(resolution === undefined ? {} : { resolution }),
        ...(needs_reason === undefined ? {} : { needsReason: needs_reason }),
      },
    ]),
  );
}

/** The title is always needed: Jira makes no issue without a summary. */
function readyOf(ready: NonNullable<JiraBlock["ready"]>): JiraManner["ready"] {
  return [...new Set(["title" as const, ...ready])];
}

function winnersOf(
  inherited: JiraManner["winners"],
  own: JiraBlock["winners"],
): JiraManner["winners"] {
  return {
    title: own?.title ?? inherited.title,
    outcome: own?.outcome ?? inherited.outcome,
    owner: own?.owner ?? inherited.owner,
    due: own?.due ?? inherited.due,
    priority: own?.priority ?? inherited.priority,
    status: own?.status ?? inherited.status,
  };
}
