/** The promises of what Jira refuses: fields, documents, permissions, limits and faults. */

import { describe, expect, it } from "vitest";
import { settableClock } from "../core/clock.ts";
import { documentOf } from "./adf.ts";
import type { Fields } from "./model.ts";
import { call, createTask, refusal, startSite, task } from "./testing.ts";

function offScreen(id: string): string {
  return `Field '${id}' cannot be set. It is not on the appropriate screen, or unknown.`;
}

describe("a create", () => {
  it("is refused with all that is wrong with its fields at once", async () => {
    await using jira = await startSite();
    const fields = {
      summary: "two\nlines",
      description: "a string",
      labels: ["two words"],
      duedate: "2026-02-30",
      priority: { id: "99" },
      assignee: { accountId: "712020:nobody" },
      components: [{ id: "77" }],
      customfield_10050: { id: "10102" },
      nonsense: 1,
    };
    expect(await call(jira, "POST /issue", task("", fields))).toMatchObject(
      refusal(400, {
        summary: "The summary is invalid because it contains newline characters.",
        description:
          "Operation value must be an Atlassian Document (see the Atlassian Document Format)",
        labels: "The label 'two words' contains spaces which is invalid.",
        duedate: expect.stringContaining("yyyy-MM-dd"),
        priority: "Priority id '99' is not valid",
        assignee: "User '712020:nobody' cannot be assigned issues.",
        components: "Component id '77' is not valid",
        customfield_10050: "Option id '10102' is not valid",
        nonsense: offScreen("nonsense"),
      }),
    );
    expect(jira.issues()).toEqual([]);
  });

  it.each<[string, Fields, Fields]>([
    ["no project", { project: undefined }, { project: "Specify a valid project ID or key" }],
    [
      "a closed project",
      { project: { key: "SEC" } },
      { project: "Specify a valid project ID or key" },
    ],
    ["no type", { issuetype: undefined }, { issuetype: "Specify an issue type" }],
    [
      "a type of elsewhere",
      { issuetype: { id: "10021" } },
      { issuetype: "Specify a valid issue type" },
    ],
    ["no summary", { summary: undefined }, { summary: "You must specify a summary of the issue." }],
    [
      "a long summary",
      { summary: "x".repeat(256) },
      { summary: "Summary must be less than 255 characters." },
    ],
    ["a reporter", { reporter: { id: "x" } }, { reporter: offScreen("reporter") }],
    [
      "a missing field",
      { project: { key: "LEGAL" } },
      { customfield_10060: "Practice area is required." },
    ],
    [
      "a priority in PAY",
      { project: { key: "PAY" }, priority: { id: "2" } },
      { priority: offScreen("priority") },
    ],
    [
      "a strange parent",
      { parent: { key: "OPS-9" } },
      { parent: "Could not find issue by id or key." },
    ],
  ])("is refused for %s", async (_name, fields, errors) => {
    await using jira = await startSite();
    expect(await call(jira, "POST /issue", task("x", fields))).toMatchObject(refusal(400, errors));
  });

  it("cannot give it to a deactivated person, an app or one without the permission", async () => {
    await using jira = await startSite();
    const people = jira.state().users.filter(({ name }) => /Farid|Henrik|Assistant/u.test(name));
    expect(people).toHaveLength(3);
    for (const { accountId } of people) {
      const answer = await call(jira, "POST /issue", task("x", { assignee: { accountId } }));
      const message = `User '${accountId}' cannot be assigned issues.`;
      expect(answer).toMatchObject(refusal(400, { assignee: message }));
    }
  });

  it("follows what administrators change while it runs", async () => {
    await using jira = await startSite();
    jira.act({ do: "requireField", project: "OPS", field: "customfield_10052" });
    expect(await call(jira, "POST /issue", task("x"))).toMatchObject(
      refusal(400, { customfield_10052: "Customer impact is required." }),
    );
    await createTask(jira, "x", { customfield_10052: "None" });
    jira.act({ do: "removeFieldFromScreen", project: "OPS", field: "duedate" });
    const dated = task("x", { customfield_10052: "None", duedate: "2026-12-04" });
    expect(await call(jira, "POST /issue", dated)).toMatchObject(
      refusal(400, { duedate: offScreen("duedate") }),
    );
    jira.act({ do: "deny", permission: "CREATE_ISSUES", project: "OPS" });
    expect((await call(jira, "POST /issue", task("x"))).status).toBe(403);
    jira.act({ do: "deactivateUser", user: "Debrief" });
    expect((await call(jira, "POST /issue", task("x"))).status).toBe(401);
  });

  it("tells beforehand what it will want", async () => {
    await using jira = await startSite();
    const { body: types } = await call(jira, "GET /issue/createmeta/LEGAL/issuetypes");
    expect(types).toMatchObject({ total: 5, startAt: 0 });
    const path = "/issue/createmeta/LEGAL/issuetypes/10003";
    const { body } = await call(jira, `GET ${path}`);
    expect(body).toMatchObject({
      fields: expect.arrayContaining([
        expect.objectContaining({
          fieldId: "customfield_10060",
          name: "Practice area",
          required: true,
          hasDefaultValue: false,
          allowedValues: [
            expect.objectContaining({ id: "10110", value: "Contracts" }),
            expect.objectContaining({ id: "10111" }),
          ],
        }),
      ]),
    });
    expect(JSON.stringify(body)).not.toContain('"fieldId":"reporter"');
    const { body: page } = await call(jira, `GET ${path}?startAt=1&maxResults=2`);
    expect(page).toMatchObject({ startAt: 1, maxResults: 2 });
    expect(page).toHaveProperty("fields.length", 2);
    const other = await call(jira, "GET /issue/createmeta/LEGAL/issuetypes/10021");
    expect(other).toMatchObject({ status: 404, body: "" });
    expect(await call(jira, "GET /issue/createmeta/SEC/issuetypes")).toMatchObject({
      status: 404,
      body: "",
    });
  });
});

