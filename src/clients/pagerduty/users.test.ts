/** People are looked up once in a while, not at every run. */

import { describe, expect, it } from "vitest";
import { connect, failure, ok } from "../../../test/support/pagerduty-client.ts";

const ada = { id: "PADA", name: "Ada Okafor", summary: "Ada", email: "ada@acme.example" };

describe("findUser", () => {
  it("asks once for hours, also when several ask at the same time", async () => {
    await using t = await connect({ "GET /users/PADA": ok({ user: ada }) });
    const wanted = { id: "PADA", name: "Ada Okafor", email: "ada@acme.example" };
    expect(await Promise.all(["PADA", "PADA"].map((id) => t.pagerduty.findUser(id)))).toEqual([
      wanted,
      wanted,
    ]);
    t.clock.now = new Date("2026-11-20T13:00:00Z");
    expect(await t.pagerduty.findUser("PADA")).toEqual(wanted);
    expect(t.server.requests).toHaveLength(1);
    t.clock.now = new Date("2026-11-20T15:00:00Z");
    await t.pagerduty.findUser("PADA");
    expect(t.server.requests).toHaveLength(2);
  });

  it.each([404, 403])(
    "knows nobody on %i, asks again after minutes, and says so once",
    async (status) => {
      await using t = await connect({ "GET /users/PADA": failure(status, 2100, "Not Found") });
      expect(await t.pagerduty.findUser("PADA")).toBeUndefined();
      expect(await t.pagerduty.findUser("PADA")).toBeUndefined();
      expect(t.server.requests).toHaveLength(1);
      t.clock.now = new Date("2026-11-20T10:11:00Z");
      await t.pagerduty.findUser("PADA");
      expect(t.server.requests).toHaveLength(2);
      expect(t.warnings).toHaveLength(1);
    },
  );

  it("does not remember an outage", async () => {
    let isDown = true;
    await using t = await connect({
      "GET /users/PADA": () => (isDown ? { status: 500, text: "" } : ok({ user: ada })),
    });
    await expect(t.pagerduty.findUser("PADA")).rejects.toMatchObject({
      code: "PAGERDUTY_UNAVAILABLE",
    });
    isDown = false;
    expect((await t.pagerduty.findUser("PADA"))?.name).toBe("Ada Okafor");
  });

  it("asks for nobody whose id is none", async () => {
    await using t = await connect({});
    expect(await t.pagerduty.findUser("../incidents")).toBeUndefined();
    expect(t.server.requests).toEqual([]);
  });
});
