/** What may go wrong with every webhook of a burst, said at most ten times a minute for each vendor. */

import type { Logger } from "pino";
import type { Vendor } from "../domain/errors.ts";
import { throttled } from "../domain/throttle.ts";
import type { Advice } from "./reading.ts";

export interface Complaints {
  unauthorized(fields: object): void;
  notStored(fields: object): void;
  unusable(fields: object): void;
  notQuarantined(fields: object): void;
  notSetUp(fields: object): void;
  /** Said once for each code. */
  advise(advice: Advice): void;
}

export function createComplaints(
  vendor: Vendor,
  { log, now }: { readonly log: Logger; readonly now: () => Date },
): Complaints {
  function complaint(level: "warn" | "error", message: string): (fields: object) => void {
    const write = throttled(log[level].bind(log), () => now().getTime());
    return (fields) => {
      write({ vendor, ...fields }, message);
    };
  }
  const advised = new Set<string>();
  return {
    // Three of these in a row and PagerDuty disables the subscription.
    unauthorized: complaint("warn", "webhook without a valid signature"),
    notStored: complaint("error", "webhook could not be made durable"),
    unusable: complaint("warn", "signed webhook of no use, quarantined"),
    notQuarantined: complaint("warn", "quarantine could not be written"),
    notSetUp: complaint("warn", "webhook before its half is set up"),
    advise({ code, message }) {
      if (!advised.has(code)) {
        advised.add(code);
        log.warn({ vendor, code }, message);
      }
    },
  };
}
