/** Which issues a search finds: by the index with its lag, and page by page under a token. */

import { refuse } from "./errors.ts";
import { may, projectOf } from "./find.ts";
import { parseJql } from "./jql.ts";
import type { Matcher } from "./jql-match.ts";
import { prepareJql, searchableOf } from "./jql-site.ts";
import type { Issue, IssueState, User, World } from "./model.ts";
import { indexedState } from "./world.ts";

/** An issue as the search sees it. */
export interface Hit {
  readonly issue: Issue;
  readonly state: IssueState;
}

export interface Page {
  readonly hits: readonly Hit[];
  /** Undefined on the last page. */
  readonly nextPageToken: string | undefined;
}

export interface PageRequest {
  readonly jql: string;
  readonly pageToken: string | undefined;
  readonly pageMax: number;
  /** Issues whose present state counts, whatever the index knows. */
  readonly reconcile: ReadonlySet<string>;
}

/** How long after a change the index may lose sight of an issue again. */
const unsteadyMs = 60_000;
const tokenLifeMs = 7 * 86_400_000;

/** All that the query finds for `user`, in its order. A JqlError when it is none; refuses an unbounded one. */
export function findHits(
  world: World,
  user: User | undefined,
  { jql, reconcile }: Pick<PageRequest, "jql" | "reconcile">,
): Hit[] {
  refuseUnbounded(jql);
  return hitsOf(world, user, { matcher: prepareJql(world, user, jql), reconcile });
}

/** All that a prepared query finds. */
export function hitsOf(
  world: World,
  user: User | undefined,
  { matcher, reconcile }: { readonly matcher: Matcher } & Pick<PageRequest, "reconcile">,
): Hit[] {
  const { matches, compare } = matcher;
  const seen = [...world.issues.values()].flatMap((issue) => {
    const state = reconcile.has(issue.id) ? issue.state : stateInIndex(world, issue);
    if (state === undefined || state.deleted || state.archived || !maySee(world, user, issue)) {
      return [];
    }
    const facts = searchableOf(world, issue.id, state);
    return matches(facts) ? [{ issue, state, facts }] : [];
  });
  return seen.toSorted((left, right) => compare(left.facts, right.facts));
}

/** As `canBrowse`, for an issue that may be gone while the index still has it. */
function maySee(world: World, user: User | undefined, issue: Issue): boolean {
  const isHidden = user !== undefined && issue.hiddenFrom.has(user.accountId);
  return !isHidden && may(user, "BROWSE_PROJECTS", projectOf(world, issue.state));
}

/** What the index says; now and then it has lost what it had, for one search. */
function stateInIndex(world: World, issue: Issue): IssueState | undefined {
  const { random, settings, clock } = world;
  const state = indexedState(world, issue);
  const isRecent = clock.now().getTime() - issue.state.updatedAt.getTime() < unsteadyMs;
  const mayMiss = settings.searchMissProbability > 0 && isRecent;
  return mayMiss && random.chance(settings.searchMissProbability) ? undefined : state;
}

/** One page of a search. As findHits; refuses a token of another query, too. */
export function searchPage(world: World, user: User | undefined, request: PageRequest): Page {
  const { jql, pageMax } = request;
  const hits = findHits(world, user, request);
  const start = startOf(world, request);
  const page = hits.slice(start, start + pageMax);
  const next = start + page.length;
  const nextPageToken = next < hits.length ? tokenFor(world, jql, next) : undefined;
  return { hits: page, nextPageToken };
}

/** A query must restrict something: an order alone, or nothing, is refused. */
function refuseUnbounded(jql: string): void {
  if (parseJql(jql).where === undefined) {
    refuse(
      400,
      "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
    );
  }
}

function tokenFor(world: World, jql: string, start: number): string {
  const expiresMs = world.clock.now().getTime() + tokenLifeMs;
  return Buffer.from(JSON.stringify([start, expiresMs, jql])).toString("base64url");
}

function startOf(world: World, { jql, pageToken }: PageRequest): number {
  if (pageToken === undefined) {
    return 0;
  }
  const [start, expiresMs, ofJql] = decoded(pageToken);
  const isValid =
    typeof start === "number" &&
    typeof expiresMs === "number" &&
    expiresMs > world.clock.now().getTime() &&
    ofJql === jql;
  return isValid ? start : refuse(400, "The provided next page token is invalid or has expired.");
}

function decoded(token: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
