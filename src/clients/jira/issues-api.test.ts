/** What goes to Jira and what is read of it: creates, edits, transitions. */

import { describe, expect, it } from "vitest";
import {
  connect,
  created,
  done,
  issue,
  inTurn,
  issueJson,
  jiraRoute,
  ok,
  property,
  refusal,
  statusJson,
  userJson,
  type Answers,
} from "../../../test/support/jira-server.ts";
import type { Received } from "../../../test/support/notion-server.ts";
import { issuePropertyKey } from "../../domain/action-item.ts";
import { TerminalError } from "../../domain/errors.ts";
import { accountId } from "../../domain/keys.ts";
import type { JiraRoute } from "../../domain/route.ts";
import type { IssueWrite } from "./jira.ts";

const create = "POST issue";
const edit = `PUT issue/${issue}`;
const ada = accountId("712020:ada");
const write: IssueWrite = {
  summary: "  Add an\nalert ",
  description: { blocks: [{ type: "paragraph", text: [{ text: "Pages fire in 5 min" }] }] },
  assignee: ada,
  due: "2026-12-01",
  priorityId: "2",
  addLabels: ["debrief-1", "a b"],
};
const notOnScreen = "Field cannot be set. It is not on the appropriate screen, or unknown.";

async function createWith(
  reply: Answers[string],
  route: Partial<JiraRoute> = {},
): Promise<{ outcome: unknown; bodies: Received["body"][]; sent: number }> {
  await using t = await connect({ [create]: reply });
  let sent = 0;
  const input = {
    route: { ...jiraRoute, ...route },
    write,
    property,
    beforeSend: async () => {
      sent += 1;
    },
  };
  const outcome: unknown = await t.jira.createIssue(input).catch((error: unknown) => error);
  return { outcome, bodies: t.server.requests.map(({ body }) => body), sent };
}

describe("a new issue", () => {
  it("is made in one call, with the route's fields, its labels and our property", async () => {
    const route = {
      issueType: "10003",
      labels: ["debrief", "postmortem"],
      components: ["10000", "Checkout"],
      fields: { customfield_10050: { id: "10100" }, summary: "not this" },
    };
    const { outcome, bodies, sent } = await createWith(created, route);
    expect(outcome).toEqual({ id: issue, key: "OPS-17", refused: [] });
    expect(sent).toBe(1);
    expect(bodies).toMatchObject([
      {
        fields: {
          project: { key: "OPS" },
          issuetype: { id: "10003" },
          summary: "Add an alert",
          assignee: { accountId: ada },
          duedate: "2026-12-01",
          priority: { id: "2" },
          labels: ["debrief", "postmortem", "debrief-1", "a-b"],
          components: [{ id: "10000" }, { name: "Checkout" }],
          customfield_10050: { id: "10100" },
        },
        properties: [{ key: issuePropertyKey, value: property }],
      },
    ]);
  });

  it("goes without the optional fields that Jira refuses, and tells them", async () => {
    const refused = refusal(400, {
      priority: notOnScreen,
      assignee: "User cannot be assigned issues.",
      duedate: notOnScreen,
    });
    const { outcome, bodies, sent } = await createWith(inTurn(refused, created));
    expect(outcome).toMatchObject({
      id: issue,
      refused: [
        { field: "priority", why: notOnScreen },
        { field: "assignee", why: "User cannot be assigned issues." },
        { field: "due", why: notOnScreen },
      ],
    });
    expect(sent).toBe(2);
    expect(Object.keys(bodies[1].fields).toSorted()).toEqual([
      "description",
      "issuetype",
      "labels",
      "project",
      "summary",
    ]);
  });

  it("goes without a description that Jira does not take", async () => {
    const { outcome } = await createWith(inTurn(refusal(400, {}, ["INVALID_INPUT"]), created));
    expect(outcome).toMatchObject({ refused: [{ field: "description", why: "INVALID_INPUT" }] });
  });

  it("is tried twice and no more", async () => {
    const replies = inTurn(refusal(400, { priority: "no" }), refusal(400, { duedate: "no" }));
    const { outcome, bodies } = await createWith(replies);
    expect(outcome).toMatchObject({ code: "JIRA_REJECTED" });
    expect(bodies).toHaveLength(2);
  });

  it("that lacks a required field says which, and what to write into debrief.yaml", async () => {
    const reply = refusal(400, {
      customfield_10060: "Practice area is required.",
      priority: notOnScreen,
    });
    const { outcome, bodies } = await createWith(reply);
    expect(outcome).toBeInstanceOf(TerminalError);
    expect(outcome).toMatchObject({ code: "JIRA_REQUIRED_FIELD" });
    expect(String(outcome)).toContain("customfield_10060 (Practice area is required.)");
    expect(String(outcome)).toContain("fields: { customfield_10060:");
    expect(bodies).toHaveLength(1);
  });

  it("that lacks one of the item's own fields says that it has to be ready first", async () => {
    await using t = await connect({ [create]: refusal(400, { duedate: "Due date is required." }) });
    const input = { route: jiraRoute, write: { summary: "x" }, property };
    const error: unknown = await t.jira.createIssue(input).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "JIRA_REQUIRED_FIELD" });
    expect(String(error)).toContain("Add due to the route's jira.ready in debrief.yaml");
    expect(t.server.requests).toHaveLength(1);
  });

  it.each([
    ["labels", { labels: notOnScreen }],
    ["a field of the route", { customfield_10050: "Option id 'x' is not valid" }],
    ["an optional and a vital field", { priority: "no", summary: "no" }],
  ])("is given up where Jira refuses %s", async (_, errors) => {
    const { outcome, bodies } = await createWith(refusal(400, errors), {
      fields: { customfield_10050: { id: "x" } },
    });
    expect(outcome).toMatchObject({ code: "JIRA_REJECTED" });
    expect(bodies).toHaveLength(1);
  });

  it("is not sent when the last check before says no", async () => {
    await using t = await connect({ [create]: created });
    await expect(
      t.jira.createIssue({
        route: jiraRoute,
        write,
        property,
        beforeSend: () => Promise.reject(new Error("lease lost")),
      }),
    ).rejects.toThrow("lease lost");
    expect(t.server.requests).toEqual([]);
  });
});

