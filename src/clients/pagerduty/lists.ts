/** Lists, page by page, within PagerDuty's bound of 10,000 records; windows of time are halved to stay below it. */

import { z } from "zod";
import type { Call, Caller, PagerDutyLog } from "./call.ts";
import { Page } from "./schema.ts";

const pageMax = 100;
/** `offset + limit` may not exceed it, else 400. */
const recordsMax = 10_000;
/** The incident list takes six months at most. */
const windowMaxMs = 150 * 86_400_000;
const windowMinMs = 60_000;

interface ListCall extends Pick<Call, "what" | "path" | "query" | "absentOn"> {
  /** The name under which the items stand. */
  readonly key: string;
}

interface Listed<Item> {
  readonly items: readonly Item[];
  /** There are more than could be read. */
  readonly truncated: boolean;
}

export interface Lister {
  /** All pages. An item that can't be read is left out and logged; one that shifted to the next page counts once. */
  list<Item extends { readonly id: string }>(
    call: ListCall,
    schema: z.ZodType<Item>,
  ): Promise<Listed<Item>>;
  /** The same for a window of time of any length. */
  listWindow<Item extends { readonly id: string }>(
    call: ListCall,
    schema: z.ZodType<Item>,
    window: { readonly since: Date; readonly until: Date },
  ): Promise<Listed<Item>>;
  /** The items of an answer that has no pages. */
  parse<Item>(raw: readonly unknown[], schema: z.ZodType<Item>, what: string): Item[];
}

/** Takes what sends requests; gives what reads lists with it. */
export function createLister(caller: Caller, log: PagerDutyLog): Lister {
  const lister: Lister = {
    async list(call, schema) {
      const found = new Map<string, z.output<typeof schema>>();
      for (let offset = 0; offset < recordsMax;) {
        const limit = Math.min(pageMax, recordsMax - offset);
        const query = { ...call.query, limit, offset };
        const { raw, more } = await readPage(caller, { ...call, query });
        for (const item of lister.parse(raw, schema, call.what)) {
          found.set(item.id, item);
        }
        // A page shorter than asked for is no end: PagerDuty may cap `limit`.
        if (raw.length === 0 || more === false || (more === undefined && raw.length < limit)) {
          return { items: [...found.values()], truncated: false };
        }
        offset += raw.length;
      }
      return { items: [...found.values()], truncated: true };
    },

    async listWindow(call, schema, { since, until }) {
      const lengthMs = until.getTime() - since.getTime();
      if (lengthMs <= windowMaxMs) {
        const query = { ...call.query, since: since.toISOString(), until: until.toISOString() };
        const listed = await lister.list({ ...call, query }, schema);
        if (!listed.truncated || lengthMs <= windowMinMs) {
          return listed;
        }
      }
      const middle = new Date(since.getTime() + Math.floor(lengthMs / 2));
      const early = await lister.listWindow(call, schema, { since, until: middle });
      const late = await lister.listWindow(call, schema, { since: middle, until });
      const items = new Map([...early.items, ...late.items].map((item) => [item.id, item]));
      return { items: [...items.values()], truncated: early.truncated || late.truncated };
    },

    parse(raw, schema, what) {
      const parsed = raw.map((item) => schema.safeParse(item));
      const bad = parsed.find(({ success }) => !success);
      if (bad !== undefined) {
        const unread = parsed.filter(({ success }) => !success).length;
        const fields = bad.error?.issues.slice(0, 3).map(({ path }) => path.join("."));
        log.warn({ what, unread, fields }, "left out records that are not as documented");
      }
      return parsed.flatMap((result) => (result.success ? [result.data] : []));
    },
  };
  return lister;
}

async function readPage(
  caller: Caller,
  call: ListCall,
): Promise<{ readonly raw: readonly unknown[]; readonly more: boolean | undefined }> {
  const answer = await caller.call({ method: "GET", ...call });
  if (answer === undefined) {
    return { raw: [], more: false };
  }
  const items = z.object({ [call.key]: z.array(z.unknown()) }).safeParse(answer);
  const raw = items.data?.[call.key];
  if (raw === undefined) {
    throw new Error(`could not ${call.what}: the answer has no list "${call.key}"`);
  }
  return { raw, more: Page.safeParse(answer).data?.more ?? undefined };
}
