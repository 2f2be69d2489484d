/** A Notion webhook body becomes a hint, or a reason why it is none. Only verified bodies come here. */

import { z } from "zod";
import { actionItemKey, pageId, parseUuid, postMortemKey, rowCreatedKey } from "../domain/keys.ts";
import { isTooOld, parseJson, type Advice, type Reading } from "./reading.ts";
import { isSignedByNotion } from "./signature.ts";
import type { Delivery, WebhookVendor } from "./vendor.ts";

/** Ids of the data sources whose pages are ours; several where routes have their own. */
export interface NotionDataSources {
  readonly actionItems: ReadonlySet<string>;
  readonly postMortems: ReadonlySet<string>;
}

/** Who our own edits are made by, as far as it is known yet. */
export type OwnUserId = () => string | undefined;

export const signatureHeader = "x-notion-signature";

/**
 * Notion for the webhook pipeline (https://developers.notion.com/reference/webhooks). The token is asked for
 * with each webhook; while there is none, none is authentic.
 */
export function notionWebhooks(
  token: () => string | undefined,
  dataSources: NotionDataSources,
  ownUserId: OwnUserId = () => undefined,
): WebhookVendor {
  const ours = {
    actionItems: canonical(dataSources.actionItems),
    postMortems: canonical(dataSources.postMortems),
  };
  return {
    vendor: "notion",
    signatureHeader,
    isAuthentic({ body, header }) {
      const current = token();
      const tokens = current === undefined ? [] : [current];
      return isSignedByNotion(body, header(signatureHeader) ?? "", tokens);
    },
    read: ({ body }, now) => readNotionWebhook(body, { ...ours, ownUserId: ownUserId() }, now),
  };
}

/** Ids may be configured without dashes and in any case; Notion sends them in one form. */
function canonical(ids: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...ids].map((id) => parseUuid(id) ?? id));
}

const text = z.string().nullish().catch(undefined);

/** Picks only what leads to the page; payloads hold no content anyway (docs/vendors/notion.md). */
const Envelope = z.object({
  type: z.string(),
  id: text,
  timestamp: text,
  authors: z
    .array(z.object({ id: text }).nullish().catch(undefined))
    .nullish()
    .catch(undefined),
  attempt_number: z.number().nullish().catch(undefined),
  entity: z.object({ id: text, type: text }).nullish().catch(undefined),
  data: z
    .object({
      parent: z.object({ type: text, data_source_id: text }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});
type Envelope = z.infer<typeof Envelope>;

/** A page that any of these happens to may have left our data sources, or come back. */
const leaving: ReadonlySet<string> = new Set(["page.moved", "page.deleted", "page.undeleted"]);

const oldVersion: Advice = {
  code: "NOTION_WEBHOOK_VERSION",
  message:
    "Notion's webhooks name no data source: choose the newest API version for the subscription",
};

/** What tells our pages and our own edits from others'. */
interface Ours extends NotionDataSources {
  readonly ownUserId?: string | undefined;
}

/** Takes the verified raw body, what is ours and the time now. Never throws, whatever the bytes are. */
export function readNotionWebhook(body: Uint8Array, ours: Ours, now: Date): Delivery {
  const json = parseJson(body);
  if (json === undefined) {
    return { reading: { kind: "unusable", reason: "NotJson" } };
  }
  const parsed = Envelope.safeParse(json);
  if (parsed.success) {
    return {
      reading: readEvent(parsed.data, ours, now),
      id: parsed.data.id ?? undefined,
      isRetry: (parsed.data.attempt_number ?? 1) > 1,
    };
  }
  const isHandshake = z.object({ verification_token: z.string() }).safeParse(json).success;
  return {
    reading: isHandshake
      ? { kind: "ignored", reason: "Handshake" }
      : { kind: "unusable", reason: "NotAnEnvelope" },
  };
}

function readEvent(event: Envelope, ours: Ours, now: Date): Reading {
  if (isTooOld(Date.parse(event.timestamp ?? ""), now)) {
    return { kind: "ignored", reason: "TooOld" };
  }
  if (!event.type.startsWith("page.")) {
    return { kind: "ignored", reason: "NoPage" };
  }
  const keyOf = keyFor(event, ours);
  if (keyOf === undefined) {
    const parent = event.data?.parent;
    const isUnnamed = parent?.type === "database" && typeof parent.data_source_id !== "string";
    return isUnnamed
      ? { kind: "ignored", reason: "DataSourceUnnamed", advice: oldVersion }
      : { kind: "ignored", reason: "OtherPage" };
  }
  if (keyOf === postMortemKey && isOwnEdit(event, ours.ownUserId)) {
    return { kind: "ignored", reason: "OwnEdit" };
  }
  const id = parseUuid(event.entity?.id ?? "");
  if (id === undefined) {
    return { kind: "unusable", reason: "PageIdInvalid" };
  }
  const at = new Date(event.timestamp ?? "");
  const isNew = keyOf === actionItemKey && event.type === "page.created" && at.getTime() > 0;
  const key = isNew ? rowCreatedKey(pageId(id), at) : keyOf(pageId(id));
  return { kind: "hint", keys: [key], eventType: event.type };
}

/** Nothing on a page of a post-mortem follows from what we wrote there; a row is read all the same. */
function isOwnEdit({ authors }: Envelope, own: string | undefined): boolean {
  const ids = (authors ?? []).map((author) => author?.id);
  return own !== undefined && ids.length > 0 && ids.every((id) => id === own);
}

/** Whose page it is, by the data source that it stands in now. */
function keyFor(
  { type, data }: Envelope,
  { actionItems, postMortems }: NotionDataSources,
): typeof actionItemKey | undefined {
  const dataSource = parseUuid(data?.parent?.data_source_id ?? "") ?? "";
  if (actionItems.has(dataSource)) {
    return actionItemKey;
  }
  if (postMortems.has(dataSource)) {
    return postMortemKey;
  }
  return leaving.has(type) ? actionItemKey : undefined;
}
