/** Searches name what they want, read all of it, and end. */

import { describe, expect, it } from "vitest";
import {
  connect,
  inTurn,
  issue,
  issueId,
  issueJson,
  ok,
} from "../../../test/support/jira-server.ts";
import type { Reply } from "../../../test/support/notion-server.ts";
import { issuePropertyKey } from "../../domain/action-item.ts";

describe("a search", () => {
  const search = "POST search/jql";

  it("quotes the label, names the fields, reads all pages and sorts by age", async () => {
    const later = { created: "2026-11-20T11:00:00.000+0000" };
    const reply = inTurn(
      ok({ issues: [issueJson("3", later), issueJson("20")], nextPageToken: "t", isLast: false }),
      ok({ issues: [issueJson("9"), issueJson("3", later)], isLast: true }),
    );
    await using t = await connect({ [search]: reply });
    const found = await t.jira.findIssuesByLabel('a"b\\c');
    expect(found.map(({ id }) => id)).toEqual(["9", "20", "3"]);
    expect(t.server.requests.map(({ body }) => body)).toMatchObject([
      { jql: 'labels = "a\\"b\\\\c" ORDER BY created ASC, id ASC', properties: [issuePropertyKey] },
      { nextPageToken: "t" },
    ]);
  });

  it("of what was updated looks back by minutes", async () => {
    await using t = await connect({ [search]: ok({ issues: [issueJson()] }) });
    expect(await t.jira.listUpdated("debrief", 30.2)).toEqual([
      {
        id: issueId(issue),
        key: `OPS-${issue}`,
        labels: ["debrief"],
        updatedAt: new Date("2026-11-20T09:03:11.130Z"),
      },
    ]);
    expect(t.server.requests[0]?.body).toMatchObject({
      jql: 'labels = "debrief" AND updated >= "-31m" ORDER BY updated ASC, id ASC',
      fields: ["labels", "updated"],
    });
  });

  it("that never ends is given up", async () => {
    let at = 0;
    function endless(): Reply {
      at += 1;
      return ok({ issues: [], nextPageToken: `t${at}` });
    }
    await using t = await connect({ [search]: endless });
    await expect(t.jira.listOpen("x")).rejects.toMatchObject({ code: "JIRA_LISTING_TOO_LONG" });
  });
});
