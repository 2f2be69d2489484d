/** The promises of the search: a lagging index, pages under a token, and what is answered to bad queries. */

import { describe, expect, it } from "vitest";
import type { Fields } from "./model.ts";
import type { JiraSandbox } from "./sandbox.ts";
import { call, startSite } from "./testing.ts";

interface Found {
  readonly id: string;
  readonly key?: string;
  readonly fields?: Fields;
}

interface Answer {
  readonly status: number;
  readonly body: { readonly issues?: readonly Found[]; readonly nextPageToken?: string };
}

/** POST search/jql; a string is the query alone. */
async function search(site: JiraSandbox, body: string | Fields): Promise<Answer> {
  const request = typeof body === "string" ? { jql: body, fields: ["key"] } : body;
  return (await call(site, "POST /search/jql", request)) as Answer;
}

const indexedMs = 4_000;

/** Creates `count` issues in OPS. */
function fill(site: JiraSandbox, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    idOf(
      site.act({
        do: "createIssue",
        project: "OPS",
        summary: `Issue ${index + 1}`,
        labels: ["pm"],
      }),
    ),
  );
}

function idOf({ id = "" }: { readonly id?: string }): string {
  return id;
}

function keys({ body }: Answer): (string | undefined)[] {
  return (body.issues ?? []).map(({ key }) => key);
}

describe("the index", () => {
  it("shows a new issue only after the lag, by the clock", async () => {
    await using site = await startSite();
    fill(site, 1);
    expect(keys(await search(site, "project = OPS"))).toEqual([]);
    await site.clock.advance(2_999);
    expect(keys(await search(site, "project = OPS"))).toEqual([]);
    await site.clock.advance(indexedMs - 2_999);
    expect(keys(await search(site, "project = OPS"))).toEqual(["OPS-1"]);
  });

  it("keeps the old state of a changed issue until then", async () => {
    await using site = await startSite();
    fill(site, 1);
    await site.clock.advance(indexedMs);
    site.act({ do: "edit", issue: "OPS-1", summary: "New", removeLabels: ["pm"] });
    const body = { jql: "labels = pm", fields: ["summary"] };
    const [found] = (await search(site, body)).body.issues ?? [];
    expect(found?.fields).toEqual({ summary: "Issue 1" });
    await site.clock.advance(indexedMs);
    expect((await search(site, body)).body.issues).toEqual([]);
  });

  it("is passed by for the issues to reconcile, on every page", async () => {
    await using site = await startSite();
    const [id = "", other = ""] = fill(site, 2);
    const body = { jql: "labels = pm ORDER BY key", fields: ["summary"] };
    const reconcileIssues = [Number(id)];
    expect(keys(await search(site, { ...body, reconcileIssues }))).toEqual(["OPS-1"]);
    await site.clock.advance(indexedMs);
    site.act({ do: "edit", issue: id, removeLabels: ["pm"] });
    site.act({ do: "edit", issue: other, summary: "New" });
    expect(keys(await search(site, body))).toEqual(["OPS-1", "OPS-2"]);
    expect(keys(await search(site, { ...body, reconcileIssues }))).toEqual(["OPS-2"]);
    const both = { ...body, reconcileIssues: [Number(id), Number(other)] };
    expect((await search(site, both)).body.issues).toMatchObject([{ fields: { summary: "New" } }]);
  });

  it("may lose an issue again, though it had it, while the change is recent", async () => {
    await using site = await startSite();
    fill(site, 1);
    await site.clock.advance(indexedMs);
    site.configure({ searchMissProbability: 0.5 });
    const seen: number[] = [];
    for (let round = 0; round < 40; round += 1) {
      seen.push(keys(await search(site, "project = OPS")).length);
    }
    expect(new Set(seen)).toEqual(new Set([0, 1]));
    await site.clock.advance(60_000);
    site.configure({ searchMissProbability: 1 });
    expect(keys(await search(site, "project = OPS"))).toEqual(["OPS-1"]);
  });

  it("still has a deleted or archived issue for the lag, and then no more", async () => {
    await using site = await startSite();
    fill(site, 2);
    await site.clock.advance(indexedMs);
    site.act({ do: "delete", issue: "OPS-1" });
    site.act({ do: "archive", issue: "OPS-2" });
    const jql = "labels = pm ORDER BY key";
    expect(keys(await search(site, jql))).toEqual(["OPS-1", "OPS-2"]);
    await site.clock.advance(indexedMs);
    expect(keys(await search(site, jql))).toEqual([]);
    site.act({ do: "restore", issue: "OPS-2" });
    await site.clock.advance(indexedMs);
    expect(keys(await search(site, jql))).toEqual(["OPS-2"]);
  });

  it("shows nobody what is hidden from them", async () => {
    await using site = await startSite();
    fill(site, 2);
    site.act({ do: "createIssue", project: "SEC", summary: "Secret" });
    await site.clock.advance(indexedMs);
    site.act({ do: "hide", issue: "OPS-1" });
    expect(keys(await search(site, "labels = pm OR project = SEC"))).toEqual(["OPS-2"]);
    site.act({ do: "hide", project: "OPS" });
    expect(keys(await search(site, "labels = pm"))).toEqual([]);
  });
});

