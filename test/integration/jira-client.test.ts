/** The Jira client against the sandbox, which knows the vendor's rules and nothing of the client. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startJiraSandbox, type JiraSandbox } from "../../sandbox/jira/sandbox.ts";
import { createJira } from "../../src/clients/jira/client.ts";
import type { Jira } from "../../src/clients/jira/jira.ts";
import { issuePropertyKey, itemLabel } from "../../src/domain/action-item.ts";
import type { Document } from "../../src/domain/document.ts";
import { accountId, pageId, type IssueId } from "../../src/domain/keys.ts";
import type { JiraRoute } from "../../src/domain/route.ts";
import { jiraRoute, property, routeTo } from "../support/jira-server.ts";
import { openMemoryGate } from "../support/notion-server.ts";
import { waitFor } from "../support/wait.ts";

let sandbox: JiraSandbox;
let jira: Jira;

function openJira(url: string): Jira {
  return createJira({
    url,
    ...sandbox.bot,
    requestTimeoutMs: 5_000,
    unauthorizedPauseMs: 1_000,
    gate: openMemoryGate(),
    log: { warn: () => undefined },
    now: () => new Date(),
  });
}

beforeAll(async () => {
  sandbox = await startJiraSandbox({
    settings: { searchLagMs: 30, searchLagJitterMs: 0, normalizesAdf: true },
  });
  jira = openJira(sandbox.url);
});

afterAll(async () => {
  await jira[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const outcome: Document = {
  blocks: [
    { type: "heading", level: 2, text: [{ text: "Outcome" }] },
    { type: "paragraph", text: [{ text: "Pages fire " }, { text: "in 5 min", bold: true }] },
    {
      type: "bullet",
      text: [
        { text: "seen on ", italic: true },
        { text: "a board", href: "https://x.example/b" },
      ],
      children: [
        { type: "number", text: [{ text: "first\nwith a second line" }], children: [] },
        { type: "code", language: "sh", text: "ls\n-l" },
        { type: "divider" },
      ],
    },
    { type: "paragraph", text: [{ text: "" }] },
    { type: "quote", text: [{ text: "said", strike: true }] },
    { type: "divider" },
    { type: "code", language: "promql", text: "rate(errors[5m])" },
    { type: "todo", text: [{ text: "check" }], checked: false },
    { type: "callout", icon: "ℹ", text: [{ text: "note", code: true, bold: true }], children: [] },
  ],
};

async function make(
  route: Partial<JiraRoute> = {},
  write: Parameters<Jira["createIssue"]>[0]["write"] = {},
): ReturnType<Jira["createIssue"]> {
  return jira.createIssue({
    route: { ...jiraRoute, ...route },
    write: { summary: "Add an alert", description: outcome, ...write },
    property,
  });
}

async function failing(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** By the way that the workflow of OPS has. */
async function moveTo(id: IssueId, statusName: string): Promise<void> {
  const found = (await jira.listTransitions(id)).find(({ to }) => to.name === statusName);
  const fields = found?.fields["resolution"] === undefined ? {} : { resolution: { name: "Done" } };
  await jira.transition(id, found?.id ?? "0", fields);
}

