/** The promises of Jira's transitions: what is offered, what a screen and a validator want, and conflicts. */

import { describe, expect, it } from "vitest";
import { documentOf } from "./adf.ts";
import type { JiraSandbox } from "./sandbox.ts";
import { call, createTask, refusal, startSite, task, type Answered } from "./testing.ts";

function go(jira: JiraSandbox, key: string, id: string, more = {}): Promise<Answered> {
  return call(jira, `POST /issue/${key}/transitions`, { transition: { id }, ...more });
}

async function goAll(jira: JiraSandbox, key: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    expect((await go(jira, key, id)).status).toBe(204);
  }
}

describe("what is offered", () => {
  it("depends on the status: OPS has no direct way from To Do to Done", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const { body } = await call(jira, `GET /issue/${key}/transitions`);
    expect(body).toMatchObject({
      expand: "transitions",
      transitions: [
        {
          id: "11",
          name: "Start progress",
          to: { id: "3", statusCategory: { key: "indeterminate" } },
          hasScreen: false,
          isGlobal: false,
          isAvailable: true,
          isLooped: false,
        },
      ],
    });
    expect(body).toHaveProperty("transitions.length", 1);
    expect(body).not.toHaveProperty("transitions.0.fields");
  });

  it("shows the screen when it is asked for, with what can be chosen", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    await goAll(jira, key, ["11", "21"]);
    const path = `/issue/${key}/transitions?expand=transitions.fields`;
    expect((await call(jira, `GET ${path}`)).body).toMatchObject({
      transitions: [
        {
          id: "31",
          hasScreen: true,
          fields: {
            resolution: {
              required: true,
              allowedValues: [
                { id: "10000", name: "Done" },
                { id: "10001", name: "Won't Do" },
                { id: "10002" },
                { id: "10003" },
              ],
            },
          },
        },
        { id: "51", hasScreen: false, fields: {} },
      ],
    });
  });

  it("is nothing without the permission to transition", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    jira.act({ do: "deny", permission: "TRANSITION_ISSUES", project: "OPS" });
    const { body } = await call(jira, `GET /issue/${key}/transitions`);
    expect(body).toMatchObject({ transitions: [] });
  });

  it("is everything from everywhere in a team-managed project, the loop included", async () => {
    await using jira = await startSite();
    const key = await createTask(jira, "Pay", { project: { key: "PAY" } });
    const { body } = await call(jira, `GET /issue/${key}/transitions`);
    expect(body).toMatchObject({
      transitions: [
        { id: "11", isGlobal: true, isLooped: true },
        { id: "21", isLooped: false },
        { id: "31", to: { name: "Done", scope: { project: { id: "10010" } } } },
      ],
    });
  });
});

describe("going through", () => {
  it("wants the resolution that the screen requires, keeps it, and clears it on reopening", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    await goAll(jira, key, ["11", "21"]);
    expect(await go(jira, key, "31")).toMatchObject(
      refusal(400, { resolution: "Resolution is required." }),
    );
    const fields = { resolution: { name: "Won't Do" } };
    expect(await go(jira, key, "31", { fields })).toMatchObject({ status: 204, body: "" });
    expect(jira.issue(key)).toMatchObject({
      status: { name: "Done", category: "done" },
      resolution: "Won't Do",
    });
    const { body } = await call(jira, `GET /issue/${key}/changelog?startAt=2`);
    expect(body).toMatchObject({
      values: [
        {
          items: [
            { field: "resolution", from: null, to: "10001" },
            { field: "status", from: "10001", to: "10002" },
          ],
        },
      ],
    });
    await goAll(jira, key, ["61"]);
    expect(jira.issue(key)).toMatchObject({ status: { name: "To Do" }, resolution: null });
  });

  it("refuses what is not on the screen, what is not offered, and what names nothing", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const fields = { resolution: { id: "10000" } };
    expect(await go(jira, key, "11", { fields })).toMatchObject(
      refusal(400, {
        resolution:
          "Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown.",
      }),
    );
    expect(await go(jira, key, "31")).toMatchObject(
      refusal(400, {}, ["Transition id '31' is not valid for this issue."]),
    );
    expect(await call(jira, `POST /issue/${key}/transitions`, {})).toMatchObject(
      refusal(400, {}, ["Missing 'transition' identifier"]),
    );
    expect(jira.issue(key)?.status.name).toBe("To Do");
  });

  it("sets the resolution by itself in a team-managed project", async () => {
    await using jira = await startSite();
    const key = await createTask(jira, "Pay", { project: { key: "PAY" } });
    await goAll(jira, key, ["31"]);
    expect(jira.issue(key)?.resolution).toBe("Done");
    await goAll(jira, key, ["11"]);
    expect(jira.issue(key)?.resolution).toBeNull();
  });

  it("fails on a hidden validator with its administrator's sentence alone", async () => {
    await using jira = await startSite();
    const practice = { customfield_10060: { value: "Privacy" } };
    const key = await createTask(jira, "Law", { project: { key: "LEGAL" }, ...practice });
    await goAll(jira, key, ["101", "111", "121"]);
    const path = `/issue/${key}/transitions?expand=transitions.fields`;
    expect((await call(jira, `GET ${path}`)).body).toMatchObject({
      transitions: [{ id: "131", hasScreen: false, fields: {} }],
    });
    expect(await go(jira, key, "131")).toMatchObject(
      refusal(400, {}, ["Please name the responsible lawyer before closing."]),
    );
    jira.act({ do: "assign", issue: key, to: "Ada Okafor" });
    await goAll(jira, key, ["131"]);
    expect(jira.issue(key)?.status.category).toBe("done");
  });

  it("adds the comment that comes with it", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const update = { comment: [{ add: { body: documentOf("Because") } }] };
    expect((await go(jira, key, "11", { update })).status).toBe(204);
    expect(jira.issue(key)?.comments).toMatchObject([{ text: "Because" }]);
  });

  it("gives 409 to the second of two at once", async () => {
    await using jira = await startSite({ settings: { holdTransitionsMs: 150 } });
    const key = await createTask(jira);
    const answers = await Promise.all([go(jira, key, "11"), go(jira, key, "11")]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 409]));
    expect(jira.issue(key)?.changes).toBe(1);
  });

  it("ignores a transition in an edit, and takes one in a create", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const body = { fields: { summary: "New" }, transition: { id: "11" } };
    expect((await call(jira, `PUT /issue/${key}`, body)).status).toBe(204);
    expect(jira.issue(key)).toMatchObject({ summary: "New", status: { name: "To Do" } });
    const made = { ...task("Started"), transition: { id: "11" } };
    expect((await call(jira, "POST /issue", made)).status).toBe(201);
    expect(jira.issue("OPS-2")?.status.name).toBe("In Progress");
  });

  it("follows a workflow that administrators change", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    jira.act({ do: "renameStatus", status: "Done", to: "Fertig", project: "OPS" });
    jira.act({ do: "removeTransition", project: "OPS", transition: "Start progress" });
    jira.act({ do: "addTransition", project: "OPS", name: "Finish", from: ["To Do"], to: "10002" });
    const { body } = await call(jira, `GET /issue/${key}/transitions`);
    expect(body).toMatchObject({ transitions: [{ name: "Finish", to: { name: "Fertig" } }] });
    expect((await go(jira, key, "11")).status).toBe(400);
  });
});
