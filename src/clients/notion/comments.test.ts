/** Promises about comments: plain text, found again, and none where the connection may not comment. */

import { describe, expect, it } from "vitest";
import { connect, list, ok, page } from "../../../test/support/notion-client.ts";
import { notionError } from "../../../test/support/notion-server.ts";

const forbidden = notionError(403, "restricted_resource", "Insufficient permissions.");

describe("addComment", () => {
  it("comments on a page in plain text within Notion's limits", async () => {
    await using t = await connect({ "POST comments": ok({ object: "comment", id: "c" }) });
    expect(await t.notion.addComment(page, `@Ada ${"x".repeat(2500)}`)).toBe(true);
    const [request] = t.server.requests;
    expect(request?.body.parent).toEqual({ page_id: page });
    expect(request?.body.rich_text.map((item: object) => Object.keys(item))).toEqual([
      ["text"],
      ["text"],
    ]);
  });

  it("says so where the connection may not, and throws whatever else goes wrong", async () => {
    await using t = await connect({ "POST comments": forbidden });
    expect(await t.notion.addComment(page, "x")).toBe(false);
    await using gone = await connect({});
    await expect(gone.notion.addComment(page, "x")).rejects.toMatchObject({
      code: "NOTION_PAGE_MISSING",
    });
  });

  it("has succeeded when a 503 names the comment that was saved", async () => {
    const data = { committed_resource_id: "c" };
    const saved = notionError(503, "service_unavailable", "The change was saved", { data });
    await using t = await connect({ "POST comments": saved });
    expect(await t.notion.addComment(page, "x")).toBe(true);
  });
});

describe("hasComment", () => {
  it("finds its text among the open comments, over several pages of them", async () => {
    await using t = await connect({
      "GET comments": ({ query }) =>
        query.get("start_cursor") === null
          ? list([{ object: "comment", id: "c1", rich_text: [{ plain_text: "Other" }] }], "next")
          : list([
              {
                object: "comment",
                id: "c2",
                rich_text: [{ plain_text: "Lost " }, { plain_text: "value" }],
              },
            ]),
    });
    expect(await t.notion.hasComment(page, "Lost value")).toBe(true);
    expect(await t.notion.hasComment(page, "Lost values")).toBe(false);
    expect(t.server.requests[0]?.query.get("block_id")).toBe(page);
  });

  it("finds a text that was cut when it was written", async () => {
    const text = "long ".repeat(3000);
    await using t = await connect({
      "POST comments": ok({ id: "c" }),
      "GET comments": () => list([{ rich_text: written }]),
    });
    await t.notion.addComment(page, text);
    const sent: { text: { content: string } }[] = t.server.requests[0]?.body.rich_text;
    const written = sent.map((item) => ({ plain_text: item.text.content }));
    expect(await t.notion.hasComment(page, text)).toBe(true);
  });

  it("is false where comments can't be read, and for a page that is gone", async () => {
    await using t = await connect({ "GET comments": forbidden });
    expect(await t.notion.hasComment(page, "x")).toBe(false);
    await using gone = await connect({});
    expect(await gone.notion.hasComment(page, "x")).toBe(false);
  });
});