describe("an issue", () => {
  it("is made, read back as it was meant, edited and cleared", async () => {
    const ada = await jira.findUserByEmail("ada.okafor@acme.example");
    const assignee = ada?.accountId ?? accountId("");
    const { id, key, refused } = await make(
      { components: ["Checkout", "10001"], fields: { customfield_10050: { id: "10100" } } },
      { assignee, due: "2026-12-01", priorityId: "2", addLabels: ["debrief-x"] },
    );
    expect(refused).toEqual([]);
    const found = await jira.findIssue(id);
    expect(found).toMatchObject({
      id,
      key,
      project: "OPS",
      summary: "Add an alert",
      description: jira.textOf(outcome),
      assignee: { accountId: assignee, name: "Ada Okafor" },
      due: "2026-12-01",
      priority: { id: "2", name: "High" },
      status: { name: "To Do", category: "new" },
      labels: ["debrief", "debrief-x"],
      property,
    });
    expect(await jira.findIssue(key)).toEqual(found);
    const cleared = { assignee: null, due: null, summary: "New", description: { blocks: [] } };
    expect(await jira.editIssue(id, { ...cleared, addLabels: ["more"] })).toEqual([]);
    const after = await jira.findIssue(id);
    expect(after).toMatchObject({ summary: "New", description: "" });
    expect(after?.labels).toContain("more");
    expect([after?.assignee, after?.due]).toEqual([undefined, undefined]);
  });

  it("goes without what its project does not take, on create and on edit", async () => {
    const deactivated = [...sandbox.state().users].find(({ active }) => !active);
    const assignee = accountId(deactivated?.accountId ?? "");
    const { id, refused } = await make({ project: "PAY" }, { priorityId: "1", assignee });
    expect(refused.map(({ field }) => field).toSorted()).toEqual(["assignee", "priority"]);
    const edited = await jira.editIssue(id, { priorityId: "1", summary: "Edited" });
    expect(edited.map(({ field }) => field)).toEqual(["priority"]);
    expect(await jira.findIssue(id)).toMatchObject({ summary: "Edited" });
  });

  it("is not made without a required field, and the message names the field and the fix", async () => {
    const error = await failing(make({ project: "LEGAL" }));
    expect(error).toMatchObject({ code: "JIRA_REQUIRED_FIELD" });
    expect(String(error)).toContain("customfield_10060");
    const given = { customfield_10060: { id: "10110" } };
    expect(await make({ project: "LEGAL", fields: given })).toMatchObject({ refused: [] });
  });

  it("keeps the same text however long and odd it is", async () => {
    const texts = ["\u0000\u200B ", "🚨".repeat(30_000), "[~x] {code} <b>", "a\u00A0 b\tc"];
    const document: Document = {
      blocks: texts.map((text) => ({ type: "paragraph", text: [{ text }] })),
    };
    const { id, refused } = await make({}, { summary: "🚨\n".repeat(400), description: document });
    expect(refused).toEqual([]);
    const found = await jira.findIssue(id);
    expect(found?.description).toBe(jira.textOf(document));
    expect(found?.summary).toBe(jira.summaryOf("🚨\n".repeat(400)));
  });

  it("is followed when it moves, and absent when it is deleted or hidden", async () => {
    const { id, key } = await make();
    sandbox.act({ do: "move", issue: id, project: "PAY" });
    expect(await jira.findIssue(key)).toMatchObject({ id, project: "PAY" });
    sandbox.act({ do: "delete", issue: id });
    expect(await jira.findIssue(id)).toBeUndefined();
    expect(await failing(jira.editIssue(id, { summary: "x" }))).toMatchObject({
      code: "JIRA_ISSUE_MISSING",
    });
    const hidden = await make();
    sandbox.act({ do: "hide", issue: hidden.id });
    expect(await jira.findIssue(hidden.id)).toBeUndefined();
  });

  it("leaves open whether it was made when the answer is lost", async () => {
    for (const fault of [{ kind: "lost-answer" }, { kind: "lost-answer", status: 504 }] as const) {
      const match = { method: "POST", path: "/issue$" };
      sandbox.addFault({ ...fault, match, times: 1 });
      expect(await failing(make())).toMatchObject({ code: "JIRA_UNAVAILABLE", outcome: "unknown" });
    }
  });

  it("has a property that is written anew and parsed with care", async () => {
    const { id } = await make();
    const next = { ...property, base: { ...property.base, descriptionIsJiras: true } };
    await jira.putProperty(id, next);
    expect((await jira.findIssue(id))?.property).toEqual(next);
    sandbox.act({ do: "setProperty", issue: id, key: issuePropertyKey, value: { version: 9 } });
    expect((await jira.findIssue(id))?.property).toBeUndefined();
  });
});

describe("a workflow", () => {
  it("is walked, with the fields of its screens", async () => {
    const { id } = await make();
    for (const name of ["In Progress", "In Review", "Done"]) {
      await moveTo(id, name);
    }
    expect(await jira.findIssue(id)).toMatchObject({
      status: { name: "Done", category: "done" },
      resolution: { name: "Done" },
    });
  });

  it("refuses in its own words", async () => {
    const given = { customfield_10060: { id: "10110" } };
    const { id } = await make({ project: "LEGAL", fields: given });
    for (const name of ["Triage", "Drafting", "Approval"]) {
      await moveTo(id, name);
    }
    const refused = await failing(moveTo(id, "Closed"));
    expect(refused).toMatchObject({ code: "JIRA_TRANSITION_REFUSED" });
    expect(String(refused)).toContain("Please name the responsible lawyer before closing.");
    expect(await failing(jira.transition(id, "999", {}))).toMatchObject({
      code: "JIRA_TRANSITION_REFUSED",
    });
  });
});

