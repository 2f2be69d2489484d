/** Routes, requests and answers of a sandbox: what a vendor's handlers see, free of sockets. */

export interface SandboxRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; undefined when there was no body. */
  readonly body: unknown;
  readonly rawBody: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is when it is a string. Absent: no body. */
  readonly body?: unknown;
}

type Handler = (request: SandboxRequest) => Answer | Promise<Answer>;

export interface Route {
  readonly method: string;
  /** Segments split by "/"; one that starts with ":" is a parameter. */
  readonly path: string;
  readonly handle: Handler;
  /** Whether a stale-read fault may strike; by default the GET routes. */
  readonly reads?: boolean;
}

/** Thrown by a handler to answer from deep inside. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.name = "Refusal";
    this.answer = answer;
  }
}

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The first route that takes `method` and `path`, in the order of `routes`. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): Found | undefined {
  const given = path.split("/");
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.path.split("/"), given) : undefined;
    if (params !== undefined) {
      return { route, params };
    }
  }
  return undefined;
}

function matchPath(
  pattern: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== given.length) {
    return undefined;
  }
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":") && value !== "") {
      params[part.slice(1)] = value;
    } else if (part !== value) {
      return undefined;
    }
  }
  return params;
}
