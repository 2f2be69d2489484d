/** What only the sandbox has: its control routes and its state at a glance. */

import { z } from "zod";
import type { Route } from "../core/router.ts";
import type { Attempt } from "../core/webhooks.ts";
import { act } from "./acts.ts";
import { findIssueEvenDeleted } from "./find.ts";
import type { World } from "./model.ts";
import { viewIssue, viewIssues, type IssueView } from "./views-of-world.ts";
import type { Webhooks } from "./webhooks.ts";

/** POST act · GET, POST settings · GET issues/:idOrKey. */
export function insideRoutes(
  world: World,
  configure: (changes: Readonly<Record<string, unknown>>) => void,
): Route[] {
  return [
    {
      method: "POST",
      path: "/_sandbox/act",
      handle: ({ body }) => ({ status: 200, body: act(world, body) }),
    },
    {
      method: "GET",
      path: "/_sandbox/settings",
      handle: () => ({ status: 200, body: world.settings }),
    },
    {
      method: "POST",
      path: "/_sandbox/settings",
      handle({ body }) {
        configure(z.record(z.string(), z.unknown()).parse(body));
        return { status: 200, body: world.settings };
      },
    },
    {
      method: "GET",
      path: "/_sandbox/issues/:idOrKey",
      handle({ params }) {
        const issue = findIssueEvenDeleted(world, params["idOrKey"] ?? "");
        return issue === undefined
          ? { status: 404 }
          : { status: 200, body: viewIssue(world, issue) };
      },
    },
  ];
}

export interface WorldView {
  readonly issues: readonly IssueView[];
  readonly projects: readonly {
    readonly id: string;
    readonly key: string;
    readonly name: string;
    readonly style: string;
    readonly statuses: readonly string[];
  }[];
  readonly users: readonly {
    readonly accountId: string;
    readonly name: string;
    readonly active: boolean;
  }[];
  /** Without the secrets. */
  readonly webhooks: readonly {
    readonly id: string;
    readonly url: string;
    readonly events: readonly string[];
    readonly filter: string;
    readonly enabled: boolean;
  }[];
  readonly deliveries: readonly Attempt[];
  readonly pendingWebhooks: number;
}

/** The issues with what hangs on them, the projects, the people and the deliveries. */
export function describeWorld(world: World, webhooks: Webhooks): WorldView {
  return {
    issues: viewIssues(world),
    projects: [...world.projects.values()].map(({ id, key, name, style, workflow }) => ({
      id,
      key,
      name,
      style,
      statuses: workflow.statusIds.map((one) => world.statuses.get(one)?.name ?? one),
    })),
    users: [...world.users.values()].map(({ accountId, displayName, active }) => ({
      accountId,
      name: displayName,
      active,
    })),
    webhooks: webhooks.list().map(({ id, url, events, filter, enabled }) => ({
      id,
      url,
      events,
      filter,
      enabled,
    })),
    deliveries: webhooks.attempts(),
    pendingWebhooks: webhooks.pending(),
  };
}
