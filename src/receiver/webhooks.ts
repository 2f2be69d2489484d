/** The webhook routes: verify, read, make durable, answer. What may become valid is never answered with a 4xx. */

import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Vendor } from "../domain/errors.ts";
import type { Key } from "../domain/keys.ts";
import { createComplaints, type Complaints } from "./complaints.ts";
import { withDeadline } from "./deadline.ts";
import type { Intake } from "./intake.ts";
import { createFailures, type Failures } from "./failures.ts";
import { jiraWebhooks, type JiraWebhookOptions } from "./jira.ts";
import type { Metrics } from "./metrics.ts";
import { createHandshakes } from "./notion-handshake.ts";
import { notionWebhooks, type NotionDataSources, type OwnUserId } from "./notion.ts";
import { pagerDutyWebhooks, type PagerDutyWebhookOptions } from "./pagerduty.ts";
import { createRepeats, type Repeats } from "./repeats.ts";
import type { Delivery, Incoming, WebhookVendor } from "./vendor.ts";

export interface Quarantined {
  readonly at: string;
  readonly source: string;
  readonly reason: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface WebhookOptions {
  readonly pagerduty: PagerDutyWebhookOptions;
  readonly notion: {
    /** The verification token; undefined until the handshake, which is all that is taken then. */
    readonly token: string | undefined;
    readonly dataSources: NotionDataSources;
    /** Absent: our own edits are read like others'. */
    readonly ownUserId?: OwnUserId;
  };
  /** Undefined: the Jira half is off. */
  readonly jira: JiraWebhookOptions | undefined;
  /** Looks for new secrets after one was refused; true: there are. Absent: they never change. */
  readonly areSecretsReplaced?: (vendor: Vendor) => Promise<boolean>;
  /** After so many failed signatures from one address it is told to wait. Absent: 1,000. */
  readonly failuresPerMinute?: number;
  /** Told of every webhook with a valid signature. Must not throw. */
  readonly onTaken?: (vendor: Vendor) => void;
  readonly intake: Intake;
  readonly quarantine: (entry: Quarantined) => Promise<void>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => Date;
}

/** One vendor's side of the pipeline. */
interface Receiver extends WebhookOptions {
  readonly source: WebhookVendor;
  readonly complaints: Complaints;
  readonly repeats: Repeats;
  readonly failures: Failures;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

const retryAfterS = 5;
/** A half that is not set up will not be in a minute either. */
const notSetUpRetryAfterS = 600;
const quarantineTimeoutMs = 2_000;

export function addWebhookRoutes(server: FastifyInstance, options: WebhookOptions): void {
  const { pagerduty, jira, metrics } = options;
  const failures = createFailures(options.now, options.failuresPerMinute);
  function add(vendor: Vendor, handler: Handler): void {
    server.post(`/webhooks/${vendor}`, { onError: countRefused(vendor, metrics) }, handler);
  }
  add("pagerduty", handlerOf(pagerDutyWebhooks(pagerduty), failures, options));
  add("notion", notionHandler(failures, options));
  if (jira === undefined) {
    addMissingHalf(server, "jira", metrics);
  } else {
    add("jira", handlerOf(jiraWebhooks(jira), failures, options));
  }
}

function handlerOf(source: WebhookVendor, failures: Failures, options: WebhookOptions): Handler {
  const complaints = createComplaints(source.vendor, options);
  const receiver = { ...options, source, complaints, repeats: createRepeats(), failures };
  return async (request, reply) => {
    const incoming = incomingOf(request);
    if (!source.isAuthentic(incoming)) {
      const pauseS = failures.pauseS(request.socket.remoteAddress);
      if (pauseS !== undefined) {
        metricsOfRefusal(receiver);
        return answerTooOften(reply, pauseS);
      }
      if (!(await isAuthenticNow(incoming, receiver))) {
        return refuse(request, reply, receiver);
      }
    }
    const delivery = source.read(incoming, options.now());
    countRepeat(delivery, receiver);
    return take(incoming.body, delivery, reply, receiver);
  };
}

/** A signature that fits no secret may have been made with one that has just been replaced in its file. */
async function isAuthenticNow(
  incoming: Incoming,
  { source, areSecretsReplaced }: Receiver,
): Promise<boolean> {
  const isSigned = incoming.header(source.signatureHeader) !== undefined;
  return (
    isSigned && (await areSecretsReplaced?.(source.vendor)) === true && source.isAuthentic(incoming)
  );
}

/** Until there is a token only a handshake is taken; the token may turn up in its file while we run. */
function notionHandler(failures: Failures, options: WebhookOptions): Handler {
  const { notion, areSecretsReplaced } = options;
  const source = notionWebhooks(() => notion.token, notion.dataSources, notion.ownUserId);
  const handle = handlerOf(source, failures, options);
  const shakeHands = handshakeHandler(options);
  return async (request, reply) => {
    if (notion.token === undefined) {
      await areSecretsReplaced?.("notion");
    }
    return notion.token === undefined ? shakeHands(request, reply) : handle(request, reply);
  };
}

/** Too large, or not JSON by its type: counted, and answered by the server's error handler. */
function countRefused(vendor: Vendor, metrics: Metrics): () => Promise<void> {
  return async () => {
    metrics.webhook(vendor, "refused");
  };
}

function incomingOf(request: FastifyRequest): Incoming {
  return {
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    header(name) {
      const value = request.headers[name];
      return typeof value === "string" ? value : undefined;
    },
  };
}

/** Without a token there is nobody to trust yet: a handshake is shown to the operator, all else must wait. */
function handshakeHandler(options: WebhookOptions): Handler {
  const { metrics } = options;
  const vendor = "notion";
  const complaints = createComplaints(vendor, options);
  const handshakes = createHandshakes(options);
  return async (request, reply) => {
    const result = handshakes.take(incomingOf(request), request.socket.remoteAddress);
    switch (result) {
      case "shown":
        metrics.webhook(vendor, "accepted");
        return reply.code(202).send({ status: "accepted" });
      case "forged":
        metrics.webhook(vendor, "unauthorized");
        return answerUnauthorized(reply, "WEBHOOK_SIGNATURE_INVALID");
      case "none":
        metrics.webhook(vendor, "unavailable");
        complaints.notSetUp({ code: "WEBHOOK_NOT_SET_UP", from: request.socket.remoteAddress });
        return answerNotSetUp(
          reply,
          "webhooks of notion are not taken before NOTION_WEBHOOK_TOKEN",
        );
    }
  };
}

/** A 4xx would lose what is sent, so the body is not even looked at. */
function addMissingHalf(server: FastifyInstance, vendor: Vendor, metrics: Metrics): void {
  async function answer(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    metrics.webhook(vendor, "unavailable");
    return answerNotSetUp(reply, `webhooks of ${vendor} are not set up here`);
  }
  server.post(`/webhooks/${vendor}`, { onRequest: answer }, answer);
}

function answerNotSetUp(reply: FastifyReply, message: string): FastifyReply {
  return reply
    .code(503)
    .header("retry-after", String(notSetUpRetryAfterS))
    .send({ code: "WEBHOOK_NOT_SET_UP", message });
}

function refuse(request: FastifyRequest, reply: FastifyReply, receiver: Receiver): FastifyReply {
  const { complaints, source, failures } = receiver;
  const isMissing = request.headers[source.signatureHeader] === undefined;
  const code = isMissing ? "WEBHOOK_SIGNATURE_MISSING" : "WEBHOOK_SIGNATURE_INVALID";
  metricsOfRefusal(receiver);
  const from = request.socket.remoteAddress;
  failures.count(from);
  complaints.unauthorized({ code, from, ...source.describe?.(incomingOf(request)) });
  return answerUnauthorized(reply, code);
}

function metricsOfRefusal({ metrics, source }: Receiver): void {
  metrics.webhook(source.vendor, "unauthorized");
}

/** Neither logged nor looked into any further; vendors send again what was answered like this. */
function answerTooOften(reply: FastifyReply, pauseS: number): FastifyReply {
  return reply
    .code(429)
    .headers({ "retry-after": String(pauseS), connection: "close" })
    .send({ code: "WEBHOOK_REFUSED_TOO_OFTEN", message: "too many signatures that fit no secret" });
}

function answerUnauthorized(
  reply: FastifyReply,
  code: "WEBHOOK_SIGNATURE_MISSING" | "WEBHOOK_SIGNATURE_INVALID",
): FastifyReply {
  const isMissing = code === "WEBHOOK_SIGNATURE_MISSING";
  const message = isMissing ? "no signature" : "the signature matches no secret";
  return reply.code(401).send({ code, message });
}

/** For a metric only: a repeat is handled like any other webhook. */
function countRepeat({ id, isRetry }: Delivery, { repeats, metrics, source }: Receiver): void {
  const isKnown = id !== undefined && repeats.isRepeat(id);
  if (isKnown || isRetry === true) {
    metrics.repeated(source.vendor);
  }
}

async function take(
  body: Buffer,
  { reading }: Delivery,
  reply: FastifyReply,
  receiver: Receiver,
): Promise<FastifyReply> {
  const { metrics, complaints } = receiver;
  const { vendor } = receiver.source;
  receiver.onTaken?.(vendor);
  switch (reading.kind) {
    case "ignored":
      metrics.webhook(vendor, "ignored");
      if (reading.advice !== undefined) {
        complaints.advise(reading.advice);
      }
      return reply.code(202).send({ status: "ignored", reason: reading.reason });
    case "unusable":
      metrics.webhook(vendor, "quarantined");
      await quarantine(body, reading.reason, receiver);
      return reply.code(202).send({ status: "quarantined", reason: reading.reason });
    case "hint":
      return accept(reading.keys, reply, receiver);
  }
}

async function accept(
  keys: readonly Key[],
  reply: FastifyReply,
  { intake, metrics, complaints, source }: Receiver,
): Promise<FastifyReply> {
  try {
    await intake.accept(...keys);
  } catch (error) {
    metrics.webhook(source.vendor, "unavailable");
    complaints.notStored({ err: error, code: "STORE_UNAVAILABLE" });
    return reply
      .code(503)
      .header("retry-after", String(retryAfterS))
      .send({ code: "STORE_UNAVAILABLE", message: "not stored, send it again" });
  }
  metrics.webhook(source.vendor, "accepted");
  return reply.code(202).send({ status: "accepted" });
}

/** Of an unusable body only its hash, size and the reason are kept; failing to keep them changes nothing. */
async function quarantine(body: Buffer, reason: string, receiver: Receiver): Promise<void> {
  const sha256 = createHash("sha256").update(body).digest("hex");
  const entry = { source: receiver.source.vendor, reason, sha256, bytes: body.byteLength };
  receiver.complaints.unusable(entry);
  try {
    const written = receiver.quarantine({ at: receiver.now().toISOString(), ...entry });
    await withDeadline(written, quarantineTimeoutMs, "writing the quarantine");
  } catch (error) {
    receiver.complaints.notQuarantined({ err: error });
  }
}
