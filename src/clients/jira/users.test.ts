/** People are matched by their address with care, and what is known of them and the site is kept. */

import { describe, expect, it } from "vitest";
import {
  connect,
  inTurn,
  notFound,
  ok,
  refusal,
  userJson,
} from "../../../test/support/jira-server.ts";
import { accountId } from "../../domain/keys.ts";

const ada = accountId("712020:ada");

describe("a person", () => {
  const search = "GET user/search";
  const hidden = userJson({ accountId: "hidden", displayName: "H" });
  const shown = userJson({ accountId: "shown", emailAddress: "Ada@acme.example" });
  const other = userJson({ accountId: "other", emailAddress: "ada@acme.example.org" });

  it.each<[string, object[], string | undefined]>([
    ["who shows the address, among others", [hidden, other, shown], "shown"],
    ["who is the only one and hides it", [hidden], "hidden"],
    ["who is the only one but shows another", [other], undefined],
    ["who is one of several that hide it", [hidden, { ...hidden, accountId: "h2" }], undefined],
    ["who hides it beside somebody else", [hidden, other], undefined],
    [
      "who hides it beside somebody who left and whose it may be",
      [hidden, { ...hidden, accountId: "h2", active: false }],
      undefined,
    ],
    ["who hides it beside an app", [hidden, { ...other, accountType: "app" }], undefined],
    ["who is not active", [{ ...shown, active: false }], undefined],
    ["who is an app", [{ ...shown, accountType: "app" }], undefined],
    ["whom nobody knows", [], undefined],
  ])("%s", async (_, found, wanted) => {
    await using t = await connect({ [search]: ok(found) });
    const user = await t.jira.findUserByEmail(" ADA@acme.example ");
    expect(user?.accountId).toBe(wanted);
    expect(t.server.requests[0]?.query.get("query")).toBe("ada@acme.example");
  });

  it("is remembered for hours, and an unknown one for minutes", async () => {
    let found: object[] = [];
    await using t = await connect({ [search]: () => ok(found) });
    const minute = 60_000;
    function wait(ms: number): void {
      t.clock.now = new Date(t.clock.now.getTime() + ms);
    }
    expect(await t.jira.findUserByEmail("ada@acme.example")).toBeUndefined();
    found = [shown];
    expect(await t.jira.findUserByEmail("ada@acme.example")).toBeUndefined();
    wait(11 * minute);
    expect(await t.jira.findUserByEmail("ada@acme.example")).toBeDefined();
    wait(60 * minute);
    expect(await t.jira.findUserByEmail("ada@acme.example")).toBeDefined();
    expect(t.server.requests).toHaveLength(2);
    wait(240 * minute);
    expect(await t.jira.findUserByEmail("ada@acme.example")).toBeDefined();
    expect(t.server.requests).toHaveLength(3);
  });

  it("is asked for once by many at a time, and again after a failure", async () => {
    const reply = inTurn({ socket: "reset" }, ok([shown]));
    await using t = await connect({ [search]: reply });
    const asked = Array.from({ length: 5 }, () => t.jira.findUserByEmail("ada@acme.example"));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(
      Array.from({ length: 5 }, () => "rejected"),
    );
    expect(await t.jira.findUserByEmail("ada@acme.example")).toBeDefined();
    expect(t.server.requests).toHaveLength(2);
  });

  it("is read by account, or is unknown", async () => {
    await using t = await connect({
      "GET user": ({ query }) => (query.get("accountId") === ada ? ok(shown) : notFound),
    });
    expect(await t.jira.findUser(ada)).toMatchObject({ email: "ada@acme.example" });
    expect(await t.jira.findUser(accountId("712020:x"))).toBeUndefined();
  });

  it("can be assigned where Jira lists them", async () => {
    await using t = await connect({
      "GET user/assignable/search": ({ query }) =>
        ok(query.get("project") === "OPS" ? [userJson({ accountId: ada })] : []),
    });
    expect(await t.jira.isAssignable("OPS", ada)).toBe(true);
    expect(await t.jira.isAssignable("PAY", ada)).toBe(false);
    expect(await t.jira.isAssignable("OPS", ada)).toBe(true);
    expect(t.server.requests).toHaveLength(2);
  });
});

describe("the site", () => {
  it("is known by its address and its priorities, which are read once", async () => {
    await using t = await connect({
      "GET serverInfo": ok({ baseUrl: "https://acme.atlassian.net/" }),
      "GET priority/search": ({ query }) =>
        query.get("startAt") === "0"
          ? ok({ values: [{ id: "1", name: "Highest" }], isLast: false })
          : ok({ values: [{ id: 2, name: "High" }], isLast: true }),
    });
    await t.jira.warmUp();
    expect(await t.jira.siteUrl()).toBe("https://acme.atlassian.net");
    expect(await t.jira.listPriorities()).toEqual([
      { id: "1", name: "Highest" },
      { id: "2", name: "High" },
    ]);
    expect(t.server.requests).toHaveLength(4);
  });

  it("does not warm up with a dead token", async () => {
    await using t = await connect({ "GET myself": refusal(401) });
    await expect(t.jira.warmUp()).rejects.toMatchObject({ code: "JIRA_UNAUTHORIZED" });
  });
});
