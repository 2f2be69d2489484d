/** The promises of acting as people, administrators, automation and other apps. */

import { describe, expect, it } from "vitest";
import { settableClock } from "../core/clock.ts";
import { createAcme } from "./acme.ts";
import { act, type ActInput } from "./acts.ts";
import { plainTextOf } from "./adf.ts";
import { runAutomation } from "./automation.ts";
import { canBrowse, findIssue, getIssue, getStatus, getUser, may } from "./find.ts";
import type { Change, Issue, World } from "./model.ts";
import { startJiraSandbox } from "./sandbox.ts";

interface Site {
  readonly world: World;
  readonly changes: Change[];
  readonly act: (input: ActInput) => ReturnType<typeof act>;
  /** The issue as it stands. */
  readonly issue: (key: string) => Issue;
  readonly statusOf: (key: string) => string;
}

/** Acme with one issue, OPS-1, whose create is not among the changes. */
function startSite(): Site {
  const changes: Change[] = [];
  const { world } = createAcme(settableClock(), 1, (change) => {
    changes.push(change);
    runAutomation(world, change);
  });
  act(world, { do: "createIssue", project: "OPS", summary: "Alert on replica lag" });
  changes.length = 0;
  return {
    world,
    changes,
    act: (input) => act(world, input),
    issue: (key) => getIssue(world, key),
    statusOf: (key) => getStatus(world, getIssue(world, key).state.statusId).name,
  };
}

function told(changes: readonly Change[]): string[] {
  return changes.map(({ what, eventTypeName, actor }) =>
    [eventTypeName ?? what, actor.displayName.split(" ")[0]].join(" by "),
  );
}

