/** The frame of every Jira call: who calls, rate limits, base paths, and parts of requests. */

import { Refusal, type Answer, type Route, type SandboxRequest } from "../core/router.ts";
import { isFields } from "./adf.ts";
import { errorAnswer, problem, refuse, refuseMissing, unauthenticated } from "./errors.ts";
import { canBrowse, findIssue } from "./find.ts";
import type { Fields, Issue, User, World } from "./model.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { Rendering } from "./render.ts";

export interface Api {
  readonly world: World;
  readonly limits: RateLimits;
}

export interface Call {
  readonly request: SandboxRequest;
  /** Undefined for the anonymous caller, whom only open calls meet. */
  readonly user: User | undefined;
  /** The part of the path under this name. */
  readonly param: (name: string) => string;
}

export interface CallHandler {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below /rest/api/3; a path that starts with "/rest/" stands for itself. */
  readonly path: string;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
  /** Answers callers without valid credentials, too, as somebody who may see nothing. */
  readonly isOpen?: boolean;
  /** A POST that only reads. */
  readonly reads?: boolean;
}

const base = "/rest/api/3";
const gateway = "/ex/jira/:cloudId";

/** The core's routes for the calls: each under the site's own base and under the gateway's. */
export function jiraRoutes(api: Api, handlers: readonly CallHandler[]): Route[] {
  return handlers.flatMap((handler) => {
    const path = handler.path.startsWith("/rest/") ? handler.path : `${base}${handler.path}`;
    const { method, reads } = handler;
    const route = {
      method,
      ...(reads === undefined ? {} : { reads }),
      handle: async (request: SandboxRequest) => {
        try {
          return inLanguage(api.world, await answer(api, handler, request));
        } catch (error) {
          throw error instanceof Refusal ? new Refusal(inLanguage(api.world, error.answer)) : error;
        }
      },
    };
    return [
      { ...route, path },
      { ...route, path: `${gateway}${path}` },
    ];
  });
}

function answer(
  { world, limits }: Api,
  handler: CallHandler,
  request: SandboxRequest,
): Answer | Promise<Answer> {
  const { cloudId } = request.params;
  if (cloudId !== undefined && cloudId !== world.site.cloudId) {
    return { status: 404, body: { code: 404, message: "Not Found" } };
  }
  const user = callerOf(world, request);
  if (user === undefined && handler.isOpen !== true) {
    return unauthenticated();
  }
  const isWrite = handler.method !== "GET" && handler.reads !== true;
  const named = request.params["issueIdOrKey"];
  const issue = isWrite && named !== undefined ? findIssue(world, named) : undefined;
  const refused = limits.take(`${handler.method} ${handler.path}`, issue?.id);
  if (refused !== undefined) {
    return refused;
  }
  if (request.rawBody.length > 0 && !isJson(request)) {
    const type = request.headers["content-type"] ?? "null";
    return problem(415, "Unsupported Media Type", `Content-Type '${type}' is not supported.`);
  }
  return handler.handle({ request, user, param: (name) => request.params[name] ?? "" });
}

/** Error texts follow the caller's language, so nobody can go by them; fields and codes stay. */
function inLanguage({ settings }: World, given: Answer): Answer {
  const { body } = given;
  if (settings.language === "en" || given.status < 400 || !isFields(body)) {
    return given;
  }
  const { errorMessages, errors } = body;
  if (!Array.isArray(errorMessages) || !isFields(errors)) {
    return given;
  }
  const entries = Object.keys(errors).map((id) => [id, `Der Wert für '${id}' ist ungültig.`]);
  return {
    ...given,
    body: {
      errorMessages: errorMessages.map(() => "Die Anfrage konnte nicht ausgeführt werden."),
      errors: Object.fromEntries(entries),
    },
  };
}

function isJson(request: SandboxRequest): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/iu.test(request.headers["content-type"] ?? "");
}

