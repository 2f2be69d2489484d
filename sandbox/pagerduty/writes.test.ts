/** The promises of writes over REST, of the directory and of the subscriptions. */

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { settableClock } from "../core/clock.ts";
import { call, errorOf, from, startAccount, trigger, type Answered } from "./testing.ts";

describe("a request under a fault", () => {
  it("leaves one note when only its answer was lost, and a late one after a while", async () => {
    const clock = settableClock();
    await using pagerduty = await startAccount({ clock });
    const id = trigger(pagerduty);
    const line = `POST /incidents/${id}/notes`;
    const options = { headers: from, body: { note: { content: "Once" } } };
    const match = { method: "POST", path: "/notes$" };
    pagerduty.faults.add({ kind: "lost-answer", match, times: 1 });
    await expect(call(pagerduty, line, options)).rejects.toThrow("fetch failed");
    expect(pagerduty.notesOf(id)).toEqual(["Once"]);
    pagerduty.faults.add({ kind: "late-commit", match, delayMs: 5_000, status: 504, times: 1 });
    expect((await call(pagerduty, line, options)).status).toBe(504);
    expect(pagerduty.notesOf(id)).toEqual(["Once"]);
    await clock.advance(5_000);
    await expect.poll(() => pagerduty.notesOf(id)).toEqual(["Once", "Once"]);
    expect(pagerduty.faults.counts()).toEqual({ "lost-answer": 1, "late-commit": 1 });
  });

  it("is forgotten with the rest of the account on reset", async () => {
    await using pagerduty = await startAccount();
    const id = trigger(pagerduty);
    pagerduty.faults.add({ kind: "hang" });
    pagerduty.reset();
    expect((await call(pagerduty, `GET /incidents/${id}`)).status).toBe(404);
    expect(pagerduty.calls().total).toBe(1);
  });
});

describe("writes", () => {
  it("create, change and resolve an incident like the product", async () => {
    await using pagerduty = await startAccount();
    const incident = { type: "incident", title: "By hand", service: { id: "PSCHECK" } };
    const made = await call(pagerduty, "POST /incidents", { headers: from, body: { incident } });
    expect(made).toMatchObject({ status: 201, body: { incident: { incident_number: 4101 } } });
    const body = {
      incident: { type: "incident", status: "resolved", resolution: "Done", title: "Renamed" },
    };
    const changed = await call(pagerduty, "PUT /incidents/4101", { headers: from, body });
    expect(changed.body).toMatchObject({ incident: { status: "resolved", title: "Renamed" } });
    const entries = await call(pagerduty, "GET /incidents/4101/log_entries?limit=1");
    expect(entries.body).toMatchObject({ log_entries: [{ note: "Done" }] });
  });

  it("publish a status update, which no call reads afterwards", async () => {
    await using pagerduty = await startAccount();
    const path = `/incidents/${trigger(pagerduty)}/status_updates`;
    const body = { message: "Better now" };
    const made = await call(pagerduty, `POST ${path}`, { headers: from, body });
    expect(made.body).toMatchObject({ status_update: { message: "Better now" } });
    expect((await call(pagerduty, `GET ${path}`)).status).toBe(404);
  });
});

describe("people", () => {
  it("may lack an address, may be gone, and nobody stands behind an account key", async () => {
    await using pagerduty = await startAccount();
    expect((await call(pagerduty, "GET /users/PHEN008")).body).toMatchObject({
      user: { name: "Henrik Vos", email: null },
    });
    expect((await call(pagerduty, "GET /users/PIVY009")).status).toBe(404);
    expect((await call(pagerduty, "GET /users?query=ada.okafor")).body).toMatchObject({
      users: [{ name: "Ada Okafor" }],
    });
    expect((await call(pagerduty, "GET /users/me")).status).toBe(400);
    const headers = { authorization: `Token token=${pagerduty.tokens.user}` };
    expect((await call(pagerduty, "GET /users/me", { headers })).status).toBe(200);
  });

  it("are told priorities from the most severe, or that the plan has none", async () => {
    await using pagerduty = await startAccount();
    const { body } = await call(pagerduty, "GET /priorities");
    const names = ["P1", "P2", "P3", "P4", "P5"].map((name) => ({ name }));
    expect(body).toMatchObject({ priorities: names });
    pagerduty.configure({ hasPriorities: false });
    expect((await call(pagerduty, "GET /priorities")).status).toBe(402);
  });
});

describe("subscriptions", () => {
  const draft = {
    webhook_subscription: {
      type: "webhook_subscription",
      delivery_method: {
        type: "http_delivery_method",
        url: "http://127.0.0.1:1/hook",
        custom_headers: [{ name: "x-env", value: "prod" }],
      },
      events: ["incident.triggered"],
      filter: { type: "service_reference", id: "PSCHECK" },
    },
  };
  const Created = z.object({
    webhook_subscription: z.object({
      id: z.string(),
      delivery_method: z.object({ secret: z.string() }),
    }),
  });

  it("show their secret once, and let all but the delivery method be changed", async () => {
    await using pagerduty = await startAccount();
    const made = await call(pagerduty, "POST /webhook_subscriptions", { body: draft });
    const { id, delivery_method } = Created.parse(made.body).webhook_subscription;
    expect(delivery_method.secret).toHaveLength(64);
    const path = `/webhook_subscriptions/${id}`;
    expect((await call(pagerduty, `GET ${path}`)).body).toMatchObject({
      webhook_subscription: {
        delivery_method: {
          secret: null,
          temporarily_disabled: false,
          custom_headers: [{ name: "x-env", value: "-- redacted --" }],
        },
      },
    });
    const body = { webhook_subscription: { active: false } };
    expect((await call(pagerduty, `PUT ${path}`, { body })).body).toMatchObject({
      webhook_subscription: { active: false, events: ["incident.triggered"] },
    });
    expect((await call(pagerduty, `POST ${path}/ping`)).status).toBe(202);
    expect((await call(pagerduty, `POST ${path}/enable`)).status).toBe(200);
    expect((await call(pagerduty, `DELETE ${path}`)).status).toBe(204);
    expect((await call(pagerduty, `GET ${path}`)).status).toBe(404);
  });

  it("are ten at most for one filter", async () => {
    await using pagerduty = await startAccount();
    async function create(): Promise<Answered> {
      return await call(pagerduty, "POST /webhook_subscriptions", { body: draft });
    }
    for (let index = 0; index < 10; index += 1) {
      expect((await create()).status).toBe(200);
    }
    expect(await create()).toMatchObject(errorOf(2019));
  });
});
