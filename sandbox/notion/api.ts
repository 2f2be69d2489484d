/** The frame of every Notion call: versions, body size, write locks, and ids in paths. */

import type { Answer, Route, SandboxRequest } from "../core/router.ts";
import { fieldsOf, idOf, isFields } from "./check.ts";
import { refuse } from "./errors.ts";
import { newestVersion, type Gate } from "./gate.ts";
import type { Fields, World } from "./model.ts";
import { withArchived } from "./render.ts";

export interface Api {
  readonly world: World;
  readonly gate: Gate;
}

export interface Call {
  readonly request: SandboxRequest;
  /** In the spelling of the newest version, whatever version the caller speaks. */
  readonly body: Fields;
  /** The id in the path under this name, dashed. */
  readonly id: (name: string) => string;
}

export interface CallHandler {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly handle: (call: Call) => Fields;
  /** Writes only: the id of what is written under. Two at once conflict. */
  readonly holds?: (call: Call) => string;
  /** A POST that only reads. */
  readonly reads?: boolean;
}

const bodyMax = 500 * 1024;

/** The core's route for one call of the API. */
export function notionRoute(api: Api, handler: CallHandler): Route {
  const { method, path, reads } = handler;
  return {
    method,
    path,
    ...(reads === undefined ? {} : { reads }),
    async handle(request) {
      const isOld = request.headers["notion-version"] !== newestVersion;
      const call = callOf(request, isOld);
      function run(): Answer {
        const body = handler.handle(call);
        return { status: 200, body: isOld ? withArchived(body) : body };
      }
      return handler.holds === undefined
        ? run()
        : await api.gate.write(handler.holds(call), request, run);
    },
  };
}

function callOf(request: SandboxRequest, isOld: boolean): Call {
  if (request.rawBody.length > bodyMax) {
    refuse(
      `body failed validation: body should be ≤ \`${bodyMax}\` bytes, instead was \`${request.rawBody.length}\`.`,
    );
  }
  const body = fieldsOf(request.body ?? {}, "body");
  return {
    request,
    body: isOld ? inNewSpelling(body) : body,
    id(name) {
      const part = request.params[name] ?? "";
      return idOf(part, `path.${name}`);
    },
  };
}

/** `archived` became `in_trash` and `after` became `position` in 2026-03-11. */
function inNewSpelling(body: Fields): Fields {
  const { archived, after, ...rest } = body;
  return {
    ...rest,
    ...(archived === undefined ? {} : { in_trash: archived }),
    ...(after === undefined
      ? {}
      : { position: { type: "after_block", after_block: { id: after } } }),
  };
}

/** The id that a `parent` names under one of the given keys. */
export function parentOf(
  value: unknown,
  path: string,
  keys: readonly string[],
): { readonly key: string; readonly id: string } {
  const parent = fieldsOf(value, path, ["type", ...keys]);
  const key = keys.find((one) => parent[one] !== undefined);
  if (key === undefined) {
    refuse(
      `body failed validation: ${path}.${keys[0] ?? ""} should be defined, instead was \`undefined\`.`,
    );
  }
  return { key, id: idOf(parent[key], `${path}.${key}`) };
}

/** The key that a write holds when the body names a parent; anything else holds itself. */
export function heldParent(call: Call): string {
  const parent = call.body["parent"];
  return isFields(parent)
    ? JSON.stringify(
        Object.values(parent)
          .filter((one) => one !== undefined)
          .at(-1),
      )
    : "none";
}
