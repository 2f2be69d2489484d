/** The promises of the REST side: refusals, paging, zones, includes, limits and writes. */

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { settableClock } from "../core/clock.ts";
import { call, errorOf, from, startAccount, trigger } from "./testing.ts";

const Entries = z.object({
  log_entries: z.array(z.object({ id: z.string(), type: z.string(), created_at: z.string() })),
  more: z.boolean(),
});

describe("refusals", () => {
  it("wants the key in the exact form, and the version", async () => {
    await using pagerduty = await startAccount();
    const { account } = pagerduty.tokens;
    for (const authorization of ["", account, `token token=${account}`, "Token token=wrong"]) {
      const headers = { authorization };
      expect(await call(pagerduty, "GET /priorities", { headers })).toMatchObject(errorOf(2006));
    }
    const bearer = { authorization: `Bearer ${account}` };
    expect((await call(pagerduty, "GET /priorities", { headers: bearer })).status).toBe(200);
    const old = { accept: "application/json" };
    expect(await call(pagerduty, "GET /priorities", { headers: old })).toMatchObject(errorOf(2001));
  });

  it("knows 404, read-only keys, missing plans and bodies of another shape", async () => {
    await using pagerduty = await startAccount({ settings: { hasChangeEvents: false } });
    const id = trigger(pagerduty);
    expect(await call(pagerduty, "GET /incidents/QNONE")).toMatchObject({
      ...errorOf(2100),
      status: 404,
    });
    const headers = { ...from, authorization: `Token token=${pagerduty.tokens.readOnly}` };
    const body = { note: { content: "x" } };
    const note = `POST /incidents/${id}/notes`;
    expect(await call(pagerduty, note, { headers, body })).toMatchObject(errorOf(2010));
    expect(await call(pagerduty, `GET /incidents/${id}/related_change_events`)).toMatchObject({
      status: 402,
    });
    expect(await call(pagerduty, note, { headers: from, body: {} })).toMatchObject(errorOf(2001));
  });

  it("answers 429 beyond the limit of a minute, with or without headers and body", async () => {
    const clock = settableClock();
    await using pagerduty = await startAccount({ clock, settings: { requestsPerMinute: 2 } });
    const first = await call(pagerduty, "GET /priorities");
    expect(first.headers.get("ratelimit-remaining")).toBe("1");
    await call(pagerduty, "GET /priorities");
    const refused = await call(pagerduty, "GET /priorities");
    expect(refused).toMatchObject({
      status: 429,
      body: { error: { code: 2020, message: "Rate Limit Exceeded" } },
    });
    expect(refused.headers.get("ratelimit-reset")).toBe("60");
    pagerduty.configure({ bareRateLimit: true });
    const bare = await call(pagerduty, "GET /priorities");
    expect([bare.status, bare.body, bare.headers.get("ratelimit-limit")]).toEqual([
      429,
      undefined,
      null,
    ]);
    await clock.advance(60_000);
    expect((await call(pagerduty, "GET /priorities")).status).toBe(200);
  });
});

