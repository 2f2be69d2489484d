/** Notion's own SDK against the sandbox: a post-mortem from create to action items, and its errors. */

import {
  APIErrorCode,
  Client,
  isNotionClientError,
  verifyWebhookSignature,
} from "@notionhq/client";
import { describe, expect, it } from "vitest";
import { startReceiver } from "../../sandbox/core/receiver.ts";
import { startNotionSandbox, type NotionSandbox } from "../../sandbox/notion/sandbox.ts";

function connect(
  notion: NotionSandbox,
  token = notion.environment()["NOTION_TOKEN"] ?? "",
): Client {
  return new Client({
    auth: token,
    baseUrl: notion.url,
    notionVersion: "2026-03-11",
    retry: false,
    logger: () => undefined,
  });
}

function text(content: string): { text: { content: string } }[] {
  return [{ text: { content } }];
}

describe("the official SDK on the Notion sandbox", () => {
  it("writes a whole post-mortem, reads it back and finds its action items", async () => {
    await using notion = await startNotionSandbox({
      settings: { queryLagMs: 0, queryLagJitterMs: 0 },
    });
    const sdk = connect(notion);
    const { postMortems, actionItems } = notion.ids;
    const me = await sdk.users.me({});
    const page = await sdk.pages.create({
      parent: { data_source_id: postMortems },
      icon: { emoji: "🚨" },
      properties: {
        Name: { title: text("Checkout is down") },
        "Incident ID": { rich_text: text("Q1ABCDEF") },
        Severity: { select: { name: "P1" } },
        Started: { date: { start: "2026-11-20T10:02:11Z" } },
        Incident: { url: "https://acme.example/incidents/Q1ABCDEF" },
      },
      children: [
        { callout: { rich_text: text("Facts"), icon: { emoji: "ℹ️" }, color: "gray_background" } },
        { heading_2: { rich_text: text("Timeline") } },
        {
          table: {
            table_width: 3,
            has_column_header: true,
            children: [
              { table_row: { cells: [text("Time (UTC)"), text("Event"), text("Actor")] } },
              { table_row: { cells: [text("10:02:11"), text("Triggered"), text("Monitor")] } },
            ],
          },
        },
        { heading_2: { rich_text: text("Action items") } },
      ],
    });
    const view = await sdk.views.create({
      data_source_id: actionItems,
      name: "Action items",
      type: "table",
      create_database: { parent: { type: "page_id", page_id: page.id } },
      // The SDK types the filter as an empty object.
      filter: { property: "Post-mortem", relation: { contains: page.id } } as never,
    });

    const blocks = await sdk.blocks.children.list({ block_id: page.id });
    const types = blocks.results.map((block) => ("type" in block ? block.type : ""));
    expect(types).toEqual(["callout", "heading_2", "table", "heading_2", "child_database"]);
    const table = blocks.results[2]?.id ?? "";
    const appended = await sdk.blocks.children.append({
      block_id: table,
      children: [
        { table_row: { cells: [text("10:03:00"), text("Acknowledged"), text("Ada Okafor")] } },
      ],
      position: { type: "end" },
    });
    expect(appended.results[0]).toMatchObject({ type: "table_row", last_edited_by: { id: me.id } });

    await sdk.pages.update({ page_id: page.id, properties: { "Duration min": { number: 42 } } });
    const found = await sdk.dataSources.query({
      data_source_id: postMortems,
      filter: { property: "Incident ID", rich_text: { equals: "Q1ABCDEF" } },
    });
    expect(found.results).toMatchObject([
      { id: page.id, properties: { "Duration min": { number: 42 } } },
    ]);

    const item = notion.act({ do: "addActionItem", title: "Alert on it", postMortem: page.id }).id;
    const rows = await sdk.views.queries.create({ view_id: view.id });
    expect(rows.results).toEqual([{ object: "page", id: item }]);
  });

  it("reports refusals under Notion's codes, with what they carry", async () => {
    await using notion = await startNotionSandbox();
    const sdk = connect(notion);
    const wrong = await connect(notion, "nonsense")
      .users.me({})
      .catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: APIErrorCode.Unauthorized, status: 401 });
    notion.loseAnswers({});
    const lost = await sdk.pages
      .create({
        parent: { data_source_id: notion.ids.postMortems },
        properties: { Name: { title: text("x") } },
      })
      .catch((error: unknown) => error);
    expect(isNotionClientError(lost)).toBe(true);
    const [page] = notion.pages("Post-mortems");
    expect(lost).toMatchObject({
      code: APIErrorCode.ServiceUnavailable,
      additional_data: { committed_resource_id: page?.id },
    });
    notion.configure({ rateLimit: 1 });
    await sdk.users.me({}).catch(() => undefined);
    const limited = await sdk.users.me({}).catch((error: unknown) => error);
    expect(limited).toMatchObject({ code: APIErrorCode.RateLimited });
    expect((limited as { headers: Headers }).headers.get("retry-after")).toMatch(/^\d+$/u);
  });

  it("accepts the signatures of the sandbox's webhooks", async () => {
    await using receiver = await startReceiver();
    await using notion = await startNotionSandbox({ settings: { webhookWindowMs: 0 } });
    const { verificationToken } = notion.setWebhook({ url: receiver.url });
    notion.act({ do: "addActionItem", title: "Prüfen 🔥" });
    await expect.poll(() => receiver.received.length).toBeGreaterThan(0);
    for (const { body, headers } of receiver.received) {
      const signature = String(headers["x-notion-signature"]);
      expect(await verifyWebhookSignature({ body, signature, verificationToken })).toBe(true);
    }
  });
});
