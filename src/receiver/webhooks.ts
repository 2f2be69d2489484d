/** The webhook routes: verify, read, make durable, answer. What may become valid is never answered with a 4xx. */

import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Intake } from "./intake.ts";
import type { Metrics } from "./metrics.ts";
import { readPagerDutyWebhook } from "./pagerduty.ts";
import { createRepeats } from "./repeats.ts";
import { isSignedByPagerDuty } from "./signature.ts";

export interface Quarantined {
  readonly at: string;
  readonly source: string;
  readonly reason: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface WebhookOptions {
  /** Valid for any subscription … */
  readonly webhookSecrets: readonly string[];
  /** … but for those that have their own, by subscription id. */
  readonly subscriptionSecrets: Readonly<Record<string, readonly string[]>>;
  readonly intake: Intake;
  readonly quarantine: (entry: Quarantined) => Promise<void>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => Date;
}

const retryAfterS = 5;
/** A half that is not set up will not be in a minute either. */
const notSetUpRetryAfterS = 600;

export function addWebhookRoutes(server: FastifyInstance, options: WebhookOptions): void {
  const repeats = createRepeats();

  server.post("/webhooks/pagerduty", async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isAuthentic(request, body, options)) {
      return refuse(request, reply, options);
    }
    const deliveryId = header(request, "x-webhook-id");
    if (deliveryId !== undefined && repeats.isRepeat(deliveryId)) {
      options.metrics.repeated("pagerduty");
    }
    return take(body, reply, options);
  });

  for (const vendor of ["notion", "jira"]) {
    // Named in the contract and not part of this version. A 4xx would lose what is sent.
    server.post(`/webhooks/${vendor}`, async (_request, reply) => {
      options.metrics.webhook(vendor, "unavailable");
      const message = `webhooks of ${vendor} are not taken by this version`;
      return reply
        .code(503)
        .header("retry-after", String(notSetUpRetryAfterS))
        .send({ code: "WEBHOOK_NOT_SET_UP", message });
    });
  }
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}

function isAuthentic(request: FastifyRequest, body: Buffer, options: WebhookOptions): boolean {
  const subscription = header(request, "x-webhook-subscription") ?? "";
  const own = Object.hasOwn(options.subscriptionSecrets, subscription)
    ? options.subscriptionSecrets[subscription]
    : undefined;
  const signature = header(request, "x-pagerduty-signature") ?? "";
  return isSignedByPagerDuty(body, signature, own ?? options.webhookSecrets);
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  { metrics, log }: WebhookOptions,
): FastifyReply {
  const isMissing = request.headers["x-pagerduty-signature"] === undefined;
  const code = isMissing ? "WEBHOOK_SIGNATURE_MISSING" : "WEBHOOK_SIGNATURE_INVALID";
  metrics.webhook("pagerduty", "unauthorized");
  // Three of these in a row and PagerDuty disables the subscription.
  log.warn(
    {
      code,
      from: request.socket.remoteAddress,
      subscription: request.headers["x-webhook-subscription"],
    },
    "webhook without a valid signature",
  );
  const message = isMissing ? "no signature" : "the signature matches no secret";
  return reply.code(401).send({ code, message });
}

async function take(
  body: Buffer,
  reply: FastifyReply,
  options: WebhookOptions,
): Promise<FastifyReply> {
  const { intake, metrics, log, now } = options;
  const reading = readPagerDutyWebhook(body, now());
  switch (reading.kind) {
    case "ignored":
      metrics.webhook("pagerduty", "ignored");
      return reply.code(202).send({ status: "ignored", reason: reading.reason });
    case "unusable":
      metrics.webhook("pagerduty", "quarantined");
      await quarantine(body, reading.reason, options);
      return reply.code(202).send({ status: "quarantined", reason: reading.reason });
    case "hint":
      try {
        await intake.accept(reading.key);
      } catch (error) {
        metrics.webhook("pagerduty", "unavailable");
        log.error({ err: error, code: "STORE_UNAVAILABLE" }, "webhook could not be made durable");
        return reply
          .code(503)
          .header("retry-after", String(retryAfterS))
          .send({ code: "STORE_UNAVAILABLE", message: "not stored, send it again" });
      }
      metrics.webhook("pagerduty", "accepted");
      return reply.code(202).send({ status: "accepted" });
  }
}

/** Of an unusable body only its hash, size and the reason are kept; failing to keep them changes nothing. */
async function quarantine(body: Buffer, reason: string, options: WebhookOptions): Promise<void> {
  const sha256 = createHash("sha256").update(body).digest("hex");
  const entry = { source: "pagerduty", reason, sha256, bytes: body.byteLength };
  options.log.warn(entry, "signed webhook of no use, quarantined");
  try {
    await options.quarantine({ at: options.now().toISOString(), ...entry });
  } catch (error) {
    options.log.warn({ err: error }, "quarantine could not be written");
  }
}