function text(content: string, ...marks: readonly string[]): Fields {
  const marked = marks.length === 0 ? {} : { marks: marks.map((type) => ({ type })) };
  return { type: "text", text: content, ...marked };
}

function node(type: string, ...content: readonly Fields[]): Fields {
  return { type, content };
}

const item = node("listItem", node("paragraph", text("x")));

describe("a document", () => {
  it.each<[string, Fields]>([
    ["an unknown node", node("marquee", text("x"))],
    ["an unknown attribute", { ...node("paragraph", text("x")), attrs: { color: "red" } }],
    ["a heading in a list item", node("bulletList", node("listItem", node("heading", text("x"))))],
    ["a heading in a quote", node("blockquote", { ...node("heading"), attrs: { level: 1 } })],
    ["a heading without a level", node("heading", text("x"))],
    ["an empty text", node("paragraph", text(""))],
    ["an empty list", node("bulletList")],
    ["bold code", node("paragraph", text("x", "code", "strong"))],
    ["text outside of a block", text("x")],
  ])("is refused for %s, without saying where", async (_name, block) => {
    await using jira = await startSite();
    const description = { type: "doc", version: 1, content: [block] };
    const answer = await call(jira, "POST /issue", task("x", { description }));
    expect(answer).toMatchObject(refusal(400, {}, ["INVALID_INPUT"]));
  });

  it("is taken with headings, lists, code, quotes, links and cards", async () => {
    await using jira = await startSite();
    const link = { type: "link", attrs: { href: "https://acme.example" } };
    const description = {
      type: "doc",
      version: 1,
      content: [
        { ...node("heading", text("Why")), attrs: { level: 2 } },
        node("bulletList", item, item),
        { ...node("codeBlock", text("select 1")), attrs: { language: "sql" } },
        node("blockquote", node("paragraph", text("x", "strong", "em"))),
        { type: "rule" },
        node("paragraph", { ...text("here"), marks: [link] }, { type: "hardBreak" }, text("there")),
        node("paragraph", { type: "inlineCard", attrs: { url: "https://acme.example/p" } }),
      ],
    };
    const key = await createTask(jira, "x", { description });
    expect(jira.issue(key)?.description).toBe(
      "Why\n- x\n- x\nselect 1\nx\n----\nhere\nthere\nhttps://acme.example/p",
    );
    const { body } = await call(jira, `GET /issue/${key}?fields=description`);
    expect(body).toMatchObject({ fields: { description } });
  });

  it("is not a string in a comment either", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    expect(await call(jira, `POST /issue/${key}/comment`, { body: "Hello" })).toMatchObject(
      refusal(400, { comment: "Comment body is not valid!" }),
    );
  });
});

