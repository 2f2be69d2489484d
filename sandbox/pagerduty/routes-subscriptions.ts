/** Managing webhook subscriptions over REST. */

import { z } from "zod";
import type { Answer, Route, SandboxRequest } from "../core/router.ts";
import type { Subscription } from "./model.ts";
import { renderSubscription } from "./render.ts";
import { invalid, notFound, paginate, refuse } from "./rest.ts";
import { parseBody } from "./routes-writes.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { World } from "./world.ts";

const Events = z.array(z.string()).min(1);
const Filter = z
  .object({
    type: z.enum(["account_reference", "service_reference", "team_reference"]),
    id: z.string().optional(),
  })
  .refine(({ type, id }) => type === "account_reference" || id !== undefined, "id is required");

const NewSubscription = z.object({
  webhook_subscription: z.object({
    type: z.literal("webhook_subscription"),
    description: z.string().optional(),
    delivery_method: z.object({
      type: z.literal("http_delivery_method"),
      url: z.url(),
      custom_headers: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
    }),
    events: Events,
    filter: Filter,
  }),
});

/** The delivery method cannot be changed, so the URL and the secret stay. */
const ChangedSubscription = z.object({
  webhook_subscription: z.object({
    description: z.string().optional(),
    events: Events.optional(),
    filter: Filter.optional(),
    active: z.boolean().optional(),
  }),
});

const root = "/webhook_subscriptions";

export function subscriptionRoutes(world: World, subscriptions: Subscriptions): Route[] {
  function found(request: SandboxRequest): Subscription {
    return subscriptions.find(request.params["id"] ?? "") ?? notFound();
  }

  function answer(subscription: Subscription, secret = false): Answer {
    const shown = { disabled: subscriptions.isDisabled(subscription), secret };
    return { status: 200, body: { webhook_subscription: renderSubscription(subscription, shown) } };
  }

  return [
    { method: "GET", path: root, handle: (request) => list(world, subscriptions, request) },
    {
      method: "POST",
      path: root,
      handle: (request) => answer(create(subscriptions, request), true),
    },
    { method: "GET", path: `${root}/:id`, handle: (request) => answer(found(request)) },
    {
      method: "PUT",
      path: `${root}/:id`,
      handle: (request) => answer(change(found(request), request)),
    },
    {
      method: "DELETE",
      path: `${root}/:id`,
      handle(request) {
        subscriptions.remove(found(request).id);
        return { status: 204 };
      },
    },
    {
      method: "POST",
      path: `${root}/:id/enable`,
      handle(request) {
        const subscription = found(request);
        subscriptions.enable(subscription);
        return answer(subscription);
      },
    },
    {
      method: "POST",
      path: `${root}/:id/ping`,
      handle(request) {
        subscriptions.ping(found(request));
        return { status: 202 };
      },
    },
  ];
}

/** `filter_type=account|service|team` and `filter_id`. */
function list(world: World, subscriptions: Subscriptions, request: SandboxRequest): Answer {
  const type = request.query.get("filter_type");
  const id = request.query.get("filter_id");
  const all = subscriptions
    .list()
    .filter(
      ({ filter }) =>
        (type === null || filter.type === `${type}_reference`) && (id === null || filter.id === id),
    );
  return paginate<Subscription>(world, request, {
    name: "webhook_subscriptions",
    all,
    render: (one) =>
      renderSubscription(one, { disabled: subscriptions.isDisabled(one), secret: false }),
  });
}

function create(subscriptions: Subscriptions, request: SandboxRequest): Subscription {
  const draft = parseBody(NewSubscription, request).webhook_subscription;
  const { url, custom_headers: customHeaders } = draft.delivery_method;
  const { description, events, filter } = draft;
  if (new Set(events).size !== events.length) {
    invalid("events must be unique");
  }
  const created = subscriptions.create({ url, description, events, filter, customHeaders });
  return (
    created ??
    refuse(400, 2019, "Product Limit Reached", ["At most 10 subscriptions for one filter"])
  );
}

function change(subscription: Subscription, request: SandboxRequest): Subscription {
  const wanted = parseBody(ChangedSubscription, request).webhook_subscription;
  subscription.description = wanted.description ?? subscription.description;
  subscription.events = wanted.events ?? subscription.events;
  subscription.filter = wanted.filter ?? subscription.filter;
  subscription.active = wanted.active ?? subscription.active;
  return subscription;
}
