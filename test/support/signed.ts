/** Webhooks as a test makes them itself: bodies, signatures, and the answer with its time. */

import { createHmac } from "node:crypto";

/** As PagerDuty signs. */
export function signatureOf(body: string | Buffer, secret: string): string {
  return `v1=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** As Notion and Jira sign. */
export function sha256SignatureOf(body: string | Buffer, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** The body of an event about an incident; only what every event has. */
export function eventBody(incident: string, type = "incident.triggered"): string {
  return JSON.stringify({
    event: {
      id: `01${incident}`,
      event_type: type,
      resource_type: "incident",
      occurred_at: new Date().toISOString(),
      agent: null,
      client: null,
      data: { id: incident, type: "incident" },
    },
  });
}

export interface Answered {
  readonly status: number;
  readonly tookMs: number;
  readonly retryAfter: string | null;
}

/** Posts a body as PagerDuty; the header is left out where no signature is given. */
export async function post(
  url: string,
  body: string | Buffer<ArrayBuffer>,
  signature: string | undefined,
): Promise<Answered> {
  return postAs(
    `${url}/webhooks/pagerduty`,
    body,
    signature === undefined ? {} : { "x-pagerduty-signature": signature },
  );
}

/** Posts a body to a vendor's route with the headers that are given. */
export async function postAs(
  url: string,
  body: string | Buffer<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
): Promise<Answered> {
  const began = performance.now();
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  await response.arrayBuffer();
  const tookMs = performance.now() - began;
  return { status: response.status, tookMs, retryAfter: response.headers.get("retry-after") };
}
