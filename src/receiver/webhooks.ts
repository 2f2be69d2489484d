/** The webhook routes: verify, read, make durable, answer. What may become valid is never answered with a 4xx. */

import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { throttled } from "../domain/throttle.ts";
import { withDeadline } from "./deadline.ts";
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

/** What may go wrong with every webhook of a burst, each said at most ten times a minute. */
interface Complaints {
  readonly unauthorized: (fields: object) => void;
  readonly notStored: (fields: object) => void;
  readonly unusable: (fields: object) => void;
  readonly notQuarantined: (fields: object) => void;
}
type Receiver = WebhookOptions & { readonly complaints: Complaints };

const retryAfterS = 5;
/** A half that is not set up will not be in a minute either. */
const notSetUpRetryAfterS = 600;
const quarantineTimeoutMs = 2_000;
const loggedHeaderMax = 64;

export function addWebhookRoutes(server: FastifyInstance, options: WebhookOptions): void {
  const repeats = createRepeats();
  const receiver = { ...options, complaints: createComplaints(options) };

  /** Too large, or not JSON by its type: counted, and answered by the server's error handler. */
  async function onError(): Promise<void> {
    options.metrics.webhook("pagerduty", "refused");
  }

  server.post("/webhooks/pagerduty", { onError }, async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isAuthentic(request, body, options)) {
      return refuse(request, reply, receiver);
    }
    const deliveryId = header(request, "x-webhook-id");
    if (deliveryId !== undefined && repeats.isRepeat(deliveryId)) {
      options.metrics.repeated("pagerduty");
    }
    return take(body, reply, receiver);
  });

  // Named in the contract and not part of this version.
  addMissingHalf(server, "notion", options.metrics);
  addMissingHalf(server, "jira", options.metrics);
}

/** A 4xx would lose what is sent, so the body is not even looked at. */
function addMissingHalf(server: FastifyInstance, vendor: string, metrics: Metrics): void {
  async function answer(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    metrics.webhook(vendor, "unavailable");
    const message = `webhooks of ${vendor} are not taken by this version`;
    return reply
      .code(503)
      .header("retry-after", String(notSetUpRetryAfterS))
      .send({ code: "WEBHOOK_NOT_SET_UP", message });
  }
  server.post(`/webhooks/${vendor}`, { onRequest: answer }, answer);
}

function createComplaints({ log, now }: WebhookOptions): Complaints {
  function complaint(level: "warn" | "error", message: string): (fields: object) => void {
    const write = throttled(log[level].bind(log), () => now().getTime());
    return (fields) => {
      write(fields, message);
    };
  }
  return {
    // Three of these in a row and PagerDuty disables the subscription.
    unauthorized: complaint("warn", "webhook without a valid signature"),
    notStored: complaint("error", "webhook could not be made durable"),
    unusable: complaint("warn", "signed webhook of no use, quarantined"),
    notQuarantined: complaint("warn", "quarantine could not be written"),
  };
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
  { metrics, complaints }: Receiver,
): FastifyReply {
  const isMissing = request.headers["x-pagerduty-signature"] === undefined;
  const code = isMissing ? "WEBHOOK_SIGNATURE_MISSING" : "WEBHOOK_SIGNATURE_INVALID";
  metrics.webhook("pagerduty", "unauthorized");
  const subscription = header(request, "x-webhook-subscription")?.slice(0, loggedHeaderMax);
  complaints.unauthorized({ code, from: request.socket.remoteAddress, subscription });
  const message = isMissing ? "no signature" : "the signature matches no secret";
  return reply.code(401).send({ code, message });
}

async function take(body: Buffer, reply: FastifyReply, receiver: Receiver): Promise<FastifyReply> {
  const { intake, metrics, complaints, now } = receiver;
  const reading = readPagerDutyWebhook(body, now());
  switch (reading.kind) {
    case "ignored":
      metrics.webhook("pagerduty", "ignored");
      return reply.code(202).send({ status: "ignored", reason: reading.reason });
    case "unusable":
      metrics.webhook("pagerduty", "quarantined");
      await quarantine(body, reading.reason, receiver);
      return reply.code(202).send({ status: "quarantined", reason: reading.reason });
    case "hint":
      try {
        await intake.accept(reading.key);
      } catch (error) {
        metrics.webhook("pagerduty", "unavailable");
        complaints.notStored({ err: error, code: "STORE_UNAVAILABLE" });
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
async function quarantine(body: Buffer, reason: string, receiver: Receiver): Promise<void> {
  const sha256 = createHash("sha256").update(body).digest("hex");
  const entry = { source: "pagerduty", reason, sha256, bytes: body.byteLength };
  receiver.complaints.unusable(entry);
  try {
    const written = receiver.quarantine({ at: receiver.now().toISOString(), ...entry });
    await withDeadline(written, quarantineTimeoutMs, "writing the quarantine");
  } catch (error) {
    receiver.complaints.notQuarantined({ err: error });
  }
}
