/** Promises about listings over several data sources: one that is refused costs the others nothing. */

import { describe, expect, it } from "vitest";
import { actionItemsId, connect, list, pageJson } from "../../../test/support/notion-client.ts";
import { notionError } from "../../../test/support/notion-server.ts";

const otherPages = "88888888-8888-4888-8888-888888888888";
const otherItems = "99999999-9999-4999-8999-999999999999";
const sources = [{ postMortems: otherPages, actionItems: otherItems }];
const query = `POST data_sources/${actionItemsId}/query`;

describe("rows edited lately", () => {
  it("are listed although another data source is refused, whose edits follow once it is shared again", async () => {
    let isShared = false;
    const other = `POST data_sources/${otherItems}/query`;
    const missing = notionError(404, "object_not_found", "Could not find data source.");
    const answers = {
      [query]: list([pageJson("r-1", "")]),
      [other]: () => (isShared ? list([pageJson("r-other", "")]) : missing),
    };
    await using t = await connect(answers, { sources });
    const rows = await t.notion.listRowsEdited(new Date("2026-11-20T10:00:00Z"));
    expect(rows.map(({ id }) => id)).toEqual(["r-1"]);
    expect(t.warnings).toHaveLength(1);
    isShared = true;
    for (const minute of ["10:30", "10:35"]) {
      const since = new Date(`2026-11-20T${minute}:00Z`);
      const all = await t.notion.listRowsEdited(since);
      expect(all.map(({ id }) => id)).toEqual(["r-1", "r-other"]);
    }
    const asked = t.server.requests.filter(({ path }) => path.includes(otherItems));
    const since = asked.map(({ body }) => body.filter.last_edited_time.on_or_after.slice(11, 16));
    expect(since).toEqual(["10:00", "10:00", "10:00", "10:35", "10:35"]);
  });

  it("are refused where every data source is, and where Notion is away", async () => {
    await using t = await connect({}, { sources });
    const refused = { code: "NOTION_NOT_SHARED" };
    await expect(t.notion.listRowsEdited(new Date())).rejects.toMatchObject(refused);
    await expect(t.notion.listPagesEdited(new Date())).rejects.toMatchObject(refused);
    await using away = await connect({ [query]: { socket: "reset" } }, { sources });
    const unavailable = { code: "NOTION_UNAVAILABLE" };
    await expect(away.notion.listRowsEdited(new Date())).rejects.toMatchObject(unavailable);
  });
});
