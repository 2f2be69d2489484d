/** Ids in the vendor's forms: opaque, but with the lengths and first letters seen in the wild. */

import type { Random } from "../core/random.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

export interface Ids {
  /** Users, services, teams, notes: P and 6 characters. */
  short(): string;
  /** Incidents and alerts: Q and 13 characters. */
  long(): string;
  /** Log entries: R and 25 characters. */
  logEntry(): string;
  /** Webhook events and change events: 26 characters. */
  event(): string;
  /** Keys of incidents and alerts: 32 hexadecimal digits. */
  key(): string;
  /** Webhook secrets: 64 characters that look like base64, but are the key as they stand. */
  secret(): string;
  uuid(): string;
}

export function createIds(random: Random): Ids {
  const base64 = `${alphabet}abcdefghijklmnopqrstuvwxyz+/`;
  return {
    short: () => `P${random.text(alphabet, 6)}`,
    long: () => `Q${random.text(alphabet, 13)}`,
    logEntry: () => `R${random.text(alphabet, 25)}`,
    event: () => `01${random.text(alphabet, 24)}`,
    key: () => random.text("0123456789abcdef", 32),
    secret: () => random.text(base64, 64),
    uuid: () => random.uuid(),
  };
}