describe("comments and links", () => {
  it("are put once", async () => {
    const { id } = await make();
    expect(await jira.hasComment(id, "lost:1")).toBe(false);
    expect(await jira.addComment(id, "Was: x\n\nNow: y", "lost:1")).toBe(true);
    expect(await jira.hasComment(id, "lost:1")).toBe(true);
    sandbox.act({ do: "comment", issue: id, text: "Thanks" });
    expect(await jira.hasComment(id, "lost:1")).toBe(true);
    expect(await jira.hasComment(id, "lost:2")).toBe(false);
    const link = { globalId: "g", url: "https://x.example/", title: "Page", relationship: "of" };
    expect(await jira.putRemoteLink(id, link)).toBe(true);
    expect(await jira.putRemoteLink(id, { ...link, title: "Renamed" })).toBe(true);
    expect(sandbox.issue(id)?.remoteLinks).toHaveLength(1);
  });

  it("are told to be off where they are", async () => {
    const { id } = await make();
    sandbox.act({ do: "deny", permission: "ADD_COMMENTS", project: "OPS", from: "Debrief" });
    expect(await jira.addComment(id, "x", "m")).toBe(false);
    sandbox.act({ do: "grant", permission: "ADD_COMMENTS", project: "OPS", from: "Debrief" });
    sandbox.configure({ issueLinking: false });
    const link = { globalId: "g", url: "https://x.example/", title: "Page", relationship: "of" };
    expect(await jira.putRemoteLink(id, link)).toBe(false);
    sandbox.configure({ issueLinking: true });
  });
});

