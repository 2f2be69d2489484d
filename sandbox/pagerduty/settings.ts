/** The switches of the PagerDuty stand-in, for what is undocumented or differs by account. */

import { z } from "zod";

/** Everything has a default; POST /_sandbox/settings changes single switches. */
export const Settings = z.strictObject({
  /** Log entries and alerts are shown in this zone unless time_zone asks for another. */
  accountTimeZone: z.string().default("America/New_York"),
  /** Log entries appear this much later than what they tell of. */
  logEntryLagMs: z.number().nonnegative().default(0),
  logEntryOrder: z.enum(["newest-first", "oldest-first"]).default("newest-first"),
  /** What a limit over 100 does; the vendor does not say. */
  limitAbove100: z.enum(["clamp", "refuse"]).default("clamp"),
  /** Whether `priority` is the full object without an include, as seen, or a reference. */
  fullPriority: z.boolean().default(true),
  /** False: the plan lacks change events, and asking for them gives 402. */
  hasChangeEvents: z.boolean().default(true),
  /** False: the plan lacks priorities, and asking for them gives 402. */
  hasPriorities: z.boolean().default(true),
  requestsPerMinute: z.number().int().positive().default(960),
  /** A 429 without rate-limit headers and without a body. */
  bareRateLimit: z.boolean().default(false),
  /** Two signatures per webhook, the valid one second, as during a rotation of secrets. */
  twoSignatures: z.boolean().default(false),
});
export type Settings = z.infer<typeof Settings>;
