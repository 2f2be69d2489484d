/** How far back a resync looks. */

import type { Vendor } from "../domain/errors.ts";
import { addMs } from "../domain/time.ts";
import type { Store } from "../store/store.ts";

export interface WindowDeps {
  readonly store: Pick<Store, "getWatermark">;
  readonly settings: {
    readonly timing: {
      readonly resyncEveryMs: number;
      readonly resyncLookbackMs: number;
      readonly resyncOverlapMs: number;
    };
  };
  now(): Date;
  /** Told when changes at a vendor were made that the resync found: webhooks should have told of them. */
  found?(vendor: Vendor, times: readonly Date[]): void;
}

/** From the last complete pass less an overlap; after downtime, or the first time, at least the look-back. */
export async function windowStart(
  watermark: string,
  { store, settings }: WindowDeps,
  now: Date,
): Promise<Date> {
  const { resyncEveryMs, resyncLookbackMs, resyncOverlapMs } = settings.timing;
  const last = await store.getWatermark(watermark);
  const lookback = addMs(now, -resyncLookbackMs);
  if (last === undefined) {
    return lookback;
  }
  const start = addMs(last, -resyncOverlapMs);
  const wasDown = now.getTime() - last.getTime() > 3 * resyncEveryMs + resyncOverlapMs;
  return wasDown && lookback < start ? lookback : start;
}
