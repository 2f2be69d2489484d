/** What a Notion webhook's body leads to: always an answer, never an exception. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNotionWebhook } from "./notion.ts";
import type { Reading } from "./reading.ts";
import type { Delivery } from "./vendor.ts";
import { dataSources, notionBody, now, row } from "../../test/support/receiver.ts";

function deliver(body: string | Uint8Array): Delivery {
  return readNotionWebhook(typeof body === "string" ? Buffer.from(body) : body, dataSources, now);
}
function read(body: string | Uint8Array): Reading {
  return deliver(body).reading;
}
function hint(key: string, eventType: string): object {
  return { kind: "hint", keys: [key], eventType };
}

function by(...ids: string[]): object {
  return { authors: ids.map((id) => ({ id, type: "bot" })) };
}

const [postMortems] = dataSources.postMortems;
const other = "dddddddd-0000-4000-8000-0000000000f2";
function under(dataSource: unknown): object {
  return { data: { parent: { id: other, type: "database", data_source_id: dataSource } } };
}
const leaving = ["page.moved", "page.deleted", "page.undeleted"];
const staying = [
  "page.created",
  "page.properties_updated",
  "page.content_updated",
  "page.locked",
  "page.unlocked",
  "page.something_new",
];

describe("readNotionWebhook", () => {
  it.each([...staying, ...leaving].filter((type) => type !== "page.created"))(
    "%s of a row leads to the row",
    (type) => {
      expect(read(notionBody(type))).toEqual(hint(`action-item:${row}`, type));
    },
  );

  it("page.created of a row keeps when that was, which Notion itself tells to the minute only", () => {
    const created = new Date(now.getTime() - 1_234);
    const body = notionBody("page.created", { timestamp: created.toISOString() });
    expect(read(body)).toEqual(hint(`row-created:${row}@${created.getTime()}`, "page.created"));
    expect(read(notionBody("page.created", { timestamp: null }))).toEqual(
      hint(`action-item:${row}`, "page.created"),
    );
  });

  it.each([...staying, ...leaving])("%s of a post-mortem leads to the page", (type) => {
    expect(read(notionBody(type, under(postMortems)))).toEqual(hint(`post-mortem:${row}`, type));
  });

  it.each(leaving)("%s elsewhere leads to the row that it may have been", (type) => {
    const parents = [
      under(other),
      under(null),
      under("no id"),
      { data: { parent: { id: other, type: "page" } } },
      { data: { parent: { id: other, type: "space" } } },
      { data: {} },
      { data: null },
    ];
    for (const parent of parents) {
      expect(read(notionBody(type, parent))).toEqual(hint(`action-item:${row}`, type));
    }
  });

  it.each(staying)("%s elsewhere is ignored", (type) => {
    const parents = [
      under(other),
      { data: { parent: { id: other, type: "page" } } },
      { data: { parent: { id: other, type: "space" } } },
      { data: { parent: null } },
      { data: {} },
      { data: [] },
    ];
    for (const parent of parents) {
      expect(read(notionBody(type, parent))).toEqual({ kind: "ignored", reason: "OtherPage" });
    }
  });

  it("ignores what only we did to a post-mortem, and nothing else that we did", () => {
    const ours = { ...dataSources, ownUserId: "bot-1" };
    const page = under(postMortems);
    const type = "page.content_updated";
    function readOurs(body: string): Reading {
      return readNotionWebhook(Buffer.from(body), ours, now).reading;
    }
    expect(readOurs(notionBody(type, { ...page, ...by("bot-1") }))).toEqual({
      kind: "ignored",
      reason: "OwnEdit",
    });
    const seen = hint(`post-mortem:${row}`, type);
    expect(readOurs(notionBody(type, { ...page, ...by("bot-1", "person-1") }))).toEqual(seen);
    expect(readOurs(notionBody(type, { ...page, ...by() }))).toEqual(seen);
    expect(read(notionBody(type, { ...page, ...by("bot-1") }))).toEqual(seen);
    expect(readOurs(notionBody(type, by("bot-1")))).toEqual(hint(`action-item:${row}`, type));
  });

  it("tells that the subscription is too old where a row's data source is not named", () => {
    const data = { parent: { id: other, type: "database" } };
    expect(read(notionBody("page.created", { data }))).toMatchObject({
      kind: "ignored",
      reason: "DataSourceUnnamed",
      advice: { code: "NOTION_WEBHOOK_VERSION" },
    });
  });

  it.each([
    "data_source.schema_updated",
    "data_source.content_updated",
    "database.created",
    "comment.created",
    "view.created",
    "file_upload.completed",
    "something.new",
    "",
    "page",
  ])("ignores '%s', whatever it is about", (type) => {
    expect(read(notionBody(type))).toEqual({ kind: "ignored", reason: "NoPage" });
  });

  it.each([
    ["no dashes", row.replaceAll("-", "")],
    ["upper case", row.toUpperCase()],
  ])("knows a page by its id with %s", (_, id) => {
    const body = notionBody("page.moved", { entity: { id, type: "page" } });
    expect(read(body)).toEqual(hint(`action-item:${row}`, "page.moved"));
  });

  it("knows a data source by its id in any form", () => {
    const [id = ""] = dataSources.actionItems;
    for (const form of [id.replaceAll("-", ""), id.toUpperCase()]) {
      expect(read(notionBody("page.created", under(form))).kind).toBe("hint");
    }
  });

  it("says which event it is and whether Notion sends it again", () => {
    expect(deliver(notionBody())).toMatchObject({
      id: "11111111-0000-4000-8000-000000000003",
      isRetry: false,
    });
    expect(deliver(notionBody("page.created", { attempt_number: 2 })).isRetry).toBe(true);
    const odd = deliver(notionBody("page.created", { attempt_number: "2", id: 7 }));
    expect([odd.reading.kind, odd.isRetry, odd.id]).toEqual(["hint", false, undefined]);
  });

  it("ignores what is older than 7 days, and takes what is that old to the millisecond", () => {
    const old = notionBody("page.created", { timestamp: "2026-11-14T11:59:59.999Z" });
    expect(read(old)).toEqual({ kind: "ignored", reason: "TooOld" });
    for (const timestamp of ["2026-11-14T12:00:00.000Z", "2999-01-01", "yesterday", 5, null]) {
      expect(read(notionBody("page.created", { timestamp })).kind).toBe("hint");
    }
  });

  it("ignores a handshake: whoever signed it knows the token already", () => {
    const body = '{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}';
    expect(read(body)).toEqual({ kind: "ignored", reason: "Handshake" });
  });

  it.each([
    ["nothing", "", "NotJson"],
    ["text", "hello", "NotJson"],
    ["half a body", notionBody().slice(0, -10), "NotJson"],
    ["two bodies", notionBody().repeat(2), "NotJson"],
    ["bytes", Buffer.from([0, 255, 254]), "NotJson"],
    ["null", "null", "NotAnEnvelope"],
    ["a list", "[]", "NotAnEnvelope"],
    ["an empty object", "{}", "NotAnEnvelope"],
    ["a number for the type", '{"type":1}', "NotAnEnvelope"],
    ["PagerDuty's envelope", '{"event":{"event_type":"incident.triggered"}}', "NotAnEnvelope"],
    ["Jira's envelope", '{"webhookEvent":"jira:issue_updated"}', "NotAnEnvelope"],
    ["a row without an entity", notionBody("page.created", { entity: null }), "PageIdInvalid"],
    [
      "a row with a number for an id",
      notionBody("page.created", { entity: { id: 7 } }),
      "PageIdInvalid",
    ],
    [
      "a row with a path for an id",
      notionBody("page.created", { entity: { id: "../users/me" } }),
      "PageIdInvalid",
    ],
    [
      "a row with a line after its id",
      notionBody("page.created", { entity: { id: `${row}\n` } }),
      "PageIdInvalid",
    ],
  ])("finds %s unusable", (_, body, reason) => {
    expect(read(body)).toEqual({ kind: "unusable", reason });
  });

  it("survives 100,000 levels, and lets nothing through to the prototypes of objects", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(read(deep).kind).toBe("unusable");
    const inside = notionBody().replace('"Acme SRE"', deep);
    expect(["hint", "unusable"]).toContain(read(inside).kind);
    const poison = '"__proto__":{"polluted":true,"entity":{"id":"x"}},"type"';
    expect(read(notionBody().replaceAll('"type"', poison)).kind).toBe("hint");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("never throws, and names only pages, whatever the JSON", () => {
    const anything = fc.jsonValue({ maxDepth: 4 });
    const [ours] = dataSources.actionItems;
    const text = fc.oneof(anything, fc.constantFrom(row, ours, postMortems, "page", "database"));
    const envelope = fc.record(
      {
        type: fc.oneof(anything, fc.constantFrom(...leaving, ...staying)),
        id: text,
        timestamp: text,
        attempt_number: anything,
        entity: fc.oneof(anything, fc.record({ id: text, type: text })),
        data: fc.oneof(anything, fc.record({ parent: fc.record({ data_source_id: text }) })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(anything, envelope), (json) => {
        const reading = read(JSON.stringify(json));
        const keys = reading.kind === "hint" ? reading.keys : [`action-item:${row}`];
        expect(keys.join()).toMatch(/^(action-item|post-mortem):[0-9a-f-]{36}$/);
      }),
      { numRuns: 500 },
    );
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(["ignored", "unusable"]).toContain(read(bytes).kind);
      }),
    );
  });
});
