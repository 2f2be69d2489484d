/** PagerDuty's users, remembered for hours: who somebody is seldom changes. */

import type { Http } from "./http.ts";
import { PagerDutyRefusal } from "./http.ts";
import type { PagerDuty, PagerDutyUser } from "./pagerduty.ts";
import { UserAnswer } from "./schema.ts";

const rememberedMs = 6 * 3_600_000;
/** Somebody unknown may appear soon. */
const rememberedUnknownMs = 10 * 60_000;
const rememberedMax = 5_000;
const idForm = /^[A-Za-z0-9_-]{1,64}$/;

export function createUsers(http: Http, now: () => Date): Pick<PagerDuty, "findUser"> {
  const remembered = new Map<
    string,
    { readonly user: PagerDutyUser | undefined; readonly untilMs: number }
  >();

  async function read(id: string): Promise<PagerDutyUser | undefined> {
    try {
      const call = { what: `read user ${id}`, path: `/users/${id}`, answer: UserAnswer };
      const { user } = await http.call(call);
      const name = user.name ?? user.summary ?? id;
      return typeof user.email === "string" ? { id, name, email: user.email } : { id, name };
    } catch (error) {
      // Deleted, or not for our token to see: the page lives without.
      if (error instanceof PagerDutyRefusal && [403, 404].includes(error.status)) {
        return undefined;
      }
      throw error;
    }
  }

  return {
    async findUser(id) {
      const known = remembered.get(id);
      if (!idForm.test(id) || (known !== undefined && known.untilMs > now().getTime())) {
        return known?.user;
      }
      const user = await read(id);
      if (remembered.size >= rememberedMax) {
        remembered.clear();
      }
      const forMs = user === undefined ? rememberedUnknownMs : rememberedMs;
      remembered.set(id, { user, untilMs: now().getTime() + forMs });
      return user;
    },
  };
}
