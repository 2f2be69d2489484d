/** Jira's limits on bursts per call and on writes per issue; both are switches, off at the start. */

import type { Answer } from "../core/router.ts";
import { errorAnswer } from "./errors.ts";
import type { World } from "./model.ts";

export interface RateLimits {
  /** Counts one request; an answer refuses it. `issueId` is the issue that it writes to. */
  take(call: string, issueId: string | undefined): Answer | undefined;
  reset(): void;
}

const issueWindows = [
  { max: 20, withinMs: 2_000 },
  { max: 100, withinMs: 30_000 },
] as const;

interface Bucket {
  left: number;
  atMs: number;
}

export function createRateLimits(world: World): RateLimits {
  const buckets = new Map<string, Bucket>();
  const writes = new Map<string, number[]>();

  function takeBurst(call: string): Answer | undefined {
    const { burstSize, burstRefillPerSecond } = world.settings;
    const nowMs = world.clock.now().getTime();
    const bucket = buckets.get(call) ?? { left: burstSize, atMs: nowMs };
    const refilled = bucket.left + ((nowMs - bucket.atMs) / 1_000) * burstRefillPerSecond;
    bucket.left = Math.min(refilled, burstSize);
    bucket.atMs = nowMs;
    buckets.set(call, bucket);
    if (bucket.left >= 1) {
      bucket.left -= 1;
      return undefined;
    }
    const waitMs = ((1 - bucket.left) / burstRefillPerSecond) * 1_000;
    return limited(world, "jira-burst-based", { limit: burstSize, waitMs });
  }

  function takeWrite(issueId: string): Answer | undefined {
    const nowMs = world.clock.now().getTime();
    const recent = (writes.get(issueId) ?? []).filter((atMs) => nowMs - atMs < 30_000);
    writes.set(issueId, recent);
    for (const { max, withinMs } of issueWindows) {
      const inWindow = recent.filter((atMs) => nowMs - atMs < withinMs);
      const freeAtMs = (inWindow.at(-max) ?? nowMs) + withinMs;
      if (inWindow.length >= max) {
        const waitMs = freeAtMs - nowMs;
        return limited(world, "jira-per-issue-on-write", { limit: max, waitMs });
      }
    }
    recent.push(nowMs);
    return undefined;
  }

  return {
    take(call, issueId) {
      const { burstLimitOn, issueLimitOn } = world.settings;
      const burst = burstLimitOn ? takeBurst(call) : undefined;
      return burst ?? (issueLimitOn && issueId !== undefined ? takeWrite(issueId) : undefined);
    },
    reset() {
      buckets.clear();
      writes.clear();
    },
  };
}

/** A 429 with the headers that Jira documents, or with none where the gateway answers. */
function limited(
  world: World,
  reason: string,
  { limit, waitMs }: { readonly limit: number; readonly waitMs: number },
): Answer {
  const answer = errorAnswer(429, ["Rate limit exceeded."]);
  if (world.settings.bareRateLimit) {
    return answer;
  }
  const waitS = Math.max(Math.ceil(waitMs / 1_000), 1);
  const resetAt = new Date(world.clock.now().getTime() + waitS * 1_000);
  return {
    ...answer,
    headers: {
      "retry-after": String(waitS),
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": `${resetAt.toISOString().slice(0, 19)}Z`,
      "ratelimit-reason": reason,
    },
  };
}
