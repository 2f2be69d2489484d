/** The promises of Jira's REST side: what is created, read, edited, hung on, and seen by whom. */

import { describe, expect, it } from "vitest";
import { documentOf } from "./adf.ts";
import { call, createTask, refusal, startSite, task } from "./testing.ts";

const missing = refusal(404, {}, ["Issue does not exist or you do not have permission to see it."]);

describe("creating", () => {
  it("answers id, key and self alone, and keeps fields and properties", async () => {
    await using jira = await startSite();
    const properties = [{ key: "debrief.item", value: { rowId: "r1", v: 1 } }];
    const more = { labels: ["pm-b", "pm-a"], priority: { id: "2" }, duedate: "2026-12-04" };
    const body = { ...task("Add an alert", more), properties };
    const answer = await call(jira, "POST /issue", body);
    expect(answer).toMatchObject({ status: 201 });
    expect(answer.body).toEqual({
      id: "10042",
      key: "OPS-1",
      self: "https://acme.atlassian.net/rest/api/3/issue/10042",
    });
    expect(jira.issue("OPS-1")).toMatchObject({
      summary: "Add an alert",
      status: { name: "To Do", category: "new" },
      labels: ["pm-a", "pm-b"],
      priority: "High",
      duedate: "2026-12-04",
      resolution: null,
      assignee: null,
      reporter: "Debrief",
      properties: { "debrief.item": { rowId: "r1", v: 1 } },
    });
  });

  it("presets the priority of company-managed projects and knows none in team-managed ones", async () => {
    await using jira = await startSite();
    await createTask(jira);
    await createTask(jira, "Pay", { project: { key: "PAY" } });
    expect(jira.issues().map(({ key, priority }) => [key, priority])).toEqual([
      ["OPS-1", "Medium"],
      ["PAY-1", null],
    ]);
  });

  it("makes the good ones of many and names the bad ones by their place", async () => {
    await using jira = await startSite();
    const bad = task("two\nlines");
    const issueUpdates = [task("one"), bad, task("three")];
    const answer = await call(jira, "POST /issue/bulk", { issueUpdates });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        issues: [{ key: "OPS-1" }, { key: "OPS-2" }],
        errors: [{ status: 400, failedElementNumber: 1, elementErrors: { errors: {} } }],
      },
    });
    expect(await call(jira, "POST /issue/bulk", { issueUpdates: [bad] })).toMatchObject({
      status: 400,
      body: { issues: [] },
    });
  });
});

describe("reading", () => {
  it("shows the named fields and properties, in the zone of the site", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    await call(jira, `PUT /issue/${key}/properties/a.b`, [1, null, "x"]);
    const path = `/issue/${key}?fields=summary,status,updated,nonsense&properties=a.b,c`;
    expect((await call(jira, `GET ${path}`)).body).toEqual({
      expand: expect.any(String),
      id: "10042",
      key,
      self: "https://acme.atlassian.net/rest/api/3/issue/10042",
      fields: {
        summary: "Add an alert",
        updated: "2026-03-02T10:00:00.000+0100",
        status: expect.objectContaining({
          id: "10000",
          statusCategory: expect.objectContaining({ id: 2, key: "new" }),
        }),
      },
      properties: { "a.b": [1, null, "x"] },
    });
  });

  it("takes repeated parameters, exclusions and no parameter at all", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const { body: two } = await call(jira, `GET /issue/${key}?fields=summary&fields=labels`);
    expect(two).toMatchObject({ fields: { summary: "Add an alert", labels: [] } });
    const { body: all } = await call(jira, `GET /issue/${key}`);
    expect(all).toMatchObject({
      fields: { description: documentOf("Seen in the incident."), comment: { total: 0 } },
    });
    const { body: fewer } = await call(jira, `GET /issue/${key}?fields=-description`);
    expect(fewer).not.toHaveProperty("fields.description");
    expect(fewer).toHaveProperty("fields.summary");
  });

  it("resolves an old key to the moved issue, without a redirect", async () => {
    await using jira = await startSite();
    await createTask(jira);
    jira.act({ do: "move", issue: "OPS-1", project: "PAY" });
    const answer = await call(jira, "GET /issue/OPS-1?fields=status");
    expect(answer).toMatchObject({ status: 200, body: { id: "10042", key: "PAY-1" } });
    expect(jira.issue("10042")?.keys).toEqual(["OPS-1", "PAY-1"]);
  });

  it("gives the same 404 for what never was, is deleted, is hidden or is in a closed project", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    expect(await call(jira, "GET /issue/OPS-99")).toMatchObject(missing);
    jira.act({ do: "hide", issue: key });
    expect(await call(jira, `GET /issue/${key}`)).toMatchObject(missing);
    jira.act({ do: "show", issue: key });
    expect((await call(jira, `GET /issue/${key}`)).status).toBe(200);
    jira.act({ do: "delete", issue: key });
    expect(await call(jira, `GET /issue/${key}`)).toMatchObject(missing);
    jira.act({ do: "createIssue", project: "SEC", summary: "Secret" });
    expect(await call(jira, "GET /issue/SEC-1")).toMatchObject(missing);
    expect(jira.issues().map(({ deleted }) => deleted)).toEqual([true, false]);
  });

  it("fetches many by id or key, in the order of ids, and says nothing of what is missing", async () => {
    await using jira = await startSite();
    const keys = [await createTask(jira, "a"), await createTask(jira, "b")];
    jira.act({ do: "move", issue: "OPS-2", project: "PAY" });
    jira.act({ do: "createIssue", project: "SEC", summary: "Secret" });
    const issueIdsOrKeys = ["SEC-1", "99999", "OPS-2", "10042", keys[0]];
    const answer = await call(jira, "POST /issue/bulkfetch", {
      issueIdsOrKeys,
      fields: ["summary"],
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        issues: [
          { key: "OPS-1", fields: { summary: "a" } },
          { key: "PAY-1", fields: { summary: "b" } },
        ],
        issueErrors: [],
      },
    });
  });
});