/** Whose token the request carries, by Basic with the owner's e-mail address or by Bearer. */
export function callerOf(world: World, request: SandboxRequest): User | undefined {
  const header = request.headers["authorization"] ?? "";
  const [, scheme = "", value = ""] = /^(\w+) +(\S+)$/u.exec(header) ?? [];
  const isBasic = scheme.toLowerCase() === "basic";
  const [, email = "", secret = ""] =
    /^([^:]*):(.*)$/su.exec(Buffer.from(value, "base64").toString("utf8")) ?? [];
  const token = isBasic ? secret : value;
  const user = world.users.get(world.tokens.get(token) ?? "");
  const isScoped = world.settings.scopedToken && user === world.bot;
  if (isScoped && !request.path.startsWith("/ex/jira/")) {
    return undefined;
  }
  const isOwner = !isBasic || user?.email.toLowerCase() === email.toLowerCase();
  return user?.active === true && isOwner ? user : undefined;
}

/** What unknown paths (404) and known paths with another method (405) are answered. */
export function noEndpoint(routes: readonly Route[], request: SandboxRequest): Answer {
  const { method, path } = request;
  const others = routes.filter((route) => pathFits(route.path, path));
  return others.length > 0
    ? problem(405, "Method Not Allowed", `Method '${method}' is not supported.`)
    : problem(404, "Not Found", `No endpoint ${method} ${path}.`);
}

function pathFits(pattern: string, path: string): boolean {
  const given = path.split("/");
  const parts = pattern.split("/");
  return (
    parts.length === given.length &&
    parts.every((part, index) => part.startsWith(":") || part === given[index])
  );
}

/** The answer in REST v3. */
export function inV3(world: World): Rendering {
  return { world, api: 3 };
}

/** The body as an object; a 400 otherwise. An absent body is an empty one. */
export function bodyOf({ request }: Call): Fields {
  const { body = {} } = request;
  return isFields(body)
    ? body
    : refuse(400, "Invalid request payload. Refer to the REST API documentation and try again.");
}

/** A repeated or comma-separated parameter; undefined when it is absent. */
export function listParameter({ request }: Call, name: string): readonly string[] | undefined {
  const given = request.query.getAll(name);
  return given.length === 0
    ? undefined
    : given
        .flatMap((one) => one.split(","))
        .map((one) => one.trim())
        .filter((one) => one !== "");
}

/** A whole number of at least 0; a 400 otherwise. */
function wholeParameter({ request }: Call, name: string, absent: number): number {
  const given = request.query.get(name);
  if (given === null) {
    return absent;
  }
  if (!/^\d+$/u.test(given)) {
    const detail = `Failed to convert '${name}' with value: '${given}'`;
    throw new Refusal(problem(400, "Bad Request", detail));
  }
  return Number(given);
}

/** The issue that the path names, as the caller may see it; 404 otherwise. */
export function requestedIssue(world: World, call: Call): Issue {
  const issue = findIssue(world, call.param("issueIdOrKey"));
  return issue !== undefined && canBrowse(world, call.user, issue) ? issue : refuseMissing();
}

/** The caller of a call that is not open. */
export function userOf({ user }: Call): User {
  if (user === undefined) {
    throw new Refusal(unauthenticated());
  }
  return user;
}

/** One page of a list in the form that most of Jira's lists have. */
export function pageOf<T>(
  call: Call,
  all: readonly T[],
  maxDefault = 50,
): { readonly page: readonly T[]; readonly startAt: number; readonly maxResults: number } {
  const startAt = wholeParameter(call, "startAt", 0);
  const maxResults = Math.min(wholeParameter(call, "maxResults", maxDefault), 5_000);
  return { page: all.slice(startAt, startAt + maxResults), startAt, maxResults };
}

/** The answer to a body that is not JSON. */
export function malformed(): Answer {
  return errorAnswer(400, [
    "There was an error parsing JSON. Check that your request body is valid.",
  ]);
}