describe("a summary", () => {
  it.each([
    ["one\r\n two", "one two"],
    ["", "Untitled"],
    ["x".repeat(255), "x".repeat(255)],
    ["x".repeat(256), `${"x".repeat(254)}…`],
    ["🚨".repeat(200), `${"🚨".repeat(127)}…`],
  ])("is one line of at most 255: %s", async (title, wanted) => {
    await using t = await connect({});
    expect(t.jira.summaryOf(title)).toBe(wanted);
  });
});

describe("an edit", () => {
  it("is one request; what is null is cleared, what is absent is left alone", async () => {
    await using t = await connect({ [edit]: done });
    const refused = await t.jira.editIssue(issue, { due: null, assignee: null, addLabels: ["l"] });
    expect(refused).toEqual([]);
    expect(t.server.requests.map(({ body }) => body)).toEqual([
      { fields: { duedate: null, assignee: null }, update: { labels: [{ add: "l" }] } },
    ]);
  });

  it("goes without what Jira refuses, and not at all when nothing is left", async () => {
    const refuse = refusal(400, { priority: notOnScreen });
    await using t = await connect({ [edit]: inTurn(refuse, done) });
    expect(await t.jira.editIssue(issue, { summary: "x", priorityId: "1" })).toEqual([
      { field: "priority", why: notOnScreen },
    ]);
    expect(t.server.requests[1]?.body).toEqual({ fields: { summary: "x" } });
    await using other = await connect({ [edit]: refuse });
    expect(await other.jira.editIssue(issue, { priorityId: "1" })).toHaveLength(1);
    expect(other.server.requests).toHaveLength(1);
  });

  it("of nothing sends nothing", async () => {
    await using t = await connect({});
    expect(await t.jira.editIssue(issue, {})).toEqual([]);
    expect(t.server.requests).toEqual([]);
  });
});