describe("editing", () => {
  it("sets fields, adds and removes labels, and answers 204 or the issue", async () => {
    await using jira = await startSite();
    const key = await createTask(jira, "Old", { labels: ["a", "b"] });
    const update = { labels: [{ add: "c" }, { remove: "a" }] };
    const fields = { summary: "New", duedate: null, customfield_10050: { value: "Payments" } };
    expect(await call(jira, `PUT /issue/${key}`, { fields, update })).toMatchObject({
      status: 204,
      body: "",
    });
    const path = `/issue/${key}?returnIssue=true`;
    expect(await call(jira, `PUT ${path}`, { fields: { priority: { id: "1" } } })).toMatchObject({
      status: 200,
      body: {
        fields: {
          summary: "New",
          labels: ["b", "c"],
          priority: { name: "Highest" },
          customfield_10050: { id: "10101", value: "Payments" },
        },
      },
    });
  });

  it("tells the history in pages, and none for an edit that changes nothing", async () => {
    await using jira = await startSite();
    const key = await createTask(jira, "Old");
    await call(jira, `PUT /issue/${key}`, { fields: { summary: "New" } });
    await call(jira, `PUT /issue/${key}`, { fields: { summary: "New" } });
    const { body } = await call(jira, `GET /issue/${key}/changelog`);
    expect(body).toMatchObject({
      total: 1,
      isLast: true,
      values: [
        {
          author: { accountId: jira.ids.bot },
          items: [{ field: "summary", fieldId: "summary", fromString: "Old", toString: "New" }],
        },
      ],
    });
  });

  it("assigns and unassigns by account id", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const ada = jira.state().users[0]?.accountId;
    const path = `/issue/${key}/assignee`;
    expect((await call(jira, `PUT ${path}`, { accountId: ada })).status).toBe(204);
    expect(jira.issue(key)?.assignee?.name).toBe("Ada Okafor");
    expect((await call(jira, `PUT ${path}`, { accountId: null })).status).toBe(204);
    expect(jira.issue(key)?.assignee).toBeNull();
  });

  it("deletes an issue with subtasks only when told to", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    await createTask(jira, "Part", { issuetype: { name: "Sub-task" }, parent: { key } });
    expect((await call(jira, `DELETE /issue/${key}`)).status).toBe(400);
    expect((await call(jira, `DELETE /issue/${key}?deleteSubtasks=true`)).status).toBe(204);
    expect(jira.issues().every(({ deleted }) => deleted)).toBe(true);
  });
});

