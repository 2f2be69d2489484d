/** What only the sandbox has: its control routes and its state at a glance. */

import { z } from "zod";
import type { Route } from "../core/router.ts";
import type { Attempt } from "../core/webhooks.ts";
import { act } from "./acts.ts";
import type { Api } from "./api.ts";
import type { World } from "./model.ts";
import {
  viewPage,
  viewPages,
  viewSource,
  type PageView,
  type SourceView,
} from "./views-of-world.ts";
import type { SetWebhook, Subscription, Webhooks } from "./webhooks.ts";

const Webhook = z.object({
  url: z.url().optional(),
  verificationToken: z.string().min(1).optional(),
  handshake: z.enum(["signed", "unsigned"]).optional(),
});

interface Switches {
  configure(changes: Readonly<Record<string, unknown>>): void;
  setWebhook(input: Partial<SetWebhook>): Subscription;
}

/**
 * POST act · GET, POST settings · POST lose-answers · GET pages/:id ·
 * POST, DELETE webhook · POST webhook/confirm.
 */
export function insideRoutes(api: Api, webhooks: Webhooks, switches: Switches): Route[] {
  const { world, gate } = api;
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
        switches.configure(z.record(z.string(), z.unknown()).parse(body));
        return { status: 200, body: world.settings };
      },
    },
    {
      method: "POST",
      path: "/_sandbox/lose-answers",
      handle({ body }) {
        gate.loseAnswers(body);
        return { status: 204 };
      },
    },
    {
      method: "GET",
      path: "/_sandbox/pages/:id",
      handle({ params }) {
        const page = world.pages.get(params["id"] ?? "");
        return page === undefined ? { status: 404 } : { status: 200, body: viewPage(world, page) };
      },
    },
    ...webhookRoutes(webhooks, switches),
  ];
}

function webhookRoutes(webhooks: Webhooks, switches: Switches): Route[] {
  return [
    {
      method: "POST",
      path: "/_sandbox/webhook",
      handle: ({ body }) => ({ status: 201, body: switches.setWebhook(wanted(body)) }),
    },
    {
      method: "POST",
      path: "/_sandbox/webhook/confirm",
      handle({ body }) {
        const { token } = z.object({ token: z.string() }).parse(body);
        return { status: webhooks.confirm(token) ? 204 : 400 };
      },
    },
    {
      method: "DELETE",
      path: "/_sandbox/webhook",
      handle() {
        webhooks.remove();
        return { status: 204 };
      },
    },
  ];
}

function wanted(body: unknown): Partial<SetWebhook> {
  const { url, ...rest } = Webhook.parse(body ?? {});
  return url === undefined ? rest : { ...rest, url };
}

export interface WorldView {
  readonly pages: readonly PageView[];
  readonly dataSources: readonly SourceView[];
  readonly users: readonly { readonly id: string; readonly name: string; readonly type: string }[];
  readonly webhook: Subscription | undefined;
  readonly deliveries: readonly Attempt[];
  readonly pendingWebhooks: number;
}

/** All pages with their block trees, the data sources, the people and the deliveries. */
export function describeWorld(world: World, webhooks: Webhooks): WorldView {
  return {
    pages: viewPages(world),
    dataSources: [...world.dataSources.values()].map((source) => viewSource(world, source)),
    users: [...world.users.values()].map(({ id, name, type }) => ({ id, name, type })),
    webhook: webhooks.subscription(),
    deliveries: webhooks.attempts(),
    pendingWebhooks: webhooks.pending(),
  };
}