describe("an answer", () => {
  it("has ids only, unless fields are named; unknown names are left out", async () => {
    await using site = await startSite();
    const [id] = fill(site, 1);
    site.act({ do: "setProperty", issue: "OPS-1", key: "debrief", value: { a: 1 } });
    await site.clock.advance(indexedMs);
    const jql = "project = OPS";
    expect((await search(site, { jql })).body).toEqual({ issues: [{ id }], isLast: true });
    const fields = ["summary", "duedate", "madeUp"];
    expect((await search(site, { jql, fields, properties: ["debrief", "none"] })).body).toEqual({
      isLast: true,
      issues: [
        expect.objectContaining({
          id,
          key: "OPS-1",
          fields: { summary: "Issue 1", duedate: null },
          properties: { debrief: { a: 1 } },
        }),
      ],
    });
  });

  it("is capped at 100 issues with fields, and at what was asked without", async () => {
    await using site = await startSite();
    const ids = fill(site, 120);
    await site.clock.advance(indexedMs);
    const body = { jql: "project = OPS ORDER BY key", maxResults: 1_000 };
    const first = await search(site, { ...body, fields: ["summary"] });
    expect(first.body).toMatchObject({ isLast: false });
    expect(first.body.issues).toHaveLength(100);
    const { nextPageToken } = first.body;
    const second = await search(site, { ...body, fields: ["summary"], nextPageToken });
    expect(second.body).not.toHaveProperty("nextPageToken");
    const pages = [...(first.body.issues ?? []), ...(second.body.issues ?? [])];
    expect(pages.map(({ id }) => id)).toEqual(ids);
    expect((await search(site, body)).body.issues).toHaveLength(120);
    expect((await search(site, { jql: body.jql })).body.issues).toHaveLength(50);
  });

  it("comes to a GET as well", async () => {
    await using site = await startSite();
    fill(site, 3);
    await site.clock.advance(indexedMs);
    const query = new URLSearchParams({
      jql: "project = OPS ORDER BY key",
      maxResults: "2",
      fields: "summary,labels",
    });
    const first = (await call(site, `GET /search/jql?${query.toString()}`)) as Answer;
    expect(first.body.issues).toMatchObject([
      { fields: { summary: "Issue 1", labels: ["pm"] } },
      { fields: { summary: "Issue 2" } },
    ]);
    query.set("nextPageToken", first.body.nextPageToken ?? "");
    expect(keys((await call(site, `GET /search/jql?${query.toString()}`)) as Answer)).toEqual([
      "OPS-3",
    ]);
  });

  it("reads dates in the zone of who searches, and writes them in that of the site", async () => {
    await using site = await startSite();
    fill(site, 1);
    await site.clock.advance(indexedMs);
    const fields = ["created"];
    const found = await search(site, { jql: 'created >= "2026-03-02 04:00"', fields });
    expect(found.body.issues).toMatchObject([
      { fields: { created: "2026-03-02T10:00:00.000+0100" } },
    ]);
    expect(keys(await search(site, 'created >= "2026-03-02 04:01"'))).toEqual([]);
    expect(keys(await search(site, 'updated >= "-1m"'))).toEqual(["OPS-1"]);
    await site.clock.advance(60_000);
    expect(keys(await search(site, 'updated >= "-1m"'))).toEqual([]);
  });

  it("follows the old key of a moved issue", async () => {
    await using site = await startSite();
    fill(site, 1);
    site.act({ do: "move", issue: "OPS-1", project: "PAY" });
    await site.clock.advance(indexedMs);
    expect(keys(await search(site, "key = OPS-1"))).toEqual(["PAY-1"]);
    expect(site.issue("OPS-1")?.key).toBe("PAY-1");
  });
});

