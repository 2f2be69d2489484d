/** What the webhook pipeline has to know of a vendor: how it signs, and what its bodies lead to. */

import type { Vendor } from "../domain/errors.ts";
import type { Reading } from "./reading.ts";

/** A webhook as it came; nothing of it is trusted before it is authentic. */
export interface Incoming {
  /** The raw bytes, as they were signed. */
  readonly body: Buffer;
  /** One header's value; undefined where it is missing. */
  readonly header: (name: string) => string | undefined;
}

export interface Delivery {
  readonly reading: Reading;
  /** The same for every attempt to deliver the event; undefined where it has none. */
  readonly id?: string | undefined;
  /** The vendor itself says that it sends the event again. */
  readonly isRetry?: boolean;
}

export interface WebhookVendor {
  readonly vendor: Vendor;
  readonly signatureHeader: string;
  /** Whether the body was signed with one of the active secrets. */
  isAuthentic(incoming: Incoming): boolean;
  /** Reads an authentic webhook. Never throws, whatever it holds. */
  read(incoming: Incoming, now: Date): Delivery;
  /** What the log says about one that was refused. */
  describe?(incoming: Incoming): object;
}
