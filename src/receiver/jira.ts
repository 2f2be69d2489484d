/** A Jira webhook body becomes hints, or a reason why it is none. Only verified bodies come here. */

import { z } from "zod";
import { commonLabel, itemLabel } from "../domain/action-item.ts";
import {
  actionItemKey,
  issueKey,
  pageId,
  parseIssueId,
  parseUuid,
  type Key,
} from "../domain/keys.ts";
import { isTooOld, parseJson, type Reading } from "./reading.ts";
import { isSignedByJira } from "./signature.ts";
import type { WebhookVendor } from "./vendor.ts";

export interface JiraWebhookOptions {
  /** Those that hold at the moment: read for each webhook. */
  readonly secrets: readonly string[];
}

const signatureHeader = "x-hub-signature";

/** Jira for the webhook pipeline (https://developer.atlassian.com/cloud/jira/platform/webhooks). */
export function jiraWebhooks(options: JiraWebhookOptions): WebhookVendor {
  return {
    vendor: "jira",
    signatureHeader,
    isAuthentic: ({ body, header }) =>
      isSignedByJira(body, header(signatureHeader) ?? "", options.secrets),
    read: ({ body, header }, now) => ({
      reading: readJiraWebhook(body, now),
      id: header("x-atlassian-webhook-identifier"),
    }),
  };
}

/**
 * Picks only what leads to the row: bodies hold wiki text, changelog items with an own `toString`, and parts
 * that are missing or malformed (docs/vendors/jira.md).
 */
const Envelope = z.object({
  webhookEvent: z.string(),
  timestamp: z.number().nullish().catch(undefined),
  issue: z
    .object({
      id: z.union([z.string(), z.number()]).nullish().catch(undefined),
      fields: z
        .object({ labels: z.array(z.unknown()).nullish().catch(undefined) })
        .nullish()
        .catch(undefined),
    })
    .nullish()
    .catch(undefined),
});
type Envelope = z.infer<typeof Envelope>;

const aboutIssue = /^(jira:issue_(created|updated|deleted)|comment_\w+|issue_property_\w+)$/;
/** An issue is one row's; more labels than that are somebody's copies. */
const rowsMax = 3;

/** Takes the verified raw body and the time now. Never throws, whatever the bytes are. */
export function readJiraWebhook(body: Uint8Array, now: Date): Reading {
  if (body.byteLength === 0) {
    const code = "JIRA_BODY_EXCLUDED";
    const message = 'Jira sends webhooks without a body: switch "Exclude body" off in its webhook';
    return { kind: "ignored", reason: "BodyExcluded", advice: { code, message } };
  }
  const json = parseJson(body);
  if (json === undefined) {
    return { kind: "unusable", reason: "NotJson" };
  }
  const parsed = Envelope.safeParse(json);
  return parsed.success
    ? readEvent(parsed.data, now)
    : { kind: "unusable", reason: "NotAnEnvelope" };
}

function readEvent({ webhookEvent, timestamp, issue }: Envelope, now: Date): Reading {
  if (isTooOld(timestamp ?? Number.NaN, now)) {
    return { kind: "ignored", reason: "TooOld" };
  }
  if (!aboutIssue.test(webhookEvent)) {
    return { kind: "ignored", reason: "NoIssue" };
  }
  const rows = rowKeysOf(issue?.fields?.labels ?? []);
  if (rows.length > 0) {
    return { kind: "hint", keys: rows, eventType: webhookEvent };
  }
  const id = parseIssueId(String(issue?.id ?? ""));
  return id === undefined
    ? { kind: "unusable", reason: "IssueIdInvalid" }
    : { kind: "hint", keys: [issueKey(id)], eventType: webhookEvent };
}

/** The rows that an issue's labels name: ours are made of the row's id. */
function rowKeysOf(labels: readonly unknown[]): readonly Key[] {
  const keys = labels.flatMap((label) => {
    const hex = typeof label === "string" ? label.slice(`${commonLabel}-`.length) : "";
    const row = parseUuid(hex);
    return row !== undefined && label === itemLabel(pageId(row))
      ? [actionItemKey(pageId(row))]
      : [];
  });
  return [...new Set(keys)].slice(0, rowsMax);
}
