/** The promises of the gate: limits, conflicts, and answers lost before and after the commit. */

import { describe, expect, it } from "vitest";
import { badGateway, refusals } from "./gate.ts";
import {
  call,
  createPostMortem,
  errorOf,
  idOf,
  paragraph,
  postMortem,
  startWorkspace,
} from "./testing.ts";

describe("the rate limit", () => {
  it("allows 180 requests in a window of a minute, then says how long to wait", async () => {
    await using notion = await startWorkspace();
    for (let count = 0; count < 180; count += 1) {
      expect((await call(notion, "GET /users/me")).status).toBe(200);
    }
    await notion.clock.advance(15_500);
    const answer = await call(notion, "GET /users/me");
    expect(answer).toMatchObject({
      ...errorOf(429, "rate_limited"),
      body: {
        additional_data: { rate_limit_reason: "public_api_request_rate_limit", retry_after: "45" },
      },
    });
    expect(answer.headers.get("retry-after")).toBe("45");
    await notion.clock.advance(45_000);
    expect((await call(notion, "GET /users/me")).status).toBe(200);
  });

  it("can be replaced by a blocked connection", async () => {
    await using notion = await startWorkspace({ settings: { blocked: true } });
    expect(await call(notion, "GET /users/me")).toMatchObject({
      status: 429,
      body: { additional_data: { rate_limit_reason: "public_api_request_blocked" } },
    });
  });
});

describe("concurrent writes", () => {
  it("under one parent conflict while the first is held; elsewhere they do not", async () => {
    await using notion = await startWorkspace({ settings: { holdWritesMs: 300 } });
    const [one, two] = [
      await createPostMortem(notion, "One"),
      await createPostMortem(notion, "Two"),
    ];
    const append = { children: [paragraph("a")] };
    const answers = await Promise.all([
      call(notion, `PATCH /blocks/${one}/children`, append),
      call(notion, `PATCH /blocks/${one}/children`, append),
      call(notion, `PATCH /blocks/${two}/children`, append),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 409]);
    expect(answers.find(({ status }) => status === 409)).toMatchObject(
      errorOf(409, "conflict_error"),
    );
    expect(notion.page(one)?.blocks).toHaveLength(1);
  });
});

describe("a write whose answer is lost", () => {
  it("is done, and a 503 names the page that it made", async () => {
    await using notion = await startWorkspace();
    notion.loseAnswers({ match: "POST /v1/pages" });
    const answer = await call(notion, "POST /pages", postMortem(notion, "One"));
    const [page] = notion.pages("Post-mortems");
    expect(answer).toMatchObject({
      ...errorOf(503, "service_unavailable"),
      body: { additional_data: { committed_resource_id: page?.id } },
    });
    expect((await call(notion, "POST /pages", postMortem(notion, "Two"))).status).toBe(200);
  });

  it("names parent and children of an append, or nothing where it is told so", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One");
    notion.loseAnswers({});
    notion.loseAnswers({ withId: false });
    const append = { children: [paragraph("a")] };
    const named = await call(notion, `PATCH /blocks/${id}/children`, append);
    const [block] = notion.page(id)?.blocks ?? [];
    expect(named).toMatchObject({
      body: { additional_data: { committed_resource_id: id, committed_child_ids: [block?.id] } },
    });
    const silent = await call(notion, `PATCH /blocks/${id}/children`, append);
    expect(silent.status).toBe(503);
    expect(JSON.stringify(silent.body)).not.toContain("committed");
    expect(notion.page(id)?.blocks).toHaveLength(2);
  });

  it.each([500, 502, 504] as const)("can also look like a %d", async (status) => {
    await using notion = await startWorkspace();
    notion.loseAnswers({ status });
    expect((await call(notion, "POST /pages", postMortem(notion, "One"))).status).toBe(status);
    expect(notion.pages("Post-mortems")).toHaveLength(1);
  });

  it("is done after a cut, and late after a late commit", async () => {
    await using notion = await startWorkspace();
    notion.faults.add({
      kind: "lost-answer",
      match: { method: "POST", path: "/v1/pages" },
      times: 1,
    });
    await expect(call(notion, "POST /pages", postMortem(notion, "One"))).rejects.toThrow(
      "fetch failed",
    );
    expect(notion.pages("Post-mortems")).toHaveLength(1);
    notion.faults.add({
      kind: "late-commit",
      match: { method: "POST" },
      delayMs: 25_000,
      status: 504,
      times: 1,
    });
    expect((await call(notion, "POST /pages", postMortem(notion, "Two"))).status).toBe(504);
    expect(notion.pages("Post-mortems")).toHaveLength(1);
    await notion.clock.advance(25_000);
    expect(notion.pages("Post-mortems")).toHaveLength(2);
  });

  it("can be asked for over HTTP, too", async () => {
    await using notion = await startWorkspace();
    await fetch(`${notion.url}/_sandbox/lose-answers`, { method: "POST", body: '{"status":502}' });
    const answer = await call(notion, "POST /pages", postMortem(notion, "One"));
    expect(answer).toMatchObject({ status: 502, body: expect.stringContaining("<html>") });
  });
});

describe("a refusal before the commit", () => {
  it.each([
    ["an HTML 502", badGateway, 502],
    ["a 503", refusals.unavailable(), 503],
    ["an overload", refusals.overloaded(7), 529],
    ["the workspace's limit", refusals.workspaceLimit(600), 429],
  ] as const)("%s leaves nothing behind", async (_what, answer, status) => {
    await using notion = await startWorkspace();
    notion.faults.add({ kind: "status", match: { method: "POST" }, times: 1, ...answer });
    const answered = await call(notion, "POST /pages", postMortem(notion, "One"));
    expect(answered.status).toBe(status);
    expect(notion.pages("Post-mortems")).toEqual([]);
    expect(notion.calls().byStatus).toEqual({ [String(status)]: 1 });
  });
});

describe("a reset", () => {
  it("brings the workspace back with the same ids and no webhooks", async () => {
    await using notion = await startWorkspace();
    notion.setWebhook({ url: "http://127.0.0.1:1/" });
    const before = notion.environment();
    const made = await createPostMortem(notion, "One");
    await fetch(`${notion.url}/_sandbox/reset`, { method: "POST" });
    expect(notion.environment()).toEqual(before);
    expect(notion.pages("Post-mortems")).toEqual([]);
    expect(notion.pendingWebhooks()).toBe(0);
    expect((await call(notion, `GET /pages/${made}`)).status).toBe(404);
    const source = await call(notion, `GET /data_sources/${notion.ids.actionItems}`);
    expect(idOf(source)).toBe(before["NOTION_ACTION_ITEMS_ID"]);
  });
});