describe("an issue that is read", () => {
  const read = `GET issue/${issue}`;

  it("comes in our own terms, with its property", async () => {
    const fields = {
      assignee: userJson({ accountId: ada, displayName: "Ada", emailAddress: "Ada@Acme.example" }),
      duedate: "2026-12-01",
      resolution: { id: 10000, name: "Done" },
      status: statusJson("3", "Erledigt", "done"),
      description: {
        type: "doc",
        version: 1,
        content: [{ type: "paragraph", content: [{ type: "text", text: " a  b" }] }],
      },
    };
    const more = { properties: { [issuePropertyKey]: property } };
    await using t = await connect({ [read]: ok(issueJson(issue, fields, more)) });
    expect(await t.jira.findIssue(issue)).toEqual({
      id: issue,
      key: `OPS-${issue}`,
      project: "OPS",
      summary: "Add an alert",
      description: "a b",
      assignee: { accountId: ada, name: "Ada", email: "ada@acme.example", active: true },
      due: "2026-12-01",
      priority: { id: "2", name: "High" },
      status: { id: "3", name: "Erledigt", category: "done" },
      resolution: { id: "10000", name: "Done" },
      labels: ["debrief"],
      updatedAt: new Date("2026-11-20T09:03:11.130Z"),
      property,
    });
    const query = t.server.requests[0]?.query;
    expect(query?.getAll("properties")).toEqual([issuePropertyKey]);
    expect(query?.getAll("fields")).toContain("status");
  });

  it.each([
    ["of another version", { ...property, version: 2 }],
    ["of something else", "hello"],
    ["of no row", { ...property, row: "x" }],
    ["without a half", { ...property, base: { notion: {}, jira: {} } }],
  ])("has no property where it is one %s", async (_, value) => {
    const more = { properties: { [issuePropertyKey]: value } };
    await using t = await connect({ [read]: ok(issueJson(issue, {}, more)) });
    const found = await t.jira.findIssue(issue);
    expect(found).toBeDefined();
    expect(found?.property).toBeUndefined();
  });

  it("is found by key, and absent where Jira says so to a living token", async () => {
    await using t = await connect({ "GET issue/OPS-17": ok(issueJson()) });
    expect(await t.jira.findIssue(" ops-17 ")).toMatchObject({ id: issue });
    expect(await t.jira.findIssue("OPS-18")).toBeUndefined();
  });
});

describe("a transition", () => {
  const path = `issue/${issue}/transitions`;

  it("is listed with its screen", async () => {
    const transition = {
      id: 31,
      name: "Done",
      to: statusJson("6", "Closed", "done"),
      hasScreen: true,
      isLooped: true,
      fields: { resolution: { name: "Resolution", required: true } },
    };
    await using t = await connect({ [`GET ${path}`]: ok({ transitions: [transition] }) });
    expect(await t.jira.listTransitions(issue)).toEqual([
      {
        id: "31",
        name: "Done",
        to: { id: "6", name: "Closed", category: "done" },
        available: true,
        looped: true,
        hasScreen: true,
        fields: { resolution: { name: "Resolution", required: true, hasDefault: false } },
      },
    ]);
    expect(t.server.requests[0]?.query.get("expand")).toBe("transitions.fields");
  });

  it("goes with its fields", async () => {
    await using t = await connect({ [`POST ${path}`]: done });
    await t.jira.transition(issue, "31", { resolution: { id: "10000" } });
    await t.jira.transition(issue, "31", {});
    expect(t.server.requests.map(({ body }) => body)).toEqual([
      { transition: { id: "31" }, fields: { resolution: { id: "10000" } } },
      { transition: { id: "31" } },
    ]);
  });

  it("that a validator stands against is told in the workflow's words", async () => {
    const words = "Please name the responsible lawyer before closing.";
    await using t = await connect({ [`POST ${path}`]: refusal(400, {}, [words]) });
    const error: unknown = await t.jira.transition(issue, "31", {}).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({
      code: "JIRA_TRANSITION_REFUSED",
      message: `Jira refused the transition: ${words}`,
    });
  });

  it("that runs into another one comes back soon", async () => {
    await using t = await connect({ [`POST ${path}`]: refusal(409) });
    await expect(t.jira.transition(issue, "31", {})).rejects.toMatchObject({
      code: "JIRA_CONFLICT",
      retryAfterMs: 2000,
    });
  });
});
