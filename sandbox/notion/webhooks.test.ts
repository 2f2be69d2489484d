/** The promises of the webhooks: signed, merged, retried, and only for what is shared. */

import { describe, expect, it } from "vitest";
import { startReceiver, type Receiver } from "../core/receiver.ts";
import type { NotionSandbox } from "./sandbox.ts";
import { call, createPostMortem, paragraph, startWorkspace, text } from "./testing.ts";
import { signatureOf } from "./webhooks.ts";

interface Event {
  readonly id: string;
  readonly type: string;
  readonly attempt_number: number;
  readonly authors: { id: string; type: string }[];
  readonly entity: { id: string; type: string };
  readonly data: {
    parent: object;
    updated_properties?: string[];
    updated_blocks?: { id: string }[];
  };
}

function eventsOf(receiver: Receiver): Event[] {
  return receiver.received.map(({ body }) => JSON.parse(body) as Event);
}

/** Lets the aggregation window pass and what was sent arrive. */
async function settle(notion: NotionSandbox, byMs = 1_000): Promise<void> {
  await notion.clock.advance(byMs);
  await expect.poll(() => notion.pendingWebhooks()).toBe(0);
}

describe("the subscription", () => {
  it.each(["signed", "unsigned"] as const)(
    "begins with a %s handshake and waits for its token",
    async (handshake) => {
      await using receiver = await startReceiver();
      await using notion = await startWorkspace();
      const { verificationToken } = notion.setWebhook({ url: receiver.url, handshake });
      await expect.poll(() => receiver.received.length).toBe(1);
      const [first] = receiver.received;
      expect(JSON.parse(first?.body ?? "")).toEqual({ verification_token: verificationToken });
      const signature = signatureOf(first?.body ?? "", verificationToken);
      expect(first?.headers["x-notion-signature"]).toBe(
        handshake === "signed" ? signature : undefined,
      );
      await createPostMortem(notion, "Before");
      await settle(notion);
      expect(receiver.received).toHaveLength(1);
      expect(notion.confirmWebhook("wrong")).toBe(false);
      expect(notion.confirmWebhook(verificationToken)).toBe(true);
      await createPostMortem(notion, "After");
      await settle(notion);
      expect(receiver.received.length).toBeGreaterThan(1);
    },
  );
});

describe("webhooks", () => {
  it("are signed over the raw body and tell of our own edits, too", async () => {
    await using receiver = await startReceiver();
    await using notion = await startWorkspace({ webhookTarget: receiver.url });
    const { verificationToken } = notion.setWebhook();
    const id = await createPostMortem(notion, "One");
    await settle(notion);
    for (const { body, headers } of receiver.received) {
      expect(headers["x-notion-signature"]).toBe(signatureOf(body, verificationToken));
    }
    const created = eventsOf(receiver).find(({ type }) => type === "page.created");
    expect(created).toMatchObject({
      attempt_number: 1,
      api_version: "2026-03-11",
      authors: [{ id: notion.ids.bot, type: "bot" }],
      entity: { id, type: "page" },
      data: { parent: { type: "database", data_source_id: notion.ids.postMortems } },
    });
    expect(JSON.stringify(created)).not.toContain("One");
  });

  it("merge what changes of one page within the window, with all its authors", async () => {
    await using receiver = await startReceiver();
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One", { children: [paragraph("a")] });
    notion.setWebhook({ url: receiver.url });
    await call(notion, `PATCH /pages/${id}`, { properties: { Sync: { rich_text: text("x") } } });
    notion.act({ do: "editProperty", page: id, property: "Severity", value: "P1" });
    notion.act({ do: "editText", block: notion.page(id)?.blocks[0]?.id ?? "", text: "b" });
    await settle(notion);
    const events = eventsOf(receiver);
    expect(events.map(({ type }) => type).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "page.content_updated",
      "page.properties_updated",
    ]);
    const merged = events.find(({ type }) => type === "page.properties_updated");
    expect(merged?.authors.map(({ type }) => type)).toEqual(["bot", "person"]);
    expect(merged?.data.updated_properties).toHaveLength(2);
  });

  it("are retried up to 8 times under one id, over about a day", async () => {
    await using receiver = await startReceiver();
    await using notion = await startWorkspace();
    notion.setWebhook({ url: receiver.url });
    receiver.answer = () => 500;
    notion.act({ do: "renameOption", dataSource: "Post-mortems", from: "Live", to: "Hot" });
    await notion.clock.advance(1_000);
    for (const [attempt, pauseS] of [60, 240, 960, 3_840, 10_000, 25_000, 46_000, 1e6].entries()) {
      await expect.poll(() => notion.deliveries().length).toBe(attempt + 1);
      await notion.clock.advance(pauseS * 1_000);
    }
    const events = eventsOf(receiver);
    expect(events.map(({ attempt_number }) => attempt_number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    expect(notion.pendingWebhooks()).toBe(0);
  });

  it("can be duplicated with a higher attempt number, dropped and reordered", async () => {
    await using receiver = await startReceiver();
    await using notion = await startWorkspace();
    const [one, two] = [await createPostMortem(notion, "1"), await createPostMortem(notion, "2")];
    notion.setWebhook({ url: receiver.url });
    notion.faults.add({
      kind: "duplicate-webhook",
      match: { event: "page.deleted" },
      copies: 1,
      times: 1,
    });
    notion.faults.add({ kind: "drop-webhook", match: { event: "data_source" } });
    notion.act({ do: "trashPage", page: one });
    await settle(notion);
    expect(eventsOf(receiver).map(({ attempt_number }) => attempt_number)).toEqual([1, 2]);
    notion.faults.add({
      kind: "reorder-webhooks",
      match: { event: "page.deleted" },
      delayMs: 5_000,
      times: 1,
    });
    notion.act({ do: "trashPage", page: two });
    await notion.clock.advance(1_500);
    notion.act({ do: "restorePage", page: two });
    await notion.clock.advance(1_500);
    await expect.poll(() => receiver.received.length).toBe(3);
    await settle(notion, 5_000);
    expect(
      eventsOf(receiver)
        .map(({ type }) => type)
        .slice(2),
    ).toEqual(["page.undeleted", "page.deleted"]);
  });

  it("come only for what is shared with the connection", async () => {
    await using receiver = await startReceiver();
    await using notion = await startWorkspace();
    notion.setWebhook({ url: receiver.url });
    notion.act({ do: "unshare", dataSource: "Action items" });
    notion.act({ do: "addActionItem", title: "Secret" });
    await settle(notion);
    expect(receiver.received).toEqual([]);
  });

  it("call the database of a linked view a block", async () => {
    await using receiver = await startReceiver();
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One");
    notion.setWebhook({ url: receiver.url });
    await call(notion, "POST /views", {
      data_source_id: notion.ids.actionItems,
      name: "Action items",
      type: "table",
      create_database: { parent: { type: "page_id", page_id: id } },
    });
    await settle(notion);
    expect(eventsOf(receiver)).toContainEqual(
      expect.objectContaining({
        type: "database.created",
        entity: { id: notion.page(id)?.blocks[0]?.id, type: "block" },
        data: { parent: { id, type: "page" } },
      }),
    );
  });
});
