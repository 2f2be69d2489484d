/** The search calls: by JQL with pages of ids or issues, the count, the match, and the removed ones. */

import type { Answer, Route } from "../core/router.ts";
import { errorAnswer, refuse } from "./errors.ts";
import { JqlError } from "./jql.ts";
import { prepareJql } from "./jql-site.ts";
import type { Fields, World } from "./model.ts";
import { renderIssue, type Wanted } from "./render.ts";
import { bodyOf, inV3, jiraRoutes, listParameter, type Api, type Call } from "./rest.ts";
import { findHits, hitsOf, searchPage } from "./search.ts";

const pageDefault = 50;
const pageMax = 5_000;
/** The measured size of a page that carries more than ids and keys. */
const pageWithFieldsMax = 100;
const reconcileMax = 50;
const propertiesMax = 5;
const matchIdsMax = 1_000;
const matchQueriesMax = 50;

const invalidPayload =
  "Invalid request payload. Refer to the REST API documentation and try again.";

/** What a search asks for, whether it came by GET or by POST. */
interface SearchRequest extends Wanted {
  readonly jql: string;
  readonly maxResults: number;
  readonly nextPageToken: string | undefined;
  readonly reconcileIssues: readonly string[];
}

/** GET, POST search/jql · POST search/approximate-count · POST jql/match · 410 for search. */
export function searchRoutes(api: Api): Route[] {
  const { world } = api;
  const gone = ["/rest/api/3/search", "/rest/api/2/search"].flatMap((path) =>
    (["GET", "POST"] as const).map((method) => ({ method, path, isOpen: true, handle: removed })),
  );
  return jiraRoutes(api, [
    {
      method: "GET",
      path: "/search/jql",
      isOpen: true,
      handle: refusingBadJql((call) => search(world, call, requestInQuery(call))),
    },
    {
      method: "POST",
      path: "/search/jql",
      isOpen: true,
      reads: true,
      handle: refusingBadJql((call) => search(world, call, requestInBody(call))),
    },
    {
      method: "POST",
      path: "/search/approximate-count",
      isOpen: true,
      reads: true,
      handle: refusingBadJql((call) => {
        const jql = textIn(bodyOf(call), "jql") ?? "";
        const hits = findHits(world, call.user, { jql, reconcile: new Set() });
        return { status: 200, body: { count: hits.length } };
      }),
    },
    { method: "POST", path: "/jql/match", reads: true, handle: (call) => match(world, call) },
    ...gone,
  ]);
}

function removed(): Answer {
  return errorAnswer(410, [
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.",
  ]);
}

function search(world: World, call: Call, request: SearchRequest): Answer {
  const { fields, properties } = request;
  // Ids and keys cost nothing; anything else caps the page without a word.
  const isLight =
    properties.length === 0 && (fields ?? []).every((one) => one === "id" || one === "key");
  const { hits, nextPageToken } = searchPage(world, call.user, {
    jql: request.jql,
    pageToken: request.nextPageToken,
    pageMax: isLight ? request.maxResults : Math.min(request.maxResults, pageWithFieldsMax),
    reconcile: new Set(request.reconcileIssues),
  });
  const withoutKey = fields === undefined || fields.every((one) => one === "id");
  const issues = hits.map(({ issue, state }) =>
    withoutKey && properties.length === 0
      ? { id: issue.id }
      : renderIssue(inV3(world), issue, state, request),
  );
  const end = nextPageToken === undefined ? { isLast: true } : { nextPageToken, isLast: false };
  return { status: 200, body: { issues, ...end } };
}

function requestInBody(call: Call): SearchRequest {
  const body = bodyOf(call);
  const { maxResults = pageDefault } = body;
  return checked({
    jql: textIn(body, "jql") ?? "",
    maxResults: typeof maxResults === "number" ? maxResults : refuse(400, invalidPayload),
    nextPageToken: textIn(body, "nextPageToken"),
    fields: textsIn(body, "fields"),
    properties: textsIn(body, "properties") ?? [],
    reconcileIssues: idsIn(body, "reconcileIssues"),
  });
}

function requestInQuery(call: Call): SearchRequest {
  const { query } = call.request;
  return checked({
    jql: query.get("jql") ?? "",
    maxResults: Number(query.get("maxResults") ?? pageDefault),
    nextPageToken: query.get("nextPageToken") ?? undefined,
    fields: listParameter(call, "fields"),
    properties: listParameter(call, "properties") ?? [],
    reconcileIssues: listParameter(call, "reconcileIssues") ?? [],
  });
}

function checked(request: SearchRequest): SearchRequest {
  const { maxResults, reconcileIssues, properties, fields } = request;
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > pageMax) {
    refuse(400, `The maxResults must be between 1 and ${pageMax}.`);
  }
  if (reconcileIssues.length > reconcileMax) {
    refuse(400, `The number of issues to reconcile exceeds the limit of ${reconcileMax}.`);
  }
  if (!reconcileIssues.every((id) => /^\d+$/u.test(id))) {
    refuse(400, invalidPayload);
  }
  if (properties.length > propertiesMax) {
    refuse(400, `The number of requested properties exceeds the limit of ${propertiesMax}.`);
  }
  return { ...request, fields: fields?.length === 0 ? undefined : fields };
}

function match(world: World, call: Call): Answer {
  const body = bodyOf(call);
  const jqls = textsIn(body, "jqls") ?? refuse(400, invalidPayload);
  const ids = idsIn(body, "issueIds");
  if (ids.length > matchIdsMax || jqls.length > matchQueriesMax) {
    refuse(400, "The number of issues or of queries exceeds the limit.");
  }
  const matches = jqls.map((jql) => matchOne(world, call, jql, ids));
  return { status: 200, body: { matches } };
}

/** A query that is none is told of beside the others. */
function matchOne(world: World, { user }: Call, jql: string, ids: readonly string[]): Fields {
  try {
    const matcher = prepareJql(world, user, jql);
    const hits = new Set(
      hitsOf(world, user, { matcher, reconcile: new Set() }).map(({ issue }) => issue.id),
    );
    return { matchedIssues: ids.filter((id) => hits.has(id)).map(Number), errors: [] };
  } catch (error) {
    if (error instanceof JqlError) {
      return { matchedIssues: [], errors: [error.message] };
    }
    throw error;
  }
}

/** A query that is none is the caller's fault: 400 with Jira's sentence. */
function refusingBadJql(handle: (call: Call) => Answer): (call: Call) => Answer {
  return (call) => {
    try {
      return handle(call);
    } catch (error) {
      if (error instanceof JqlError) {
        return refuse(400, error.message);
      }
      throw error;
    }
  };
}

function textIn(body: Fields, name: string): string | undefined {
  const value = body[name] ?? undefined;
  return value === undefined || typeof value === "string" ? value : refuse(400, invalidPayload);
}

function textsIn(body: Fields, name: string): readonly string[] | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) {
    return undefined;
  }
  return Array.isArray(value) && value.every((one) => typeof one === "string")
    ? value
    : refuse(400, invalidPayload);
}

/** Ids come as numbers; texts of digits do as well. */
function idsIn(body: Fields, name: string): readonly string[] {
  const value = body[name] ?? [];
  return Array.isArray(value) ? value.map(String) : refuse(400, invalidPayload);
}
