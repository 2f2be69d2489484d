/** What a verified webhook body leads to, and how such a body is read. The same for every vendor. */

import { parse as parseSafely } from "secure-json-parse";
import type { Key } from "../domain/keys.ts";

export type Reading =
  | { readonly kind: "hint"; readonly keys: readonly Key[]; readonly eventType: string }
  /** Well-formed and of no use to us: pings, other objects, unknown types, events that are too old. */
  | { readonly kind: "ignored"; readonly reason: string; readonly advice?: Advice }
  /** Not JSON, or not the vendor's envelope. */
  | { readonly kind: "unusable"; readonly reason: string };

/** What a person should change at the vendor; said once in the life of a process. */
export interface Advice {
  /** Has a heading in docs/operations.md. */
  readonly code: string;
  readonly message: string;
}

/** Vendors retry for 48 h at most; what is older is a replay and would cost reads for nothing. */
const eventAgeMaxMs = 7 * 24 * 3_600_000;

/** Takes the time of an event in ms, NaN where it has none, and the time now. */
export function isTooOld(atMs: number, now: Date): boolean {
  return now.getTime() - atMs > eventAgeMaxMs;
}

/** Undefined for what is not JSON, too deep to be read, or poisoned (`__proto__`). */
export function parseJson(body: Uint8Array): unknown {
  try {
    const json: unknown = parseSafely(Buffer.from(body).toString("utf8"), null, {
      protoAction: "remove",
      constructorAction: "remove",
    });
    return json;
  } catch {
    return undefined;
  }
}
