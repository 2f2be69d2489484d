/** Registrations of admin webhooks, as Settings → System → WebHooks makes them: administrators only. */

import { z } from "zod";
import type { Answer, Route } from "../core/router.ts";
import { errorAnswer, refuse } from "./errors.ts";
import { mayGlobally } from "./find.ts";
import { JqlError } from "./jql.ts";
import type { Fields, World } from "./model.ts";
import { bodyOf, jiraRoutes, type Api, type Call } from "./rest.ts";
import type { Registration, Webhooks } from "./webhooks.ts";

const path = "/rest/webhooks/1.0/webhook";
const filterKey = "issue-related-events-section";

const Draft = z.object({
  name: z.string().min(1),
  description: z.string().default(""),
  url: z.url(),
  events: z.array(z.string()),
  filters: z.object({ [filterKey]: z.string().default("") }).default({ [filterKey]: "" }),
  excludeBody: z.boolean().default(false),
  enabled: z.boolean().default(true),
  secret: z.string().min(1).optional(),
});

/** GET, POST webhook · GET, DELETE webhook/:id. */
export function webhookRoutes(api: Api, webhooks: Webhooks): Route[] {
  const { world } = api;
  return jiraRoutes(api, [
    {
      method: "GET",
      path,
      handle: administered(world, () => ({
        status: 200,
        body: webhooks.list().map((one) => shown(world, one)),
      })),
    },
    {
      method: "POST",
      path,
      handle: administered(world, (call) => {
        const registration = register(webhooks, bodyOf(call));
        return { status: 201, body: shown(world, registration) };
      }),
    },
    {
      method: "GET",
      path: `${path}/:id`,
      handle: administered(world, (call) => {
        const found = webhooks.find(call.param("id"));
        return found === undefined ? unknown() : { status: 200, body: shown(world, found) };
      }),
    },
    {
      method: "DELETE",
      path: `${path}/:id`,
      handle: administered(world, (call) =>
        webhooks.remove(call.param("id")) ? { status: 204 } : unknown(),
      ),
    },
  ]);
}

function administered(world: World, handle: (call: Call) => Answer): (call: Call) => Answer {
  return (call) =>
    mayGlobally(world, call.user, "ADMINISTER")
      ? handle(call)
      : errorAnswer(403, ["You are not authorized to perform the administration of webhooks."]);
}

function unknown(): Answer {
  return errorAnswer(404, ["The webhook does not exist."]);
}

function register(webhooks: Webhooks, body: Fields): Registration {
  const parsed = Draft.safeParse(body);
  if (!parsed.success) {
    return refuse(400, z.prettifyError(parsed.error));
  }
  const { filters, ...draft } = parsed.data;
  try {
    return webhooks.register({ ...draft, filter: filters[filterKey] });
  } catch (error) {
    if (error instanceof JqlError) {
      return refuse(400, error.message);
    }
    throw error;
  }
}

/** The secret is never shown again. */
function shown(world: World, { id, secret, filter, ...registration }: Registration): Fields {
  return {
    ...registration,
    filters: { [filterKey]: filter },
    self: `${world.site.url}${path}/${id}`,
    isSigned: secret !== undefined,
  };
}
