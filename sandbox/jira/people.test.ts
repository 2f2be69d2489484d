/** The promises of Jira about people: who is found, who may what, who calls; and of the site as a whole. */

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { basic, call, createTask, startSite, task } from "./testing.ts";

describe("people", () => {
  it("finds a person by an address that it does not show", async () => {
    await using jira = await startSite();
    const { body } = await call(jira, "GET /user/search?query=diego.marchetti@acme.example");
    expect(body).toMatchObject([{ displayName: "Diego Marchetti", active: true }]);
    expect(body).not.toHaveProperty("0.emailAddress");
    const { body: several } = await call(jira, "GET /user/search?query=ada");
    expect(several).toMatchObject([
      { displayName: "Ada Okafor", emailAddress: "ada.okafor@acme.example" },
      { displayName: "Ada Assistant", accountType: "app" },
    ]);
  });

  it.each([
    ["absent", undefined],
    ["null", null],
    ["empty", ""],
  ] as const)("can show a hidden address as %s", async (hiddenEmail, emailAddress) => {
    await using jira = await startSite({ settings: { hiddenEmail } });
    const { body } = await call(jira, "GET /user/search?query=diego");
    const [diego] = z.array(z.object({ emailAddress: z.unknown().optional() })).parse(body);
    expect(diego?.emailAddress).toBe(emailAddress);
  });

  it("gives nobody instead of 403 to who may not browse users", async () => {
    await using jira = await startSite();
    jira.act({ do: "deny", permission: "USER_PICKER" });
    expect(await call(jira, "GET /user/search?query=ada")).toMatchObject({ status: 200, body: [] });
  });

  it("lists who can be assigned: no apps, nobody deactivated or without the permission", async () => {
    await using jira = await startSite();
    const { body } = await call(jira, "GET /user/assignable/search?project=OPS");
    const names = JSON.stringify(body);
    expect(names).toContain("Ben Lindqvist");
    expect(names).not.toMatch(/Farid|Henrik|Assistant|Automation/u);
    const pay = JSON.stringify((await call(jira, "GET /user/assignable/search?project=PAY")).body);
    expect(pay).toContain("Farid Haddad");
  });

  it("tells the permissions, and refuses the whole call for one unknown key", async () => {
    await using jira = await startSite();
    const path = "/mypermissions?projectKey=OPS&permissions=CREATE_ISSUES,ADMINISTER";
    expect((await call(jira, `GET ${path}`)).body).toMatchObject({
      permissions: {
        CREATE_ISSUES: { havePermission: true },
        ADMINISTER: { havePermission: false },
      },
    });
    expect((await call(jira, `GET ${path},NONSENSE`)).status).toBe(400);
  });
});

describe("who calls", () => {
  it("knows the bot by Basic and by Bearer, on the site and behind the gateway", async () => {
    await using jira = await startSite();
    const bearer = { authorization: `Bearer ${jira.bot.apiToken}` };
    const { pathname } = new URL(jira.gatewayUrl);
    for (const line of ["GET /myself", `GET ${pathname}/rest/api/3/myself`]) {
      for (const headers of [{}, bearer]) {
        const answer = await call(jira, line, undefined, headers);
        expect(answer).toMatchObject({ status: 200, body: { accountId: jira.ids.bot } });
      }
    }
    expect((await call(jira, "GET /ex/jira/other/rest/api/3/myself")).status).toBe(404);
    const wrongOwner = basic({ ...jira.bot, email: "ada.okafor@acme.example" });
    expect((await call(jira, "GET /myself", undefined, wrongOwner)).status).toBe(401);
  });

  it("takes a scoped token behind the gateway alone, whose id the site tells anybody", async () => {
    await using jira = await startSite({ settings: { scopedToken: true } });
    const info = await fetch(`${jira.url}/_edge/tenant_info`);
    const { cloudId } = z.object({ cloudId: z.string() }).parse(await info.json());
    expect((await call(jira, "GET /myself")).status).toBe(401);
    expect((await call(jira, `GET /ex/jira/${cloudId}/rest/api/3/myself`)).status).toBe(200);
    const admin = await call(jira, "GET /myself", undefined, basic(jira.admin));
    expect(admin.status).toBe(200);
  });

  it("registers no dynamic webhooks for a token, and archives for administrators alone", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    const body = { issueIdsOrKeys: [key] };
    expect((await call(jira, "POST /webhook", {})).status).toBe(403);
    expect((await call(jira, "PUT /issue/archive", body)).status).toBe(403);
    const archived = await call(jira, "PUT /issue/archive", body, basic(jira.admin));
    expect(archived).toMatchObject({ status: 200, body: { numberOfIssuesUpdated: 1 } });
    expect(jira.issue(key)?.archived).toBe(true);
  });

  it("reads as nobody with a dead token and says so in a header; writes and myself are 401", async () => {
    await using jira = await startSite();
    const key = await createTask(jira);
    jira.revokeToken();
    const reason = "x-seraph-loginreason";
    const read = await call(jira, `GET /issue/${key}`);
    expect(read).toMatchObject({ status: 404 });
    expect(read.headers.get(reason)).toBe("AUTHENTICATED_FAILED");
    const many = await call(jira, "POST /issue/bulkfetch", { issueIdsOrKeys: [key] });
    expect(many).toMatchObject({ status: 200, body: { issues: [] } });
    const search = await call(jira, "POST /search/jql", { jql: "project = OPS" });
    expect(search).toMatchObject({ status: 200, body: { issues: [], isLast: true } });
    expect(search.headers.get(reason)).toBe("AUTHENTICATED_FAILED");
    expect((await call(jira, "GET /myself")).status).toBe(401);
    expect((await call(jira, "POST /issue", task("x"))).status).toBe(401);
    jira.restoreToken();
    expect((await call(jira, "GET /myself")).status).toBe(200);
  });
});

/** What two plays of one seed must share. */
async function play(seed: number): Promise<unknown> {
  await using jira = await startSite({ seed });
  await createTask(jira, "a");
  const before = jira.issues();
  jira.reset();
  await createTask(jira, "a");
  expect(jira.issues()).toEqual(before);
  return [jira.issues(), jira.environment()["JIRA_API_TOKEN"]];
}

describe("the whole", () => {
  it("answers the same for the same seed, after a reset, too", async () => {
    expect(await play(3)).toEqual(await play(3));
    expect(await play(3)).not.toEqual(await play(4));
  });

  it("gives what a program needs to talk to it", async () => {
    await using jira = await startSite();
    expect(jira.environment()).toMatchObject({
      JIRA_URL: jira.url,
      JIRA_EMAIL: "debrief@acme.example",
      JIRA_PROJECT: "OPS",
      JIRA_ISSUE_TYPE: "Task",
    });
  });

  it("answers unknown routes and methods as problem details", async () => {
    await using jira = await startSite();
    const unknown = await call(jira, "GET /nope");
    expect(unknown).toMatchObject({
      status: 404,
      body: { detail: "No endpoint GET /rest/api/3/nope." },
    });
    expect(unknown.headers.get("content-type")).toBe("application/problem+json");
    expect(await call(jira, "DELETE /myself")).toMatchObject({
      status: 405,
      body: { detail: "Method 'DELETE' is not supported." },
    });
    expect((await call(jira, "GET /rest/api/3/search")).status).toBe(410);
  });
});
