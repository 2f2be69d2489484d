/** What all REST routes share: authentication, rate limits, errors, paging and parameters. */

import { Refusal, type Answer, type SandboxRequest } from "../core/router.ts";
import type { Incident, User } from "./model.ts";
import { isTimeZone } from "./time.ts";
import { findIncident, type World } from "./world.ts";

/** The keys that the stand-in knows. */
export interface Tokens {
  /** An account key: sees all, nobody stands behind it. */
  readonly account: string;
  /** An account key that may only read. */
  readonly readOnly: string;
  /** The key of the first user. */
  readonly user: string;
}

/** Throws the vendor's error envelope. */
export function refuse(
  status: number,
  code: number,
  message: string,
  errors?: readonly string[],
): never {
  throw new Refusal(errorAnswer(status, { code, message, errors }));
}

export function errorAnswer(
  status: number,
  error: {
    readonly code: number;
    readonly message: string;
    readonly errors?: readonly string[] | undefined;
  },
): Answer {
  return { status, body: { error } };
}

export function notFound(): never {
  return refuse(404, 2100, "Not Found");
}

export function invalid(...errors: readonly string[]): never {
  return refuse(400, 2001, "Invalid Input Provided", errors);
}

export interface Gate {
  readonly guard: (request: SandboxRequest) => Answer | undefined;
  readonly headers: (request: SandboxRequest) => Record<string, string>;
  readonly reset: () => void;
}

const windowMs = 60_000;
const version = "application/vnd.pagerduty+json;version=2";

/** Checks key and version, and counts requests per key in windows of a minute. */
export function createGate(world: World, tokens: Tokens): Gate {
  const windows = new Map<string, { startMs: number; count: number }>();
  const known = new Set(Object.values(tokens));

  function windowOf(token: string): { startMs: number; count: number } {
    const nowMs = world.clock.now().getTime();
    const current = windows.get(token);
    if (current !== undefined && nowMs - current.startMs < windowMs) {
      return current;
    }
    const fresh = { startMs: nowMs, count: 0 };
    windows.set(token, fresh);
    return fresh;
  }

  function headers(request: SandboxRequest): Record<string, string> {
    const token = tokenOf(request);
    const { startMs, count } = windowOf(token ?? "");
    const limit = world.settings.requestsPerMinute;
    const resetMs = startMs + windowMs - world.clock.now().getTime();
    const isBare = world.settings.bareRateLimit && count > limit;
    if (token === undefined || !known.has(token) || isBare) {
      return {};
    }
    return {
      "ratelimit-limit": String(limit),
      "ratelimit-remaining": String(Math.max(limit - count, 0)),
      "ratelimit-reset": String(Math.ceil(resetMs / 1_000)),
    };
  }

  function guard(request: SandboxRequest): Answer | undefined {
    const token = tokenOf(request);
    if (token === undefined || !known.has(token)) {
      return errorAnswer(401, { code: 2006, message: "Authentication Failed" });
    }
    const window = windowOf(token);
    window.count += 1;
    if (window.count > world.settings.requestsPerMinute) {
      return world.settings.bareRateLimit
        ? { status: 429 }
        : errorAnswer(429, { code: 2020, message: "Rate Limit Exceeded" });
    }
    if ((request.headers["accept"] ?? "").replaceAll(" ", "") !== version) {
      const errors = [`Accept must be ${version}`];
      return errorAnswer(400, { code: 2001, message: "Invalid Input Provided", errors });
    }
    if (token === tokens.readOnly && request.method !== "GET") {
      return errorAnswer(403, { code: 2010, message: "Access Denied" });
    }
    return undefined;
  }

  return { guard, headers, reset: () => windows.clear() };
}

/** `Token token=<key>` or `Bearer <key>`, exactly. */
export function tokenOf(request: SandboxRequest): string | undefined {
  return /^(?:Token token=|Bearer )(\S+)$/u.exec(request.headers["authorization"] ?? "")?.[1];
}

/** The user that the From header names; 400 with code 1008 when there is none of that address. */
export function requester(world: World, request: SandboxRequest): User {
  const from = request.headers["from"];
  const users = [...world.account.users.values()];
  const user = users.find(({ email, deleted }) => email !== null && email === from && !deleted);
  return user ?? refuse(400, 1008, "Requester User Not Found");
}

export function requestedIncident(world: World, request: SandboxRequest): Incident {
  return findIncident(world, request.params["id"] ?? "") ?? notFound();
}

/** `name[]`, repeated. */
export function listParameter(
  request: SandboxRequest,
  name: string,
  allowed?: readonly string[],
): readonly string[] {
  const values = request.query.getAll(`${name}[]`);
  const unknown = values.find((value) => allowed !== undefined && !allowed.includes(value));
  return unknown === undefined ? values : invalid(`${name}[] cannot be ${unknown}`);
}

/** The zone that times are shown in; the account's unless the request names one. */
export function timeZoneOf(world: World, request: SandboxRequest): string {
  const asked = request.query.get("time_zone") ?? world.settings.accountTimeZone;
  return isTimeZone(asked) ? asked : invalid(`time_zone cannot be ${asked}`);
}

const limitDefault = 25;
const limitMax = 100;
const windowEndMax = 10_000;

/** One page of `all` in the vendor's classic envelope; renders only what it shows. */
export function paginate<T>(
  world: World,
  request: SandboxRequest,
  list: { readonly name: string; readonly all: readonly T[]; readonly render: (one: T) => unknown },
): Answer {
  const asked = wholeParameter(request, "limit", limitDefault);
  if (asked < 1 || (asked > limitMax && world.settings.limitAbove100 === "refuse")) {
    invalid(`limit must be from 1 to ${limitMax}`);
  }
  const limit = Math.min(asked, limitMax);
  const offset = wholeParameter(request, "offset", 0);
  if (offset + limit > windowEndMax) {
    invalid(`offset plus limit cannot exceed ${windowEndMax}`);
  }
  const page = list.all.slice(offset, offset + limit).map((one) => list.render(one));
  const more = offset + limit < list.all.length;
  const total = request.query.get("total") === "true" ? list.all.length : null;
  return { status: 200, body: { [list.name]: page, limit, offset, more, total } };
}

function wholeParameter(request: SandboxRequest, name: string, absent: number): number {
  const text = request.query.get(name);
  if (text === null) {
    return absent;
  }
  return /^\d+$/u.test(text) ? Number(text) : invalid(`${name} must be a whole number`);
}
