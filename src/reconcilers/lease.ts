/** The lease around a run: held and renewed while it lasts, checked before every write to a vendor. */

import { RetryAfterError } from "../domain/errors.ts";
import type { Key } from "../domain/keys.ts";
import type { Link } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Lease, Store } from "../store/store.ts";

export type LeaseStore = Pick<Store, "acquireLease" | "renewLease" | "releaseLease" | "putLink">;

export interface HeldLease {
  /** Renews the lease; throws RetryAfterError LEASE_LOST when somebody else may be writing by now. */
  assertHeld(): Promise<void>;
  /** Writes the link, fenced. Throws RetryAfterError LEASE_LOST like `assertHeld`. */
  putLink(link: Link): Promise<void>;
}

/**
 * Runs `work` while holding the key's lease, renewed at a third of `leaseMs`.
 * Gives `work`'s outcome, or a requeue when another worker holds the lease.
 */
export async function withLease(
  key: Key,
  leaseMs: number,
  store: LeaseStore,
  work: (lease: HeldLease) => Promise<Outcome>,
): Promise<Outcome> {
  const lease = await store.acquireLease(key, leaseMs);
  if (!("token" in lease)) {
    return { requeueAfterMs: lease.waitMs, reason: "LeaseHeld" };
  }
  const timer = setInterval(() => {
    // A failed renewal shows at the next assertHeld; here it only must not go unhandled.
    store.renewLease(lease, leaseMs).catch(() => undefined);
  }, leaseMs / 3);
  try {
    return await work(heldLease(lease, leaseMs, store));
  } finally {
    clearInterval(timer);
    await releaseQuietly(lease, store);
  }
}

function heldLease(lease: Lease, leaseMs: number, store: LeaseStore): HeldLease {
  return {
    async assertHeld() {
      if (!(await store.renewLease(lease, leaseMs))) {
        throw leaseLost(lease.key);
      }
    },
    async putLink(link) {
      if (!(await store.putLink(lease, link))) {
        throw leaseLost(lease.key);
      }
    },
  };
}

function leaseLost(key: Key): RetryAfterError {
  return new RetryAfterError(
    `the lease of ${key} was lost during a run; another worker has it`,
    1000,
    {
      code: "LEASE_LOST",
    },
  );
}

/** A lease that can't be released runs out by itself; that must not hide how the run ended. */
async function releaseQuietly(lease: Lease, store: LeaseStore): Promise<void> {
  try {
    await store.releaseLease(lease);
  } catch {
    // It expires after leaseMs.
  }
}
