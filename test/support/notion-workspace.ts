/** The Notion client against a fresh sandbox, which knows the vendor's rules and nothing of the client. */

import { realClock } from "../../sandbox/core/clock.ts";
import { startNotionSandbox, type NotionSandbox } from "../../sandbox/notion/sandbox.ts";
import { createNotion, type NotionOptions } from "../../src/clients/notion/client.ts";
import type { Notion } from "../../src/clients/notion/notion.ts";
import { openMemoryGate } from "./notion-server.ts";

export interface Workspace extends AsyncDisposable {
  readonly sandbox: NotionSandbox;
  readonly notion: Notion;
  /** Another client of the same connection. */
  readonly connect: (more: Pick<Partial<NotionOptions>, "sources">) => Notion;
}

/** Starts a sandbox on a free port, by the real clock, and a client of its default data sources. */
export async function openWorkspace(): Promise<Workspace> {
  const clock = realClock();
  const webhookTarget = "http://127.0.0.1:9";
  const sandbox = await startNotionSandbox({ clock, seed: 1, webhookTarget, port: 0 });
  const environment: Readonly<Record<string, string | undefined>> = sandbox.environment();
  function connect(more: Pick<Partial<NotionOptions>, "sources">): Notion {
    return createNotion({
      apiUrl: environment["NOTION_API_URL"] ?? "",
      token: environment["NOTION_TOKEN"] ?? "",
      postMortemsId: environment["NOTION_POSTMORTEMS_ID"] ?? "",
      actionItemsId: environment["NOTION_ACTION_ITEMS_ID"] ?? "",
      itemStatuses: ["Open", "In progress", "Done", "Won't do"],
      requestTimeoutMs: 5000,
      unauthorizedPauseMs: 60_000,
      gate: openMemoryGate(),
      log: { warn: () => undefined },
      now: () => new Date(),
      ...more,
    });
  }
  return {
    sandbox,
    notion: connect({}),
    connect,
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      clock.close();
    },
  };
}
