/**
 * Notices webhooks that stopped arriving: what happened at a vendor is found by its resync instead, while no
 * webhook of that vendor was taken for an hour. Kept in the store, for receivers and workers may be apart.
 */

import type { Vendor } from "./domain/errors.ts";
import type { Store } from "./store/store.ts";

export interface Arrivals {
  /** A webhook of the vendor was taken. Cheap: written down once in a minute. */
  seen(vendor: Vendor): void;
  /** A resync found changes that no run had seen, made at these times. */
  found(vendor: Vendor, times: readonly Date[]): void;
  /** In words with what to look at. */
  problems(): Promise<string[]>;
}

const minuteMs = 60_000;
/** Over this time findings count, and webhooks are expected. */
const windowMs = 60 * minuteMs;
/** A few may be slow, or lost on their way. */
const foundMin = 3;
const names: Readonly<Record<Vendor, string>> = {
  pagerduty: "PagerDuty",
  notion: "Notion",
  jira: "Jira",
};

/** Takes the store and a clock; what happened before `startedAt` says nothing about webhooks. */
export function createArrivals(options: {
  readonly store: Pick<Store, "getWatermark" | "putWatermark">;
  readonly startedAt: Date;
  readonly now: () => Date;
}): Arrivals {
  const { store, startedAt, now } = options;
  const writtenMs = new Map<Vendor, number>();
  const findings = new Map<Vendor, number[]>();

  function recent(vendor: Vendor): number[] {
    const sinceMs = now().getTime() - windowMs;
    return (findings.get(vendor) ?? []).filter((atMs) => atMs > sinceMs);
  }

  async function problemOf(vendor: Vendor): Promise<string[]> {
    const count = recent(vendor).length;
    if (count < foundMin) {
      return [];
    }
    const last = await store.getWatermark(watermark(vendor));
    const isSilent = last === undefined || now().getTime() - last.getTime() > windowMs;
    const since = last === undefined ? "ever" : `since ${last.toISOString()}`;
    return isSilent
      ? [
          `no webhook of ${names[vendor]}'s was taken ${since}, and the resync found ${String(count)} changes in the last hour: look at its webhook (docs/vendors/${vendor}.md)`,
        ]
      : [];
  }

  return {
    seen(vendor) {
      const nowMs = now().getTime();
      if (nowMs - (writtenMs.get(vendor) ?? 0) > minuteMs) {
        writtenMs.set(vendor, nowMs);
        // One that is not written down is followed by others.
        store.putWatermark(watermark(vendor), now()).catch(() => undefined);
      }
    },
    found(vendor, times) {
      const nowMs = now().getTime();
      const news = times.filter((at) => at > startedAt).map(() => nowMs);
      findings.set(vendor, [...recent(vendor), ...news].slice(-foundMin * 10));
    },
    async problems() {
      const each = await Promise.all([
        problemOf("pagerduty"),
        problemOf("notion"),
        problemOf("jira"),
      ]);
      return each.flat();
    },
  };
}

function watermark(vendor: Vendor): string {
  return `webhook:${vendor}`;
}
