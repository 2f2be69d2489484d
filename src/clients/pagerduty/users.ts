/** People at PagerDuty, kept in memory for hours: an incident's lead is looked up at every run. */

import type { Caller, PagerDutyLog } from "./call.ts";
import type { PagerDutyUser } from "./pagerduty.ts";
import { UserAnswer } from "./schema.ts";

const knownMs = 4 * 3_600_000;
const unknownMs = 10 * 60_000;
const usersMax = 5_000;
const idForm = /^[A-Za-z0-9_-]{1,64}$/;

interface Kept {
  readonly user: Promise<PagerDutyUser | undefined>;
  untilMs: number;
}

/** Takes what sends requests; gives the look-up. Failures are not kept, "there is none" only for minutes. */
export function createUsers(
  caller: Caller,
  log: PagerDutyLog,
  now: () => Date,
): (id: string) => Promise<PagerDutyUser | undefined> {
  const kept = new Map<string, Kept>();
  let hasWarned = false;

  async function read(id: string): Promise<PagerDutyUser | undefined> {
    // A deleted user is 404; a token that may not read users must not hold the page up.
    const absentOn = [402, 403, 404];
    const answer = await caller.call({
      what: `read user ${id}`,
      method: "GET",
      path: `/users/${id}`,
      absentOn,
    });
    if (answer === undefined) {
      if (!hasWarned) {
        hasWarned = true;
        log.warn({ user: id }, "a user can't be read: deleted, or the token lacks users.read");
      }
      return undefined;
    }
    const parsed = UserAnswer.safeParse(answer);
    if (!parsed.success) {
      throw new Error(`could not read user ${id}: the answer is not as documented`);
    }
    const { name, summary, email } = parsed.data.user;
    return { id, name: name ?? summary ?? id, ...(email === undefined ? {} : { email }) };
  }

  return async (id) => {
    if (!idForm.test(id)) {
      return undefined;
    }
    const found = kept.get(id);
    if (found !== undefined && found.untilMs > now().getTime()) {
      return found.user;
    }
    const fresh: Kept = { user: read(id), untilMs: now().getTime() + knownMs };
    kept.delete(id);
    kept.set(id, fresh);
    for (const oldest of kept.size > usersMax ? kept.keys() : []) {
      kept.delete(oldest);
      break;
    }
    try {
      const user = await fresh.user;
      fresh.untilMs = now().getTime() + (user === undefined ? unknownMs : knownMs);
      return user;
    } catch (error) {
      kept.delete(id);
      throw error;
    }
  };
}
