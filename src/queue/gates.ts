/** Whether a key may run: a vendor whose gate is closed stops the keys that need it, and no others. */

import type { Vendor } from "../domain/errors.ts";
import type { Store } from "../store/store.ts";

/** Takes the vendors a key needs; gives how long, in ms, until the last of their gates opens, or 0. */
export async function gateWaitMs(
  vendors: readonly Vendor[],
  store: Pick<Store, "readGates" | "now">,
): Promise<number> {
  if (vendors.length === 0) {
    return 0;
  }
  const gates = await store.readGates();
  const untils = vendors.flatMap((vendor) => gates[vendor]?.until.getTime() ?? []);
  if (untils.length === 0) {
    return 0;
  }
  // The store's clock, not this machine's: replicas may disagree.
  const now = await store.now();
  return Math.max(0, Math.max(...untils) - now.getTime());
}