describe("the search", () => {
  it("finds issues by their label, oldest first, once the index has them", async () => {
    const row = pageId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");
    const label = itemLabel(row);
    const first = await make({}, { addLabels: [label] });
    const second = await make({}, { addLabels: [label] });
    await waitFor("both issues", async () => (await jira.findIssuesByLabel(label)).length === 2);
    const found = await jira.findIssuesByLabel(label);
    expect(found.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(found[0]?.property).toEqual(property);
    expect(found[0]?.description).toBe(jira.textOf(outcome));
    expect(await jira.findIssuesByLabel('no "such\\ label')).toEqual([]);
  });

  it("lists what was updated and what is open, over several pages", async () => {
    const label = "debrief-many";
    const made: IssueId[] = [];
    for (let at = 0; at < 105; at += 1) {
      made.push((await make({}, { addLabels: [label] })).id);
    }
    const [gone] = made;
    for (const name of ["In Progress", "In Review", "Done"]) {
      sandbox.act({ do: "transition", issue: gone ?? "", to: name, force: true });
    }
    await waitFor("the index", async () => (await jira.listOpen(label)).length === 104);
    const open = (await jira.listOpen(label)).map(({ id }) => id);
    expect(open).toEqual(made.slice(1));
    const updated = await jira.listUpdated(label, 30);
    expect(updated.map(({ id }) => id).toSorted()).toEqual(made.toSorted());
    expect(updated[0]?.labels).toContain("debrief");
  });
});

describe("people", () => {
  it.each([
    ["ada.okafor@acme.example", "Ada Okafor"],
    ["diego.marchetti@acme.example", "Diego Marchetti"],
    ["henrik.vos@acme.example", undefined],
    ["nobody@acme.example", undefined],
  ])("are found by address, even a hidden one: %s", async (email, name) => {
    expect((await jira.findUserByEmail(email))?.name).toBe(name);
  });

  it("are not confused where the search is fuzzy", async () => {
    sandbox.configure({ fuzzyUserSearch: true });
    const fresh = openJira(sandbox.url);
    expect((await fresh.findUserByEmail("ada.okafor@acme.example"))?.name).toBe("Ada Okafor");
    sandbox.configure({ fuzzyUserSearch: false });
    await fresh[Symbol.asyncDispose]();
  });

  it("can be assigned or not", async () => {
    const farid = await jira.findUserByEmail("farid.haddad@acme.example");
    const id = farid?.accountId ?? accountId("");
    expect(await jira.isAssignable("OPS", id)).toBe(false);
    expect(await jira.isAssignable("PAY", id)).toBe(true);
    expect(await jira.findUser(id)).toEqual(farid);
    expect(await jira.findUser(accountId("712020:nobody"))).toBeUndefined();
  });
});

async function problems(route: Partial<JiraRoute>): Promise<readonly string[]> {
  return jira.checkRoutes([routeTo(route, `r${JSON.stringify(route).length}`)]);
}

describe("the check of the routes", () => {
  it("is content with a route that fits", async () => {
    expect(await problems({ components: ["checkout"] })).toEqual([]);
    expect(await problems({ issueType: "10003" })).toEqual([]);
  });

  it.each<[string, Partial<JiraRoute>, RegExp]>([
    ["a project that is not there", { project: "NOPE" }, /the project NOPE does not exist/],
    ["a project that is hidden", { project: "SEC" }, /SEC does not exist, or .* Browse projects/],
    ["an issue type", { issueType: "Chore" }, /no issue type Chore .* It has Task, Bug/],
    [
      "a required field",
      { project: "LEGAL" },
      /requires Practice area \(customfield_10060\)\. Add .* \{ customfield_10060: \{ id: "10110" \} \}/,
    ],
    ["a component", { components: ["Search"] }, /no component Search\. It has Checkout, Database/],
    ["a priority", { priorities: { High: ["Urgent"] } }, /no priority Urgent.*It has Highest/],
    ["a priority off the screen", { project: "PAY" }, /priorities will not be set/],
    [
      "a status",
      { statuses: { Done: { category: "done", status: "Shipped" } } },
      /no status Shipped.*It has To Do, In Progress/,
    ],
  ])("says what is wrong and how to mend it: %s", async (_, route, wanted) => {
    const found = await problems(route);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(wanted);
  });

  it("says what is missing where nothing may be created", async () => {
    sandbox.act({ do: "deny", permission: "CREATE_ISSUES", project: "PAY", from: "Debrief" });
    const found = await problems({ project: "PAY", labels: ["none"] });
    expect(found.join("\n")).toMatch(/lacks Create issues in PAY/);
    sandbox.act({ do: "grant", permission: "CREATE_ISSUES", project: "PAY", from: "Debrief" });
  });

  it("names missing permissions, and the field Labels when it is off the screen", async () => {
    sandbox.act({ do: "deny", permission: "LINK_ISSUES", project: "OPS", from: "Debrief" });
    sandbox.act({ do: "deny", permission: "USER_PICKER", from: "Debrief" });
    sandbox.act({ do: "removeFieldFromScreen", project: "OPS", field: "labels" });
    const found = await jira.checkRoutes([routeTo({ labels: ["other"] }, "permissions")]);
    expect(found.join("\n")).toMatch(/lacks Link issues in OPS[^]*Browse users[^]*field Labels/);
    sandbox.act({ do: "grant", permission: "LINK_ISSUES", project: "OPS", from: "Debrief" });
    sandbox.act({ do: "grant", permission: "USER_PICKER", from: "Debrief" });
    sandbox.act({ do: "addFieldToScreen", project: "OPS", field: "labels" });
    const before = sandbox.calls().total;
    expect(await jira.checkRoutes([routeTo({ labels: ["other"] }, "permissions")])).toEqual(found);
    expect(sandbox.calls().total).toBe(before);
  });
});

describe("the site", () => {
  it("is the same by the gateway's address", async () => {
    const byGateway = openJira(sandbox.gatewayUrl);
    await byGateway.warmUp();
    expect(await byGateway.siteUrl()).toBe(sandbox.ids.siteUrl);
    expect((await byGateway.listPriorities()).map(({ name }) => name)).toEqual([
      "Highest",
      "High",
      "Medium",
      "Low",
      "Lowest",
    ]);
    await byGateway[Symbol.asyncDispose]();
  });

  it("never shows an issue as missing, or a search as empty, to a dead token", async () => {
    const { id } = await make();
    sandbox.revokeToken();
    const fresh = openJira(sandbox.url);
    const unauthorized = { code: "JIRA_UNAUTHORIZED" };
    expect(await failing(fresh.findIssue(id))).toMatchObject(unauthorized);
    expect(await failing(fresh.findIssuesByLabel("debrief"))).toMatchObject(unauthorized);
    expect(await failing(fresh.warmUp())).toMatchObject(unauthorized);
    expect(await failing(fresh.editIssue(id, { summary: "x" }))).toMatchObject(unauthorized);
    sandbox.restoreToken();
    expect(await fresh.findIssue(id)).toMatchObject({ id });
    await fresh[Symbol.asyncDispose]();
  });
});