describe("people", () => {
  it("create issues by the names of things", () => {
    const { act: does, issue, changes } = startSite();
    const { key = "" } = does({
      do: "createIssue",
      by: "Ben",
      project: "OPS",
      type: "Bug",
      summary: "Slow",
      description: "One\nTwo",
      priority: "High",
      labels: ["b", "a"],
      duedate: "2026-04-01",
      assignee: "chloe.tanaka@acme.example",
      parent: "OPS-1",
      custom: { "Owning team": "10100" },
    });
    const { state } = issue(key);
    expect(key).toBe("OPS-2");
    expect(plainTextOf(state.description)).toBe("One\nTwo");
    expect(state).toMatchObject({
      issueTypeId: "10001",
      priorityId: "2",
      labels: ["a", "b"],
      duedate: "2026-04-01",
      parentId: issue("OPS-1").id,
      custom: { customfield_10050: "10100" },
    });
    expect(told(changes)).toEqual(["issue_created by Ben"]);
  });

  it("get the project's priority where they choose none, if it has one", () => {
    const { act: does, issue } = startSite();
    expect(issue("OPS-1").state.priorityId).toBe("3");
    does({ do: "createIssue", project: "PAY", summary: "x" });
    expect(issue("PAY-1").state.priorityId).toBeNull();
  });

  it("drag cards only where the workflow has a way, and fill the screen on it", () => {
    const { act: does, statusOf, issue, changes } = startSite();
    expect(() => does({ do: "transition", issue: "OPS-1", to: "Done" })).toThrow(
      'no transition leads OPS-1 from "To Do" to "Done"',
    );
    does({ do: "transition", issue: "OPS-1", to: "in progress", by: "Esra" });
    does({ do: "transition", issue: "OPS-1", to: "Send to review" });
    expect(statusOf("OPS-1")).toBe("In Review");
    does({ do: "transition", issue: "OPS-1", to: "Done", resolution: "Won't Do" });
    expect(issue("OPS-1").state).toMatchObject({ resolutionId: "10001" });
    does({ do: "transition", issue: "OPS-1", to: "To Do" });
    expect(issue("OPS-1").state).toMatchObject({ resolutionId: null, resolvedAt: null });
    expect(told(changes)[0]).toBe("issue_generic by Esra");
    expect(changes[2]?.changelog?.items.map(({ field }) => field)).toEqual([
      "resolution",
      "status",
    ]);
  });

  it("fill a screen that asks for a resolution with its first one", () => {
    const { act: does, issue } = startSite();
    for (const to of ["In Progress", "In Review", "Done"]) {
      does({ do: "transition", issue: "OPS-1", to });
    }
    expect(issue("OPS-1").state.resolutionId).toBe("10000");
  });

  it("are stopped by a validator like everybody, unless the act is forced", () => {
    const { act: does, statusOf } = startSite();
    const validator = { needs: "duedate", message: "When?" } as const;
    const way = { do: "transition", issue: "OPS-1", to: "In Progress" } as const;
    does({ do: "setValidator", project: "OPS", transition: "Start progress", validator });
    expect(() => does(way)).toThrow("When?");
    expect(statusOf("OPS-1")).toBe("To Do");
    does({ ...way, duedate: "2026-04-01" });
    expect(statusOf("OPS-1")).toBe("In Progress");
    does({ do: "transition", issue: "OPS-1", to: "Done", force: true });
    expect(statusOf("OPS-1")).toBe("Done");
  });

  it("edit what they name and leave the rest alone", () => {
    const { act: does, issue, changes } = startSite();
    const edit = { do: "edit", issue: "OPS-1" } as const;
    does({
      ...edit,
      summary: "New",
      addLabels: ["x", "y"],
      priority: "Low",
      duedate: "2026-05-01",
    });
    does({ ...edit, description: "Text", removeLabels: ["x"], duedate: null });
    expect(plainTextOf(issue("OPS-1").state.description)).toBe("Text");
    expect(issue("OPS-1").state).toMatchObject({
      summary: "New",
      labels: ["y"],
      priorityId: "4",
      duedate: null,
    });
    does({ ...edit, summary: "New" });
    expect(changes).toHaveLength(2);
  });

  it("assign, unassign, comment and resolve", () => {
    const { act: does, issue, world, changes } = startSite();
    does({ do: "assign", issue: "OPS-1", to: "Chloe Tanaka" });
    expect(issue("OPS-1").state.assigneeId).toBe(getUser(world, "Chloe").accountId);
    does({ do: "unassign", issue: "OPS-1" });
    const { commentId } = does({ do: "comment", issue: "OPS-1", text: "Done?", by: "Ben" });
    does({ do: "setResolution", issue: "OPS-1", resolution: "Duplicate" });
    expect(issue("OPS-1").comments).toMatchObject([{ id: commentId }]);
    expect(issue("OPS-1").state).toMatchObject({ assigneeId: null, resolutionId: "10002" });
    expect(told(changes)).toEqual([
      "issue_assigned by Ada",
      "issue_assigned by Ada",
      "comment_created by Ben",
      "issue_updated by Ada",
    ]);
  });

  it("move an issue: the id stays and the old key still leads to it", () => {
    const { act: does, issue } = startSite();
    const { id } = issue("OPS-1");
    expect(does({ do: "move", issue: "OPS-1", project: "PAY" })).toEqual({ id, key: "PAY-1" });
    expect(issue("OPS-1")).toMatchObject({ id, state: { key: "PAY-1", statusId: "10020" } });
  });

  it("clone an issue with its labels and without its properties", () => {
    const { act: does, issue } = startSite();
    does({ do: "edit", issue: "OPS-1", addLabels: ["pm-1"] });
    does({ do: "setProperty", issue: "OPS-1", key: "debrief", value: { a: 1 } });
    const { key = "" } = does({ do: "clone", issue: "OPS-1" });
    expect(issue(key).state).toMatchObject({ labels: ["pm-1"] });
    expect(issue(key).properties.size).toBe(0);
    expect(issue("OPS-1").properties.get("debrief")).toEqual({ a: 1 });
  });

  it("archive, restore and delete for good", () => {
    const { act: does, issue, world, changes } = startSite();
    does({ do: "archive", issue: "OPS-1" });
    expect(issue("OPS-1").state.archived).toBe(true);
    does({ do: "restore", issue: "OPS-1" });
    expect(issue("OPS-1").state.archived).toBe(false);
    does({ do: "comment", issue: "OPS-1", text: "x" });
    does({ do: "delete", issue: "OPS-1" });
    expect(findIssue(world, "OPS-1")).toBeUndefined();
    expect(changes.slice(-2)).toMatchObject([
      { what: "jira:issue_deleted" },
      { what: "comment_deleted", isCascade: true },
    ]);
    expect(() => does({ do: "comment", issue: "OPS-1", text: "x" })).toThrow(
      'there is no issue "OPS-1"',
    );
  });
});