describe("incidents", () => {
  it("are found by id and number, with references or full objects", async () => {
    await using pagerduty = await startAccount();
    const id = trigger(pagerduty);
    pagerduty.act({ do: "setPriority", incident: id, priority: "P2" });
    const plain = await call(pagerduty, `GET /incidents/${id}`);
    expect(plain.body).toMatchObject({
      incident: {
        id,
        html_url: `https://acme.pagerduty.com/incidents/${id}`,
        service: { type: "service_reference" },
        priority: { type: "priority", name: "P2" },
        assignments: [{ assignee: { type: "user_reference" } }, {}],
      },
    });
    const full = await call(
      pagerduty,
      `GET /incidents/4101?include[]=services&include[]=assignees&include[]=conference_bridge`,
    );
    expect(full.body).toMatchObject({
      incident: {
        id,
        service: { type: "service", name: "Checkout API" },
        assignments: [{ assignee: { type: "user", email: "ada.okafor@acme.example" } }, {}],
        conference_bridge: null,
      },
    });
    expect(await call(pagerduty, `GET /incidents/${id}?include[]=magic`)).toMatchObject(
      errorOf(2001),
    );
  });

  it("are listed by window, status and order, a page at a time", async () => {
    const clock = settableClock(new Date("2026-01-01T00:00:00Z"));
    await using pagerduty = await startAccount({ clock });
    const old = trigger(pagerduty, "old");
    await clock.advance(40 * 86_400_000);
    const [second, third] = [trigger(pagerduty, "second"), trigger(pagerduty, "third")];
    pagerduty.act({ do: "resolve", incident: third });
    async function list(query: string): Promise<unknown> {
      return (await call(pagerduty, `GET /incidents?${query}`)).body;
    }
    expect(await list("")).toMatchObject({
      incidents: [{ id: second }, { id: third }],
      limit: 25,
      offset: 0,
      more: false,
      total: null,
    });
    expect(
      await list("date_range=all&statuses[]=triggered&sort_by=created_at:desc&total=true"),
    ).toMatchObject({ incidents: [{ id: second }, { id: old }], total: 2 });
    expect(await list("date_range=all&limit=1&offset=1")).toMatchObject({
      incidents: [{ id: second }],
      more: true,
    });
    expect(
      await list("since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z&statuses[]=triggered"),
    ).toMatchObject({ incidents: [{ id: old }] });
  });

  it("are refused beyond 10,000 records, six months and 100 a page where that is so", async () => {
    await using pagerduty = await startAccount();
    for (const query of [
      "offset=9950&limit=51",
      "limit=0",
      "limit=ten",
      "sort_by=title",
      "statuses[]=open",
      "date_range=some",
    ]) {
      const answer = await call(pagerduty, `GET /incidents?${query}`);
      expect([query, answer.status]).toEqual([query, 400]);
    }
    expect(
      await call(pagerduty, "GET /incidents?since=2025-01-01T00:00:00Z&until=2026-01-01T00:00:00Z"),
    ).toMatchObject(errorOf(2005));
    expect((await call(pagerduty, "GET /incidents?limit=500")).body).toMatchObject({ limit: 100 });
    pagerduty.configure({ limitAbove100: "refuse" });
    expect((await call(pagerduty, "GET /incidents?limit=500")).status).toBe(400);
  });
});

