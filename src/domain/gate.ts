/** What a client asks before, and tells after, every call to its vendor. One budget and one gate a vendor, shared by all replicas. */

import type { Vendor } from "./errors.ts";

export interface VendorGate {
  /**
   * Resolves when the call may go out: waits for the budget, throws RetryAfterError while the
   * vendor's gate is closed. After a pause one caller at a time is let through to probe.
   */
  enter(vendor: Vendor): Promise<void>;
  /** The vendor answered: its gate is open (again). Cheap when it was open already. */
  succeeded(vendor: Vendor): Promise<void>;
  /**
   * The vendor refused or failed (429, 5xx, 401, timeout, refused): closes its gate for all replicas for
   * `retryAfterMs`, or for a growing pause where the vendor named none. Gives how long, in ms.
   */
  failed(
    vendor: Vendor,
    failure: { readonly retryAfterMs?: number; readonly reason: string },
  ): Promise<number>;
}