describe("administrators", () => {
  it("hide an issue or a project from the bot, and show it again", () => {
    const { act: does, issue, world } = startSite();
    function isSeen(): boolean {
      return canBrowse(world, world.bot, issue("OPS-1"));
    }
    for (const what of [{ issue: "OPS-1" }, { project: "OPS" }]) {
      does({ do: "hide", ...what });
      expect(isSeen()).toBe(false);
      expect(canBrowse(world, getUser(world, "Ada"), issue("OPS-1"))).toBe(true);
      does({ do: "show", ...what });
      expect(isSeen()).toBe(true);
    }
    expect(() => does({ do: "hide" })).toThrow("needs an issue or a project");
  });

  it("take permissions and tokens, and give them back", () => {
    const { act: does, world } = startSite();
    const [ops] = world.projects.values();
    does({ do: "deny", permission: "TRANSITION_ISSUES", project: "OPS" });
    expect(ops && may(world.bot, "TRANSITION_ISSUES", ops)).toBe(false);
    does({ do: "grant", permission: "TRANSITION_ISSUES", project: "OPS" });
    expect(ops && may(world.bot, "TRANSITION_ISSUES", ops)).toBe(true);
    does({ do: "deny", permission: "USER_PICKER" });
    expect(world.denied.get("USER_PICKER")).toContain(world.bot.accountId);
    does({ do: "revokeToken" });
    expect([...world.tokens.values()]).not.toContain(world.bot.accountId);
    does({ do: "addToken", token: "fresh" });
    expect(world.tokens.get("fresh")).toBe(world.bot.accountId);
  });

  it("deactivate and reactivate people", () => {
    const { act: does, world } = startSite();
    does({ do: "deactivateUser", user: "Ben" });
    expect(getUser(world, "Ben").active).toBe(false);
    does({ do: "reactivateUser", user: "Ben" });
    expect(getUser(world, "Ben").active).toBe(true);
  });

  it("rename statuses and projects, and change workflows and screens", () => {
    const { act: does, world, issue, statusOf } = startSite();
    const project = "OPS";
    does({ do: "renameStatus", status: "To Do", project, to: "Zu erledigen" });
    expect(statusOf("OPS-1")).toBe("Zu erledigen");
    does({ do: "removeTransition", project, transition: "Start progress" });
    expect(() => does({ do: "transition", issue: "OPS-1", to: "In Progress" })).toThrow(
      "no transition",
    );
    const screen = [{ field: "Owning team" }];
    does({ do: "addTransition", project, name: "Jump", to: "Done", screen });
    does({ do: "transition", issue: "OPS-1", to: "Done" });
    expect(statusOf("OPS-1")).toBe("Done");
    does({ do: "requireField", project, field: "Customer impact" });
    does({ do: "removeFieldFromScreen", project, field: "priority", screen: "create" });
    does({ do: "disableOption", field: "Owning team", option: "Platform" });
    const [ops] = world.projects.values();
    expect(ops?.workflow.transitions.at(-1)).toMatchObject({
      screen: [{ fieldId: "customfield_10050", required: true }],
    });
    expect(ops?.required).toContain("customfield_10052");
    expect(ops?.createScreen.has("priority")).toBe(false);
    expect(ops?.editScreen.has("priority")).toBe(true);
    does({ do: "renameProjectKey", project, key: "RUN" });
    expect(issue("OPS-1").state.key).toBe("RUN-1");
  });
});

