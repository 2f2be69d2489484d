/** What the routes of debrief.yaml must not do to one another, nor against the environment. */

import type { DataSourceIds, RouteWhen } from "../domain/route.ts";
import type { JiraBlock } from "./jira-block.ts";
import type { RouteBlock } from "./route-block.ts";
import {
  defaultRouteName,
  idleRemovalsOf,
  isUnconditional,
  whenOf,
  withDefault,
} from "./routes.ts";
import type { Place } from "./yaml-file.ts";

/** What the environment says, as far as it is valid. */
export interface RouteContext {
  /** All JIRA_ variables are unset. */
  readonly jiraIsOff: boolean;
  readonly notion: Partial<DataSourceIds>;
}

export interface RouteProblem {
  readonly place: Place;
  readonly problem: string;
}

/** Takes the routes, each valid in itself; gives what is wrong with them together and in this environment. */
export function checkRoutes(
  blocks: readonly RouteBlock[],
  jira: JiraBlock,
  context: RouteContext,
): readonly RouteProblem[] {
  return [
    ...idleRemovalsOf(jira).map((way) => idleRemoval(["jira", ...way])),
    ...blocks.flatMap((block, at) => [
      ...checkName(block, at, blocks),
      ...checkReach(block, at, blocks),
      ...checkSkip(block, at),
      ...checkJira(block, at, jira, context),
    ]),
    ...checkDataSources(blocks, context),
  ];
}

function placeOf(at: number, ...below: readonly string[]): Place {
  return ["routes", String(at), ...below];
}

function idleRemoval(place: Place): RouteProblem {
  return { place, problem: "has no value, and there is nothing that it takes out" };
}

function checkName(block: RouteBlock, at: number, blocks: readonly RouteBlock[]): RouteProblem[] {
  const place = placeOf(at, "name");
  const twin = blocks.findIndex(({ name }) => folded(name) === folded(block.name));
  if (twin < at) {
    return [{ place, problem: `is the name of routes.${twin} too; choose another` }];
  }
  const own = withDefault(blocks)[blocks.length];
  return own !== undefined && folded(own.name) === folded(block.name)
    ? [
        {
          place,
          problem: `is kept for the route behind all others, as this one has conditions (when); choose another than ${defaultRouteName}`,
        },
      ]
    : [];
}

/** A route that an earlier one leaves nothing to. */
function checkReach(block: RouteBlock, at: number, blocks: readonly RouteBlock[]): RouteProblem[] {
  const earlier = blocks
    .slice(0, at)
    .findIndex((candidate) => takesAllOf(whenOf(candidate), whenOf(block)));
  const before = blocks[earlier];
  if (before === undefined) {
    return [];
  }
  const named = `routes.${earlier} (${before.name})`;
  return [
    {
      place: placeOf(at),
      problem: isUnconditional(whenOf(before))
        ? `can never match, as ${named} comes before it and has no conditions (when); put that one last`
        : `can never match, as ${named} comes before it and matches all that it does; change their order or conditions`,
    },
  ];
}

function takesAllOf(earlier: RouteWhen, later: RouteWhen): boolean {
  return includesAll(earlier.service, later.service) && includesAll(earlier.team, later.team);
}

function includesAll(
  earlier: readonly string[] | undefined,
  later: readonly string[] | undefined,
): boolean {
  const names = new Set(earlier?.map(folded));
  return earlier === undefined || (later?.every((name) => names.has(folded(name))) ?? false);
}

function folded(name: string): string {
  return name.trim().toLowerCase();
}

function checkSkip(block: RouteBlock, at: number): RouteProblem[] {
  const idle = (["template", "notion", "jira"] as const).filter(
    (key) => (block[key] ?? undefined) !== undefined,
  );
  return block.skip === true && idle.length > 0
    ? [
        {
          place: placeOf(at, "skip"),
          problem: `leaves no use for ${idle.join(" and ")}; remove one or the other`,
        },
      ]
    : [];
}

function checkJira(
  block: RouteBlock,
  at: number,
  common: JiraBlock,
  { jiraIsOff }: RouteContext,
): RouteProblem[] {
  const own = block.jira ?? {};
  const idle = idleRemovalsOf(own, common).map((way) => idleRemoval(placeOf(at, "jira", ...way)));
  return jiraIsOff && own.project !== undefined
    ? [
        {
          place: placeOf(at, "jira", "project"),
          problem:
            "has no effect, as no JIRA_ variable is set; set JIRA_URL and the others, or remove the project",
        },
        ...idle,
      ]
    : idle;
}

interface Pair extends Partial<DataSourceIds> {
  readonly said: string;
  readonly place: Place;
}

/** Each data source has one part, and each Action items relates to one Post-mortems, as Notion's relations do. */
function checkDataSources(blocks: readonly RouteBlock[], { notion }: RouteContext): RouteProblem[] {
  const pairs: Pair[] = [{ ...notion, said: "the NOTION_ variables", place: [] }];
  for (const [at, { name, notion: own }] of blocks.entries()) {
    if (own) {
      pairs.push({
        postMortems: own.post_mortems,
        actionItems: own.action_items,
        said: `routes.${at} (${name})`,
        place: placeOf(at, "notion"),
      });
    }
  }
  return pairs.flatMap((pair, at) =>
    pairs
      .slice(0, at)
      .flatMap((other) => conflictOf(pair, other))
      .slice(0, 1)
      .map((problem) => ({ place: pair.place, problem })),
  );
}

function conflictOf(pair: Pair, other: Pair): string[] {
  if (isSame(pair.postMortems, other.actionItems) || isSame(pair.actionItems, other.postMortems)) {
    return [`has a data source in one part that has the other part in ${other.said}`];
  }
  return isSame(pair.actionItems, other.actionItems) &&
    other.postMortems !== undefined &&
    pair.postMortems !== other.postMortems
    ? [
        `has the action_items of ${other.said} with other post_mortems; one data source of action items belongs to one of post-mortems`,
      ]
    : [];
}

function isSame(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a === b;
}