describe("log entries", () => {
  it("come newest first in the account's zone, and otherwise when asked or switched", async () => {
    const clock = settableClock(new Date("2026-01-15T12:00:00Z"));
    await using pagerduty = await startAccount({ clock });
    const id = trigger(pagerduty);
    await clock.advance(60_000);
    pagerduty.act({ do: "acknowledge", incident: id });
    async function read(query: string): Promise<z.infer<typeof Entries>["log_entries"]> {
      const { body } = await call(pagerduty, `GET /incidents/${id}/log_entries?${query}`);
      return Entries.parse(body).log_entries;
    }
    const [newest, ...older] = await read("");
    expect(newest).toMatchObject({
      type: "acknowledge_log_entry",
      created_at: "2026-01-15T07:01:00-05:00",
    });
    expect(older.at(-1)?.type).toBe("trigger_log_entry");
    expect((await read("time_zone=UTC"))[0]?.created_at).toBe("2026-01-15T12:01:00Z");
    expect((await read("is_overview=true")).map(({ type }) => type)).not.toContain(
      "notify_log_entry",
    );
    expect((await read("since=2026-01-15T12:00:30Z")).map(({ type }) => type)).toEqual([
      "acknowledge_log_entry",
    ]);
    pagerduty.configure({ logEntryOrder: "oldest-first" });
    expect((await read(""))[0]?.type).toBe("trigger_log_entry");
  });

  it("appear later than what they tell of, when they lag", async () => {
    const clock = settableClock();
    await using pagerduty = await startAccount({ clock, settings: { logEntryLagMs: 3_000 } });
    const id = trigger(pagerduty);
    async function count(): Promise<number> {
      const { body } = await call(pagerduty, `GET /incidents/${id}/log_entries`);
      return Entries.parse(body).log_entries.length;
    }
    expect(await count()).toBe(0);
    expect(pagerduty.logEntryIdsOf(id).length).toBeGreaterThan(4);
    await clock.advance(3_000);
    expect(await count()).toBeGreaterThan(4);
  });

  it("hold what the schema does not know, across all incidents", async () => {
    await using pagerduty = await startAccount();
    const incident = trigger(pagerduty);
    pagerduty.act({ do: "setPriority", incident, priority: "P1" });
    const type = "made_up_future_log_entry";
    pagerduty.act({ do: "logEntry", incident, type, summary: "Something new happened" });
    const { body } = await call(pagerduty, "GET /log_entries?limit=2&include[]=channels");
    expect(body).toMatchObject({
      log_entries: [
        { type, channel: {}, incident: { id: incident } },
        {
          type: "priority_change_log_entry",
          summary: 'Priority set to "P1"',
          channel: { old_priority: null, new_priority: { summary: "P1", name: "P1" } },
        },
      ],
      more: true,
    });
  });

  it("name the address of whom they notified", async () => {
    await using pagerduty = await startAccount();
    const incident = trigger(pagerduty);
    pagerduty.act({ do: "notify", incident, people: ["Diego Marchetti"], means: ["phone"] });
    const { body } = await call(pagerduty, `GET /incidents/${incident}/log_entries?limit=1`);
    expect(body).toMatchObject({
      log_entries: [
        {
          type: "notify_log_entry",
          summary: "Notified Diego Marchetti by phone",
          channel: { notification: { type: "phone_notification", address: "+15555550103" } },
        },
      ],
    });
  });
});

describe("alerts, notes and change events", () => {
  it("show alerts in the account's zone with details of any shape", async () => {
    await using pagerduty = await startAccount();
    const alert = { summary: "Error rate", severity: null, details: "plain text", key: "k1" };
    const id = pagerduty.act({ do: "trigger", title: "Errors", alert }).incident?.id ?? "";
    const { body } = await call(pagerduty, `GET /incidents/${id}/alerts?alert_key=k1`);
    expect(body).toMatchObject({
      alerts: [{ severity: null, created_at: expect.stringMatching(/-0[45]:00$/u) }],
    });
    expect(body).toMatchObject({ alerts: [{ body: { details: "plain text" } }] });
  });

  it("take a note from a known user only, and list it", async () => {
    await using pagerduty = await startAccount();
    const note = `POST /incidents/${trigger(pagerduty)}/notes`;
    const body = { note: { content: "The page is ready" } };
    expect(await call(pagerduty, note, { body })).toMatchObject(errorOf(1008));
    const stranger = { from: "nobody@acme.example" };
    expect(await call(pagerduty, note, { headers: stranger, body })).toMatchObject(errorOf(1008));
    const made = await call(pagerduty, note, { headers: from, body });
    expect(made).toMatchObject({
      status: 200,
      body: { note: { content: "The page is ready", user: { summary: "Ada Okafor" } } },
    });
    const listed = await call(pagerduty, note.replace("POST", "GET"));
    expect(listed.body).toMatchObject({ notes: [{ content: "The page is ready" }] });
  });

  it("relate changes of the days before, the service's own first", async () => {
    const clock = settableClock();
    await using pagerduty = await startAccount({ clock });
    pagerduty.act({ do: "recordChange", summary: "Migrate", service: "PostgreSQL cluster" });
    pagerduty.act({ do: "recordChange", summary: "Deploy 1.2" });
    await clock.advance(60_000);
    const id = trigger(pagerduty);
    const { body } = await call(pagerduty, `GET /incidents/${id}/related_change_events`);
    expect(body).toMatchObject({
      change_events: [
        { summary: "Deploy 1.2", correlation_reason: { reason: "most_recent" } },
        { summary: "Migrate", correlation_reason: { reason: "related_service" } },
      ],
      total: null,
    });
  });
});