describe("what hangs on an issue", () => {
  it("creates properties with 201, replaces them with 200, and gives back what was put", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const path = `/issue/${key}/properties/debrief.item`;
    const value = { z: 1, a: [true, null, { "": "ü" }] };
    expect((await call(jira, `PUT ${path}`, { first: true })).status).toBe(201);
    expect((await call(jira, `PUT ${path}`, value)).status).toBe(200);
    expect((await call(jira, `GET ${path}`)).body).toEqual({ key: "debrief.item", value });
    expect((await call(jira, `DELETE ${path}`)).status).toBe(204);
    expect((await call(jira, `GET ${path}`)).status).toBe(404);
    expect(jira.issue(key)).toMatchObject({ properties: {}, changes: 0 });
  });

  it("upserts remote links by their global id, and what is left out becomes null", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const path = `/issue/${key}/remotelink`;
    const object = { url: "https://notion.example/p", title: "Post-mortem" };
    const link = { globalId: "debrief:1", relationship: "action item of", object };
    const first = await call(jira, `POST ${path}`, link);
    expect(first).toMatchObject({ status: 201, body: { id: 10_000 } });
    const again = await call(jira, `POST ${path}`, { globalId: "debrief:1", object });
    expect(again).toMatchObject({ status: 200, body: { id: 10_000 } });
    expect(jira.issue(key)?.remoteLinks).toEqual([
      { id: 10_000, globalId: "debrief:1", application: null, relationship: null, object },
    ]);
    expect((await call(jira, `POST ${path}`, { object })).status).toBe(201);
    const one = await call(jira, `GET ${path}?globalId=debrief%3A1`);
    expect(one.body).toMatchObject({ id: 10_000, object: { title: "Post-mortem" } });
    expect((await call(jira, `GET ${path}`)).body).toHaveLength(2);
    expect((await call(jira, `DELETE ${path}?globalId=debrief%3A1`)).status).toBe(204);
    expect(jira.issue(key)?.remoteLinks).toHaveLength(1);
  });

  it("keeps comments with their properties, in pages and in the order asked for", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const path = `/issue/${key}/comment`;
    const properties = [{ key: "debrief.comment", value: { for: "lost value" } }];
    const made = await call(jira, `POST ${path}`, { body: documentOf("First"), properties });
    expect(made).toMatchObject({ status: 201, body: { author: { accountId: jira.ids.bot } } });
    await call(jira, `POST ${path}`, { body: documentOf("Second") });
    const { body } = await call(
      jira,
      `GET ${path}?orderBy=-created&maxResults=1&expand=properties`,
    );
    expect(body).toMatchObject({ startAt: 0, maxResults: 1, total: 2 });
    expect(body).not.toHaveProperty("isLast");
    expect(body).toMatchObject({ comments: [{ body: documentOf("Second") }] });
    const [first] = jira.issue(key)?.comments ?? [];
    const edited = { body: documentOf("Edited") };
    expect((await call(jira, `PUT ${path}/${first?.id}`, edited)).status).toBe(200);
    expect(jira.issue(key)?.comments).toMatchObject([
      {
        text: "Edited",
        author: "Debrief",
        properties: { "debrief.comment": { for: "lost value" } },
      },
      { text: "Second" },
    ]);
    expect((await call(jira, `DELETE ${path}/${first?.id}`)).status).toBe(204);
    expect(jira.issue(key)?.comments).toHaveLength(1);
  });

  it("links two issues with 201 and no body, the inward one doing what the type says", async () => {
    await using jira = await startSite();
    const [a, b] = [await createTask(jira, "a"), await createTask(jira, "b")];
    const body = { type: { name: "Blocks" }, inwardIssue: { key: a }, outwardIssue: { key: b } };
    expect(await call(jira, "POST /issueLink", body)).toMatchObject({ status: 201, body: "" });
    expect(jira.issue(a)?.links).toEqual([{ type: "Blocks", inward: a, outward: b }]);
    const read = await call(jira, `GET /issue/${a}?fields=issuelinks`);
    expect(read.body).toMatchObject({ fields: { issuelinks: [{ outwardIssue: { key: b } }] } });
    expect((await call(jira, "DELETE /issueLink/10200")).status).toBe(204);
    expect(jira.issue(a)?.links).toEqual([]);
  });
});
