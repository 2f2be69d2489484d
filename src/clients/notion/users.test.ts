/** Promises about people: found both ways, guests read once, partial users known without an e-mail. */

import { describe, expect, it } from "vitest";
import { connect, list, ok, personId } from "../../../test/support/notion-client.ts";
import { notionError } from "../../../test/support/notion-server.ts";
import { notionUserId } from "../../domain/keys.ts";

const guest = notionUserId("99999999-9999-4999-8999-999999999999");
const partial = notionUserId("88888888-8888-4888-8888-888888888888");
const users = {
  "GET users": list([
    { object: "user", id: "bot-1", type: "bot", name: "Ada Okafor" },
    { object: "user", id: partial },
    { id: personId, type: "person", name: " Ada Okafor", person: { email: "Ada@Acme.example" } },
    { id: "u-2", type: "person", name: "ada okafor", person: {} },
    { id: "u-3", type: "person", name: null, person: { email: "" } },
  ]),
};

describe("findEmail", () => {
  it("gives the e-mail of a listed person, and none of one who hides it, with one listing", async () => {
    await using t = await connect(users);
    expect(await t.notion.findEmail(personId)).toBe("ada@acme.example");
    expect(await t.notion.findEmail(notionUserId("u-2"))).toBeUndefined();
    expect(await t.notion.findEmail(partial)).toBeUndefined();
    expect(t.server.requests).toHaveLength(1);
  });

  it("reads a guest once, by whose e-mail and name it then is found as well", async () => {
    const henrik = { id: guest, name: "Henrik Vos", person: { email: "henrik.vos@acme.example" } };
    await using t = await connect({ ...users, [`GET users/${guest}`]: ok(henrik) });
    const both = await Promise.all([t.notion.findEmail(guest), t.notion.findEmail(guest)]);
    expect(both).toEqual(["henrik.vos@acme.example", "henrik.vos@acme.example"]);
    expect(await t.notion.findUserByEmail("Henrik.Vos@acme.example")).toBe(guest);
    expect(await t.notion.findUsersByName("henrik vos")).toEqual([guest]);
    expect(t.server.requests).toHaveLength(2);
  });

  it("asks once for somebody whom Notion does not know", async () => {
    await using t = await connect(users);
    expect(await t.notion.findEmail(guest)).toBeUndefined();
    t.clock.now = new Date(t.clock.now.getTime() + 11 * 60_000);
    expect(await t.notion.findUserByEmail("nobody@acme.example")).toBeUndefined();
    expect(await t.notion.findEmail(guest)).toBeUndefined();
    const asked = t.server.requests.filter(({ path }) => path.endsWith(guest));
    expect(asked).toHaveLength(1);
  });

  it("asks again when the answer was lost", async () => {
    let isUp = false;
    await using t = await connect({
      ...users,
      [`GET users/${guest}`]: () =>
        isUp ? ok({ id: guest, person: { email: "g@acme.example" } }) : { socket: "reset" },
    });
    await expect(t.notion.findEmail(guest)).rejects.toMatchObject({ code: "NOTION_UNAVAILABLE" });
    isUp = true;
    expect(await t.notion.findEmail(guest)).toBe("g@acme.example");
  });

  it("asks for nobody without the capability", async () => {
    const forbidden = notionError(403, "restricted_resource", "Insufficient permissions.");
    await using t = await connect({ "GET users": forbidden });
    expect(await t.notion.findEmail(guest)).toBeUndefined();
    expect(t.server.requests).toHaveLength(1);
  });
});

describe("findUsersByName", () => {
  it("gives all people of exactly this name, without case, and no bots", async () => {
    await using t = await connect(users);
    expect(await t.notion.findUsersByName("ADA Okafor ")).toEqual([personId, "u-2"]);
    expect(await t.notion.findUsersByName("Ada")).toEqual([]);
    expect(await t.notion.findUsersByName("")).toEqual([]);
    expect(t.server.requests).toHaveLength(1);
  });
});
