/**
 * Tells a vendor's gate how a call went. What the vendor answered must not get lost because the gate's
 * store is down (something may have been made): then it is logged, and the call goes on.
 */

import type { Vendor } from "../domain/errors.ts";
import type { VendorGate } from "../domain/gate.ts";

export interface Gatekeeping {
  readonly gate: VendorGate;
  readonly log: { warn(fields: object, message: string): void };
}

/** Where the gate could not be told and so named no pause. */
const pauseWithoutGateMs = 5_000;

/** The vendor answered, if only to refuse: its gate is open. */
export async function tellSucceeded(vendor: Vendor, { gate, log }: Gatekeeping): Promise<void> {
  try {
    await gate.succeeded(vendor);
  } catch (error) {
    log.warn({ err: error }, `could not open the gate of ${vendor}`);
  }
}

/** Closes the vendor's gate, as long as the vendor asked for if it did; gives how long, in ms. */
export async function tellFailed(
  vendor: Vendor,
  failure: { readonly reason: string; readonly retryAfterMs?: number | undefined },
  { gate, log }: Gatekeeping,
): Promise<number> {
  const { reason, retryAfterMs } = failure;
  try {
    return await gate.failed(vendor, {
      reason,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  } catch (error) {
    log.warn({ err: error }, `could not close the gate of ${vendor}`);
    return retryAfterMs ?? pauseWithoutGateMs;
  }
}
