/** The promises of the search: a lagging index, pages under a token, and what is answered to bad queries. */

import { describe, expect, it } from "vitest";
import { settableClock } from "../core/clock.ts";
import { createFaults } from "../core/faults.ts";
import { startVendorServer } from "../core/http.ts";
import { createRandom } from "../core/random.ts";
import { createAcme } from "./acme.ts";
import { act, type ActInput } from "./acts.ts";
import { getIssue } from "./find.ts";
import type { Fields, World } from "./model.ts";
import { createRateLimits } from "./rate-limits.ts";
import { malformed, noEndpoint } from "./rest.ts";
import { searchRoutes } from "./routes-search.ts";

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Fields & { readonly issues?: readonly Found[]; readonly nextPageToken?: string };
}

interface Found {
  readonly id: string;
  readonly key?: string;
  readonly fields?: Fields;
}

interface Site extends AsyncDisposable {
  readonly world: World;
  readonly act: (input: ActInput) => string;
  /** POST search/jql; a string is the query alone. */
  readonly search: (body: string | Fields) => Promise<Answered>;
  readonly call: (line: string, body?: unknown) => Promise<Answered>;
}

/** Acme at 2026-03-02 09:00 UTC, searched by the bot. */
async function startSite(): Promise<Site> {
  const clock = settableClock();
  const { world, bot } = createAcme(clock, 1, () => {});
  const routes = searchRoutes({ world, limits: createRateLimits(world) });
  const server = await startVendorServer({
    clock,
    faults: createFaults(createRandom(1)),
    routes,
    state: () => ({}),
    reset: () => {},
    notFound: (request) => noEndpoint(routes, request),
    malformed,
  });
  const authorization = `Basic ${Buffer.from(`${bot.email}:${bot.apiToken}`).toString("base64")}`;
  async function call(line: string, body?: unknown): Promise<Answered> {
    const [method = "GET", path = "/"] = line.split(" ");
    const answer = await fetch(`${server.url}/rest/api/3${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const parsed = (await answer.json()) as Answered["body"];
    return { status: answer.status, headers: answer.headers, body: parsed };
  }
  return {
    world,
    act: (input) => act(world, input).id ?? "",
    search: (body) =>
      call("POST /search/jql", typeof body === "string" ? { jql: body, fields: ["key"] } : body),
    call,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const indexedMs = 4_000;

/** Creates `count` issues in OPS. */
function fill(site: Site, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    site.act({ do: "createIssue", project: "OPS", summary: `Issue ${index + 1}`, labels: ["pm"] }),
  );
}

function keys({ body }: Answered): (string | undefined)[] {
  return (body.issues ?? []).map(({ key }) => key);
}

describe("the index", () => {
  it("shows a new issue only after the lag, by the clock", async () => {
    await using site = await startSite();
    fill(site, 1);
    expect(keys(await site.search("project = OPS"))).toEqual([]);
    await site.world.clock.advance(2_999);
    expect(keys(await site.search("project = OPS"))).toEqual([]);
    await site.world.clock.advance(indexedMs - 2_999);
    expect(keys(await site.search("project = OPS"))).toEqual(["OPS-1"]);
  });

  it("keeps the old state of a changed issue until then", async () => {
    await using site = await startSite();
    fill(site, 1);
    await site.world.clock.advance(indexedMs);
    site.act({ do: "edit", issue: "OPS-1", summary: "New", removeLabels: ["pm"] });
    const body = { jql: "labels = pm", fields: ["summary"] };
    const [found] = (await site.search(body)).body.issues ?? [];
    expect(found?.fields).toEqual({ summary: "Issue 1" });
    await site.world.clock.advance(indexedMs);
    expect((await site.search(body)).body.issues).toEqual([]);
  });

  it("is passed by for the issues to reconcile, on every page", async () => {
    await using site = await startSite();
    const [id = "", other = ""] = fill(site, 2);
    const body = { jql: "labels = pm ORDER BY key", fields: ["summary"] };
    const reconcileIssues = [Number(id)];
    expect(keys(await site.search({ ...body, reconcileIssues }))).toEqual(["OPS-1"]);
    await site.world.clock.advance(indexedMs);
    site.act({ do: "edit", issue: id, removeLabels: ["pm"] });
    site.act({ do: "edit", issue: other, summary: "New" });
    expect(keys(await site.search(body))).toEqual(["OPS-1", "OPS-2"]);
    expect(keys(await site.search({ ...body, reconcileIssues }))).toEqual(["OPS-2"]);
    const both = { ...body, reconcileIssues: [Number(id), Number(other)] };
    expect((await site.search(both)).body.issues).toMatchObject([{ fields: { summary: "New" } }]);
  });

  it("may lose an issue again, though it had it, while the change is recent", async () => {
    await using site = await startSite();
    fill(site, 1);
    await site.world.clock.advance(indexedMs);
    site.world.settings = { ...site.world.settings, searchMissProbability: 0.5 };
    const seen: number[] = [];
    for (let search = 0; search < 40; search += 1) {
      seen.push(keys(await site.search("project = OPS")).length);
    }
    expect(new Set(seen)).toEqual(new Set([0, 1]));
    await site.world.clock.advance(60_000);
    site.world.settings = { ...site.world.settings, searchMissProbability: 1 };
    expect(keys(await site.search("project = OPS"))).toEqual(["OPS-1"]);
  });

  it("still has a deleted or archived issue for the lag, and then no more", async () => {
    await using site = await startSite();
    fill(site, 2);
    await site.world.clock.advance(indexedMs);
    site.act({ do: "delete", issue: "OPS-1" });
    site.act({ do: "archive", issue: "OPS-2" });
    const jql = "labels = pm ORDER BY key";
    expect(keys(await site.search(jql))).toEqual(["OPS-1", "OPS-2"]);
    await site.world.clock.advance(indexedMs);
    expect(keys(await site.search(jql))).toEqual([]);
    site.act({ do: "restore", issue: "OPS-2" });
    await site.world.clock.advance(indexedMs);
    expect(keys(await site.search(jql))).toEqual(["OPS-2"]);
  });

  it("shows nobody what is hidden from them", async () => {
    await using site = await startSite();
    fill(site, 2);
    site.act({ do: "createIssue", project: "SEC", summary: "Secret" });
    await site.world.clock.advance(indexedMs);
    site.act({ do: "hide", issue: "OPS-1" });
    expect(keys(await site.search("labels = pm OR project = SEC"))).toEqual(["OPS-2"]);
    site.act({ do: "hide", project: "OPS" });
    expect(keys(await site.search("labels = pm"))).toEqual([]);
  });
});

describe("an answer", () => {
  it("has ids only, unless fields are named; unknown names are left out", async () => {
    await using site = await startSite();
    const [id] = fill(site, 1);
    site.act({ do: "setProperty", issue: "OPS-1", key: "debrief", value: { a: 1 } });
    await site.world.clock.advance(indexedMs);
    const jql = "project = OPS";
    expect((await site.search({ jql })).body).toEqual({ issues: [{ id }], isLast: true });
    const fields = ["summary", "duedate", "madeUp"];
    expect((await site.search({ jql, fields, properties: ["debrief", "none"] })).body).toEqual({
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
    await site.world.clock.advance(indexedMs);
    const body = { jql: "project = OPS ORDER BY key", maxResults: 1_000 };
    const first = await site.search({ ...body, fields: ["summary"] });
    expect(first.body).toMatchObject({ isLast: false });
    expect(first.body.issues).toHaveLength(100);
    const { nextPageToken } = first.body;
    const second = await site.search({ ...body, fields: ["summary"], nextPageToken });
    expect(second.body).not.toHaveProperty("nextPageToken");
    const pages = [...(first.body.issues ?? []), ...(second.body.issues ?? [])];
    expect(pages.map(({ id }) => id)).toEqual(ids);
    expect((await site.search(body)).body.issues).toHaveLength(120);
    expect((await site.search({ jql: body.jql })).body.issues).toHaveLength(50);
  });

  it("comes to a GET as well", async () => {
    await using site = await startSite();
    fill(site, 3);
    await site.world.clock.advance(indexedMs);
    const query = new URLSearchParams({
      jql: "project = OPS ORDER BY key",
      maxResults: "2",
      fields: "summary,labels",
    });
    const first = await site.call(`GET /search/jql?${query.toString()}`);
    expect(first.body.issues).toMatchObject([
      { fields: { summary: "Issue 1", labels: ["pm"] } },
      { fields: { summary: "Issue 2" } },
    ]);
    query.set("nextPageToken", first.body.nextPageToken ?? "");
    expect(keys(await site.call(`GET /search/jql?${query.toString()}`))).toEqual(["OPS-3"]);
  });

  it("reads dates in the zone of who searches, and writes them in that of the site", async () => {
    await using site = await startSite();
    fill(site, 1);
    await site.world.clock.advance(indexedMs);
    const fields = ["created"];
    const found = await site.search({ jql: 'created >= "2026-03-02 04:00"', fields });
    expect(found.body.issues).toMatchObject([
      { fields: { created: "2026-03-02T10:00:00.000+0100" } },
    ]);
    expect(keys(await site.search('created >= "2026-03-02 04:01"'))).toEqual([]);
    expect(keys(await site.search('updated >= "-1m"'))).toEqual(["OPS-1"]);
    await site.world.clock.advance(60_000);
    expect(keys(await site.search('updated >= "-1m"'))).toEqual([]);
  });

  it("follows the old key of a moved issue", async () => {
    await using site = await startSite();
    fill(site, 1);
    site.act({ do: "move", issue: "OPS-1", project: "PAY" });
    await site.world.clock.advance(indexedMs);
    expect(keys(await site.search("key = OPS-1"))).toEqual(["PAY-1"]);
    expect(getIssue(site.world, "OPS-1").state.key).toBe("PAY-1");
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
    expect(await site.search(body)).toMatchObject({
      status: 400,
      body: { errorMessages: [expect.stringMatching(message)], errors: {} },
    });
  });

  it("with the token of another query, and with one that is a week old", async () => {
    await using site = await startSite();
    fill(site, 2);
    await site.world.clock.advance(indexedMs);
    const jql = "project = OPS";
    const { nextPageToken } = (await site.search({ jql, maxResults: 1 })).body;
    const next = { jql, maxResults: 1, nextPageToken };
    expect(await site.search({ ...next, jql: "labels = pm" })).toMatchObject({ status: 400 });
    expect(await site.search(next)).toMatchObject({ status: 200 });
    await site.world.clock.advance(7 * 86_400_000);
    expect(await site.search(next)).toMatchObject({ status: 400 });
  });
});

describe("beside the search", () => {
  it("names that nobody knows are answered 200 and empty", async () => {
    await using site = await startSite();
    expect(await site.search("project = NOPE")).toMatchObject({
      status: 200,
      body: { issues: [], isLast: true },
    });
  });

  it("the old search is gone", async () => {
    await using site = await startSite();
    const answers = [await site.call("GET /search"), await site.call("POST /search", {})];
    expect(answers).toMatchObject([{ status: 410 }, { status: 410 }]);
  });

  it("the count lags like the search", async () => {
    await using site = await startSite();
    fill(site, 3);
    const body = { jql: "project = OPS" };
    expect((await site.call("POST /search/approximate-count", body)).body).toEqual({ count: 0 });
    await site.world.clock.advance(indexedMs);
    expect((await site.call("POST /search/approximate-count", body)).body).toEqual({ count: 3 });
    expect(await site.call("POST /search/approximate-count", {})).toMatchObject({ status: 400 });
  });

  it("the match tests ids against several queries", async () => {
    await using site = await startSite();
    const [first, second] = fill(site, 2).map(Number);
    await site.world.clock.advance(indexedMs);
    const jqls = ["labels = pm", "key = OPS-2", "labels"];
    const issueIds = [first, second, 99];
    expect((await site.call("POST /jql/match", { issueIds, jqls })).body).toEqual({
      matches: [
        { matchedIssues: [first, second], errors: [] },
        { matchedIssues: [second], errors: [] },
        { matchedIssues: [], errors: [expect.stringContaining("Expecting operator")] },
      ],
    });
  });
});
