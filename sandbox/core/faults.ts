/**
 * Faults on demand. A rule says which requests or webhooks it strikes, what happens then, how
 * often and with what probability; counters tell what was really injected.
 */

import { z } from "zod";
import type { Random } from "./random.ts";

const Times = {
  /** Strikes this many times, then is gone. Absent: until it is removed. */
  times: z.number().int().positive().optional(),
  /** Between 0 and 1. Absent: always. */
  probability: z.number().min(0).max(1).optional(),
};

const RequestMatch = z
  .object({
    method: z.string().optional(),
    /** A regular expression, tried on the path with its query. */
    path: z.string().optional(),
  })
  .default({});

const WebhookMatch = z
  .object({
    /** A regular expression, tried on the event type. */
    event: z.string().optional(),
  })
  .default({});

const headers = z.record(z.string(), z.string()).optional();
const delayMs = z.number().nonnegative();

/** Answers with `status` instead of carrying out the request. */
const StatusFault = z.object({
  kind: z.literal("status"),
  match: RequestMatch,
  status: z.number().int(),
  headers,
  /** Sent as JSON, or as it is when it is a string. Absent: no body at all. */
  body: z.unknown().optional(),
  ...Times,
});

/** Carries out the request, then cuts the socket, or answers `status` (502, 504) if given. */
const LostAnswer = z.object({
  kind: z.literal("lost-answer"),
  match: RequestMatch,
  status: z.number().int().optional(),
  ...Times,
});

/** Carries out the request `delayMs` later; until then silence, or `status` at once if given. */
const LateCommit = z.object({
  kind: z.literal("late-commit"),
  match: RequestMatch,
  delayMs,
  status: z.number().int().optional(),
  ...Times,
});

/** Carries out the request and cuts the socket in the middle of the answer's body. */
const TruncatedBody = z.object({
  kind: z.literal("truncated-body"),
  match: RequestMatch,
  ...Times,
});

/** Cuts the socket without carrying out the request. */
const Reset = z.object({ kind: z.literal("reset"), match: RequestMatch, ...Times });

/** Never answers and never carries out the request. */
const Hang = z.object({ kind: z.literal("hang"), match: RequestMatch, ...Times });

/** Waits `delayMs` (real time) before anything else; combines with the other kinds. */
const Latency = z.object({ kind: z.literal("latency"), match: RequestMatch, delayMs, ...Times });

/** Answers a read with what the same read answered the time before, if there was one. */
const StaleRead = z.object({ kind: z.literal("stale-read"), match: RequestMatch, ...Times });

const DropWebhook = z.object({ kind: z.literal("drop-webhook"), match: WebhookMatch, ...Times });

const DuplicateWebhook = z.object({
  kind: z.literal("duplicate-webhook"),
  match: WebhookMatch,
  /** How many extra copies. */
  copies: z.number().int().positive().default(1),
  ...Times,
});

/** Holds a webhook back by `delayMs` and lets later ones pass it. */
const ReorderWebhooks = z.object({
  kind: z.literal("reorder-webhooks"),
  match: WebhookMatch,
  delayMs: delayMs.default(300),
  ...Times,
});

const RequestFault = z.discriminatedUnion("kind", [
  StatusFault,
  LostAnswer,
  LateCommit,
  TruncatedBody,
  Reset,
  Hang,
  Latency,
  StaleRead,
]);
const WebhookFault = z.discriminatedUnion("kind", [DropWebhook, DuplicateWebhook, ReorderWebhooks]);

type RequestFault = z.infer<typeof RequestFault>;
type WebhookFault = z.infer<typeof WebhookFault>;

const FaultRule = z.union([RequestFault, WebhookFault]);

/** What a caller writes: the defaults may be left out. */
export type FaultRule = z.input<typeof FaultRule>;

/** What strikes one request: the latencies added up, and at most one other fault. */
export interface RequestStrike {
  readonly latencyMs: number;
  readonly fault?: Exclude<RequestFault, { kind: "latency" }>;
}

export interface Faults {
  /** Takes a rule, as an object or as unchecked JSON; a ZodError if it is not one. Gives its id. */
  add(rule: FaultRule): string;
  addUnchecked(rule: unknown): string;
  remove(id: string): boolean;
  clear(): void;
  list(): readonly { readonly id: string; readonly rule: RequestFault | WebhookFault }[];
  strikeRequest(method: string, pathWithQuery: string): RequestStrike;
  strikeWebhook(event: string): readonly WebhookFault[];
  /** How often each kind was injected since the last `clearCounts`. */
  counts(): Readonly<Record<string, number>>;
  clearCounts(): void;
}

interface Standing {
  readonly id: string;
  readonly rule: RequestFault | WebhookFault;
  left: number;
}

/** Holds the rules of one vendor. */
export function createFaults(random: Random): Faults {
  const standing = new Map<string, Standing>();
  const counts = new Map<string, number>();
  let added = 0;

  function strikes(one: Standing): boolean {
    if (one.left <= 0 || !random.chance(one.rule.probability ?? 1)) {
      return false;
    }
    one.left -= 1;
    if (one.left <= 0) {
      standing.delete(one.id);
    }
    counts.set(one.rule.kind, (counts.get(one.rule.kind) ?? 0) + 1);
    return true;
  }

  function addUnchecked(rule: unknown): string {
    const parsed = FaultRule.parse(rule);
    added += 1;
    const id = `fault-${added}`;
    standing.set(id, { id, rule: parsed, left: parsed.times ?? Number.POSITIVE_INFINITY });
    return id;
  }

  function strikeRequest(method: string, pathWithQuery: string): RequestStrike {
    let latencyMs = 0;
    let fault: RequestStrike["fault"];
    for (const one of standing.values()) {
      const { rule } = one;
      if (!isRequestFault(rule) || !matchesRequest(rule, method, pathWithQuery)) {
        continue;
      }
      if (rule.kind === "latency") {
        latencyMs += strikes(one) ? rule.delayMs : 0;
      } else if (fault === undefined && strikes(one)) {
        fault = rule;
      }
    }
    return fault === undefined ? { latencyMs } : { latencyMs, fault };
  }

  function strikeWebhook(event: string): WebhookFault[] {
    const struck: WebhookFault[] = [];
    for (const one of standing.values()) {
      const { rule } = one;
      if (!isRequestFault(rule) && matches(rule.match.event, event) && strikes(one)) {
        struck.push(rule);
      }
    }
    return struck;
  }

  return {
    add: addUnchecked,
    addUnchecked,
    remove: (id) => standing.delete(id),
    clear: () => standing.clear(),
    list: () => [...standing.values()].map(({ id, rule }) => ({ id, rule })),
    strikeRequest,
    strikeWebhook,
    counts: () => Object.fromEntries(counts),
    clearCounts: () => counts.clear(),
  };
}

function isRequestFault(rule: RequestFault | WebhookFault): rule is RequestFault {
  return !rule.kind.endsWith("-webhook") && rule.kind !== "reorder-webhooks";
}

function matchesRequest(rule: RequestFault, method: string, pathWithQuery: string): boolean {
  const { match } = rule;
  const methodMatches =
    match.method === undefined || match.method.toUpperCase() === method.toUpperCase();
  return methodMatches && matches(match.path, pathWithQuery);
}

function matches(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || new RegExp(pattern, "u").test(text);
}
