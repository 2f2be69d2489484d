/** Writes that name people, some of whom Notion may not know any more. */

import type { NotionUserId } from "../../domain/keys.ts";
import { NotionRefusal } from "./errors.ts";
import type { NotionLog } from "./notion.ts";

const refusalsMax = 5;

/**
 * Takes who to write and what sends it; sends it without those whom Notion names as unknown. Where it names
 * none, or none would be left, nobody is written (undefined), which leaves the property as it is.
 */
export async function withoutUnknownPeople<Answer>(
  people: readonly NotionUserId[] | undefined,
  log: NotionLog,
  send: (people: readonly NotionUserId[] | undefined) => Promise<Answer>,
): Promise<Answer> {
  let known = people;
  for (let refusals = 1; ; refusals += 1) {
    try {
      return await send(known);
    } catch (error) {
      if (
        known === undefined ||
        known.length === 0 ||
        !(error instanceof NotionRefusal) ||
        !isAboutPeople(error)
      ) {
        throw error;
      }
      const { vendorMessage } = error;
      const left = known.filter((id) => !vendorMessage.includes(id));
      const isNamed = left.length < known.length && left.length > 0;
      known = isNamed && refusals < refusalsMax ? left : undefined;
      log.warn({ reason: "PersonRefused" }, "Notion refused a person: the write goes without");
    }
  }
}

function isAboutPeople({ status, vendorMessage }: NotionRefusal): boolean {
  return (status === 400 || status === 404) && /\b(users?|people|person)\b/i.test(vendorMessage);
}