describe("automation and other apps", () => {
  it("answers a transition with changes of its own, and not to itself", async () => {
    const { act: does, world, issue, changes, statusOf } = startSite();
    const on = { status: "In Progress" };
    does({ do: "automate", on, delayMs: 500, assign: "Chloe", addLabel: "wip", comment: "On it." });
    does({ do: "automate", on: { status: "In Review" }, transition: "Done" });
    does({ do: "transition", issue: "OPS-1", to: "In Progress" });
    expect(issue("OPS-1").state.assigneeId).toBeNull();
    await world.clock.advance(500);
    expect(issue("OPS-1").state).toMatchObject({
      assigneeId: getUser(world, "Chloe").accountId,
      labels: ["wip"],
    });
    expect(told(changes)).toEqual([
      "issue_generic by Ada",
      "issue_assigned by Automation",
      "issue_updated by Automation",
      "comment_created by Automation",
    ]);
    does({ do: "transition", issue: "OPS-1", to: "In Review" });
    await world.clock.advance(0);
    expect(statusOf("OPS-1")).toBe("Done");
    does({ do: "stopAutomation" });
    does({ do: "transition", issue: "OPS-1", to: "To Do", by: "Automation for Jira" });
    expect(changes.at(-1)?.actor).toBe(world.automation);
  });

  it("reacts to the create of an issue in its project only", async () => {
    const { act: does, world, issue } = startSite();
    does({ do: "automate", on: "created", project: "OPS", addLabel: "triage" });
    const made = ["OPS", "PAY"].map(
      (project) => does({ do: "createIssue", project, summary: "x" }).key ?? "",
    );
    await world.clock.advance(0);
    expect(made.map((key) => issue(key).state.labels)).toEqual([["triage"], []]);
  });

  it("sets a property as another app does", () => {
    const { act: does, world, changes } = startSite();
    does({ do: "setProperty", issue: "OPS-1", key: "other.app", value: [1] });
    expect(changes).toMatchObject([
      {
        what: "issue_property_set",
        actor: world.automation,
        property: { key: "other.app", value: [1] },
      },
    ]);
    does({ do: "deleteProperty", issue: "OPS-1", key: "other.app" });
    expect(changes.at(-1)?.what).toBe("issue_property_deleted");
  });
});

describe("an act", () => {
  it("is refused when it is unknown, malformed, or names what is not there", () => {
    const { world, act: does } = startSite();
    expect(() => act(world, { do: "dance" })).toThrow("Invalid");
    expect(() => act(world, { do: "edit", issue: "OPS-1", duedate: "soon" })).toThrow(
      "Invalid ISO date",
    );
    expect(() => does({ do: "comment", issue: "OPS-9", text: "x" })).toThrow("no issue");
    expect(() => does({ do: "assign", issue: "OPS-1", to: "Zoe" })).toThrow("no user");
    expect(() => does({ do: "requireField", project: "OPS", field: "nope" })).toThrow("field");
  });

  it("is done over HTTP, too, and seen by the API at once", async () => {
    await using jira = await startJiraSandbox({ clock: settableClock() });
    async function does(input: ActInput): Promise<Response> {
      const body = JSON.stringify(input);
      return fetch(`${jira.url}/_sandbox/act`, { method: "POST", body });
    }
    const made = await does({ do: "createIssue", project: "OPS", summary: "Slow" });
    const { id, key } = (await made.json()) as { id: string; key: string };
    await does({ do: "transition", issue: key, to: "In Progress" });
    const { email, apiToken } = jira.bot;
    const basic = Buffer.from(`${email}:${apiToken}`).toString("base64");
    const read = await fetch(`${jira.url}/rest/api/3/issue/${id}?fields=status`, {
      headers: { authorization: `Basic ${basic}` },
    });
    expect(await read.json()).toMatchObject({ key, fields: { status: { name: "In Progress" } } });
    const wrong = await does({ do: "transition", issue: key, to: "Done" });
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining("no transition leads OPS-1"),
    ]);
  });
});
