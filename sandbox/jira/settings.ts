/** The switches of the Jira stand-in, for what differs by site, by day or by luck. */

import { z } from "zod";

/** Everything has a default; POST /_sandbox/settings changes single switches. */
export const Settings = z.strictObject({
  /** How far the search index trails behind writes, by the clock: base, and most on top of it. */
  searchLagMs: z.number().nonnegative().default(3_000),
  searchLagJitterMs: z.number().nonnegative().default(1_000),
  /** How likely a search misses an issue changed within the last minute, though it is indexed. */
  searchMissProbability: z.number().min(0).max(1).default(0),
  /** A transition holds its issue for this long (real time); another one meanwhile gets 409. */
  holdTransitionsMs: z.number().nonnegative().default(0),
  /** The token bucket per method and route, for the whole site. */
  burstLimitOn: z.boolean().default(false),
  burstSize: z.number().int().positive().default(350),
  burstRefillPerSecond: z.number().positive().default(100),
  /** 20 writes in 2 s and 100 in 30 s to one issue. */
  issueLimitOn: z.boolean().default(false),
  /** A 429 without Retry-After, as the gateway sends now and then. */
  bareRateLimit: z.boolean().default(false),
  /** False: remote links and issue links are switched off for the site. */
  issueLinking: z.boolean().default(true),
  /** How an address that its owner hides is shown. */
  hiddenEmail: z.enum(["absent", "null", "empty"]).default("absent"),
  /** The bot's token has scopes: it is good behind the gateway, and refused on the site itself. */
  scopedToken: z.boolean().default(false),
  /** The language of categories and error texts, which follow the caller's account. */
  language: z.enum(["en", "de"]).default("en"),
  /** A search for an e-mail address finds those, too, whose name begins like it. */
  fuzzyUserSearch: z.boolean().default(false),
  /** Stored documents come back with `localId` attributes and other key order. */
  normalizesAdf: z.boolean().default(false),
});
export type Settings = z.infer<typeof Settings>;