describe("a search is refused with 400", () => {
  it.each<[what: string, body: Fields, message: RegExp]>([
    ["without a query", {}, /^Unbounded JQL queries are not allowed here/u],
    ["with an order alone", { jql: "ORDER BY key" }, /^Unbounded JQL queries are not allowed/u],
    ["with a syntax error", { jql: "project = " }, /^Error in the JQL Query: /u],
    ["with a page of 0", { jql: "key = OPS-1", maxResults: 0 }, /between 1 and 5000/u],
    ["with a page of 5001", { jql: "key = OPS-1", maxResults: 5_001 }, /between 1 and 5000/u],
    [
      "with 51 issues to reconcile",
      { jql: "key = OPS-1", reconcileIssues: Array.from({ length: 51 }, (_, index) => index) },
      /limit of 50/u,
    ],
    ["with keys to reconcile", { jql: "key = OPS-1", reconcileIssues: ["OPS-1"] }, /payload/u],
    ["with a foreign token", { jql: "key = OPS-1", nextPageToken: "abc" }, /page token/u],
    ["with fields that are no list", { jql: "key = OPS-1", fields: "summary" }, /payload/u],
  ])("%s", async (_what, body, message) => {
    await using site = await startSite();
    expect(await search(site, body)).toMatchObject({
      status: 400,
      body: { errorMessages: [expect.stringMatching(message)], errors: {} },
    });
  });

  it("with the token of another query, and with one that is a week old", async () => {
    await using site = await startSite();
    fill(site, 2);
    await site.clock.advance(indexedMs);
    const jql = "project = OPS";
    const { nextPageToken } = (await search(site, { jql, maxResults: 1 })).body;
    const next = { jql, maxResults: 1, nextPageToken };
    expect(await search(site, { ...next, jql: "labels = pm" })).toMatchObject({ status: 400 });
    expect(await search(site, next)).toMatchObject({ status: 200 });
    await site.clock.advance(7 * 86_400_000);
    expect(await search(site, next)).toMatchObject({ status: 400 });
  });
});

describe("beside the search", () => {
  it("names that nobody knows are answered 200 and empty", async () => {
    await using site = await startSite();
    expect(await search(site, "project = NOPE")).toMatchObject({
      status: 200,
      body: { issues: [], isLast: true },
    });
  });

  it("a refused token is answered as nobody, who finds nothing, and only a header tells", async () => {
    await using site = await startSite();
    fill(site, 1);
    await site.clock.advance(indexedMs);
    site.revokeToken();
    const body = { jql: "project = OPS" };
    const answer = await call(site, "POST /search/jql", body);
    expect(answer).toMatchObject({ status: 200, body: { issues: [], isLast: true } });
    expect(answer.headers.get("x-seraph-loginreason")).toBe("AUTHENTICATED_FAILED");
    expect((await call(site, "POST /jql/match", { jqls: [], issueIds: [] })).status).toBe(401);
  });

  it("the old search is gone", async () => {
    await using site = await startSite();
    const answers = [await call(site, "GET /search"), await call(site, "POST /search", {})];
    expect(answers).toMatchObject([{ status: 410 }, { status: 410 }]);
  });

  it("the count lags like the search", async () => {
    await using site = await startSite();
    fill(site, 3);
    const body = { jql: "project = OPS" };
    expect((await call(site, "POST /search/approximate-count", body)).body).toEqual({ count: 0 });
    await site.clock.advance(indexedMs);
    expect((await call(site, "POST /search/approximate-count", body)).body).toEqual({ count: 3 });
    expect(await call(site, "POST /search/approximate-count", {})).toMatchObject({ status: 400 });
  });

  it("the match tests ids against several queries", async () => {
    await using site = await startSite();
    const [first, second] = fill(site, 2).map(Number);
    await site.clock.advance(indexedMs);
    const jqls = ["labels = pm", "key = OPS-2", "labels"];
    const issueIds = [first, second, 99];
    expect((await call(site, "POST /jql/match", { issueIds, jqls })).body).toEqual({
      matches: [
        { matchedIssues: [first, second], errors: [] },
        { matchedIssues: [second], errors: [] },
        { matchedIssues: [], errors: [expect.stringContaining("Expecting operator")] },
      ],
    });
  });
});