describe("a write", () => {
  it("needs its permission, and the issue must not be archived", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const fields = { summary: "New" };
    const object = { url: "https://acme.example", title: "x" };
    jira.act({ do: "deny", permission: "LINK_ISSUES", project: "OPS" });
    expect((await call(jira, `POST /issue/${key}/remotelink`, { object })).status).toBe(403);
    jira.act({ do: "deny", permission: "ADD_COMMENTS", project: "OPS" });
    const comment = { body: documentOf("x") };
    expect((await call(jira, `POST /issue/${key}/comment`, comment)).status).toBe(403);
    jira.act({ do: "deny", permission: "EDIT_ISSUES", project: "OPS" });
    expect((await call(jira, `PUT /issue/${key}`, { fields })).status).toBe(403);
    jira.act({ do: "grant", permission: "EDIT_ISSUES", project: "OPS" });
    jira.act({ do: "archive", issue: key });
    expect((await call(jira, `PUT /issue/${key}`, { fields })).status).toBe(400);
    expect((await call(jira, `GET /issue/${key}`)).status).toBe(200);
    expect(jira.issue(key)).toMatchObject({ summary: "Add an alert", archived: true });
  });

  it("cannot have one field in two places, silence mails, or be anything but JSON", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const both = { fields: { labels: ["a"] }, update: { labels: [{ add: "b" }] } };
    expect(await call(jira, `PUT /issue/${key}`, both)).toMatchObject(
      refusal(400, { labels: "Field 'labels' cannot appear in both 'fields' and 'update'" }),
    );
    const quiet = await call(jira, `PUT /issue/${key}?notifyUsers=false`, { fields: {} });
    expect(quiet.status).toBe(403);
    const form = { "content-type": "text/plain" };
    expect((await call(jira, `PUT /issue/${key}`, { fields: {} }, form)).status).toBe(415);
  });
});

describe("another language", () => {
  it("changes every text and no field, key or status", async () => {
    await using jira = await startSite({ settings: { language: "de" } });
    const answer = await call(jira, "POST /issue", task("two\nlines", { labels: ["a b"] }));
    expect(answer).toMatchObject({ status: 400, body: { errorMessages: [] } });
    expect(JSON.stringify(answer.body)).not.toMatch(/newline|spaces/u);
    expect(answer.body).toHaveProperty("errors.summary");
    expect(answer.body).toHaveProperty("errors.labels");
    const key = await createTask(jira);
    const { body } = await call(jira, `GET /issue/${key}?fields=status`);
    expect(body).toMatchObject({
      fields: { status: { statusCategory: { key: "new", name: "Zu erledigen" } } },
    });
  });
});

describe("limits", () => {
  it("refuse a burst by call, say why and for how long, and fill up again", async () => {
    const clock = settableClock();
    const settings = { burstLimitOn: true, burstSize: 2, burstRefillPerSecond: 1 };
    await using jira = await startSite({ clock, settings });
    await call(jira, "GET /myself");
    await call(jira, "GET /myself");
    const answer = await call(jira, "GET /myself");
    expect(answer.status).toBe(429);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "retry-after": "1",
      "ratelimit-reason": "jira-burst-based",
      "x-ratelimit-limit": "2",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": "2026-03-02T09:00:01Z",
    });
    expect((await call(jira, "GET /field")).status).toBe(200);
    await clock.advance(1_000);
    expect((await call(jira, "GET /myself")).status).toBe(200);
  });

  it("refuse the 21st write to one issue within 2 s, and the 101st within 30 s", async () => {
    const clock = settableClock();
    await using jira = await startSite({ clock, settings: { issueLimitOn: true } });
    const key = await createTask(jira);
    const other = await createTask(jira);
    async function write(to: string): Promise<number> {
      return (await call(jira, `PUT /issue/${to}/properties/p`, 1)).status;
    }
    const statuses: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (let index = 0; index < 20; index += 1) {
        statuses.push(await write(key));
      }
      const refused = await call(jira, `PUT /issue/${key}/properties/p`, 1);
      expect(refused.status).toBe(429);
      expect(refused.headers.get("ratelimit-reason")).toBe("jira-per-issue-on-write");
      await clock.advance(2_000);
    }
    expect(new Set(statuses)).toEqual(new Set([200, 201]));
    const refused = await call(jira, `PUT /issue/${key}/properties/p`, 1);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "20"]);
    expect(await write(other)).toBe(201);
    expect((await call(jira, `GET /issue/${key}`)).status).toBe(200);
  });
});

describe("faults", () => {
  it("lose the answer of a create that happened, or answer HTML instead of doing it", async () => {
    await using jira = await startSite();
    const match = { method: "POST", path: "/rest/api/3/issue$" };
    jira.addFault({ kind: "lost-answer", match, times: 1 });
    await expect(call(jira, "POST /issue", task("Lost"))).rejects.toThrow("fetch failed");
    expect(jira.issues().map(({ summary }) => summary)).toEqual(["Lost"]);
    const headers = { "content-type": "text/html", "retry-after": "3" };
    const body = "<html>Page unavailable</html>";
    jira.addFault({ kind: "status", match, status: 503, headers, body, times: 1 });
    expect(await call(jira, "POST /issue", task("Refused"))).toMatchObject({ status: 503, body });
    expect(jira.issues()).toHaveLength(1);
    expect(jira.calls().byRoute).toEqual({ "POST /rest/api/3/issue": 2 });
  });
});
