/** Reading people, services and priorities. */

import type { Answer, Route, SandboxRequest } from "../core/router.ts";
import type { Priority, Service, User } from "./model.ts";
import { renderPriority, renderService, renderUser } from "./render.ts";
import {
  invalid,
  listParameter,
  notFound,
  paginate,
  refuse,
  tokenOf,
  type Tokens,
} from "./rest.ts";
import type { World } from "./world.ts";

export function directoryRoutes(world: World, tokens: Tokens): Route[] {
  const routes: readonly (readonly [string, (request: SandboxRequest) => Answer])[] = [
    ["/users", (request) => listUsers(world, request)],
    ["/users/me", (request) => readMe(world, tokens, request)],
    ["/users/:id", (request) => readUser(world, request)],
    ["/services", (request) => listServices(world, request)],
    ["/services/:id", (request) => readService(world, request)],
    ["/priorities", (request) => listPriorities(world, request)],
  ];
  return routes.map(([path, handle]) => ({ method: "GET", path, handle }));
}

/** `query` looks at names and, as the vendor's clients know, at e-mail addresses. */
function listUsers(world: World, request: SandboxRequest): Answer {
  const query = (request.query.get("query") ?? "").toLowerCase();
  const teams = listParameter(request, "team_ids");
  const all = [...world.account.users.values()].filter(
    (user) =>
      !user.deleted &&
      `${user.name}\n${user.email ?? ""}`.toLowerCase().includes(query) &&
      (teams.length === 0 || user.teamIds.some((id) => teams.includes(id))),
  );
  return paginate<User>(world, request, {
    name: "users",
    all,
    render: (user) => renderUser(world, user),
  });
}

/** Nobody stands behind an account key. */
function readMe(world: World, tokens: Tokens, request: SandboxRequest): Answer {
  const [first] = world.account.users.values();
  if (tokenOf(request) !== tokens.user || first === undefined) {
    return invalid("Account-level access tokens cannot read the current user");
  }
  return { status: 200, body: { user: renderUser(world, first) } };
}

function readUser(world: World, request: SandboxRequest): Answer {
  const user = world.account.users.get(request.params["id"] ?? "");
  if (user === undefined || user.deleted) {
    return notFound();
  }
  return { status: 200, body: { user: renderUser(world, user) } };
}

function listServices(world: World, request: SandboxRequest): Answer {
  const query = (request.query.get("query") ?? "").toLowerCase();
  const all = world.account.services.filter(({ name }) => name.toLowerCase().includes(query));
  return paginate<Service>(world, request, {
    name: "services",
    all,
    render: (service) => renderService(world, service),
  });
}

function readService(world: World, request: SandboxRequest): Answer {
  const service = world.account.services.find(({ id }) => id === request.params["id"]);
  return { status: 200, body: { service: renderService(world, service ?? notFound()) } };
}

function listPriorities(world: World, request: SandboxRequest): Answer {
  if (!world.settings.hasPriorities) {
    refuse(402, 2014, "Payment Required", ["priorities"]);
  }
  return paginate<Priority>(world, request, {
    name: "priorities",
    all: world.account.priorities,
    render: renderPriority,
  });
}
