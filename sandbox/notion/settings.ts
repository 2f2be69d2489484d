/** The switches of the Notion stand-in, for what differs by plan, by day or by luck. */

import { z } from "zod";

/** Everything has a default; POST /_sandbox/settings changes single switches. */
export const Settings = z.strictObject({
  /** How far queries and search trail behind writes, by the clock: base, and most on top of it. */
  queryLagMs: z.number().nonnegative().default(2_000),
  queryLagJitterMs: z.number().nonnegative().default(1_000),
  rateLimitOn: z.boolean().default(true),
  /** Requests per window. */
  rateLimit: z.number().int().positive().default(180),
  rateWindowMs: z.number().positive().default(60_000),
  /** Every call is answered 429 public_api_request_blocked. */
  blocked: z.boolean().default(false),
  /** A write holds its parent for this long (real time); another write to it gets 409. */
  holdWritesMs: z.number().nonnegative().default(0),
  /** Views whose filter asks for a relation are refused with 400. */
  refuseRelationViews: z.boolean().default(false),
  /** Rows can only be added at the end of a table; other positions get 400. */
  refuseTablePositions: z.boolean().default(false),
  /** The user capability of the connection. */
  userInformation: z.enum(["with email", "without email", "none"]).default("with email"),
  /** Whether the connection has the capabilities to read and insert comments. */
  comments: z.boolean().default(true),
  /** Changes of one entity within this time (by the clock) make one webhook. */
  webhookWindowMs: z.number().nonnegative().default(1_000),
});
export type Settings = z.infer<typeof Settings>;
