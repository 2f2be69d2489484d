/**
 * Listings over all data sources of one kind. One that Notion refuses (a team took the connection from it) must
 * not keep the others from being listed; what was edited there meanwhile is listed once it can be read again.
 */

import { NotionRefusal } from "./errors.ts";
import type { NotionLog } from "./notion.ts";
import type { Page } from "./schema.ts";
import type { DataSourceRef } from "./source-refs.ts";

export interface Sweep {
  /** Reads each; throws only where all of them are refused, or for other failures than a refusal. */
  all<Item>(
    refs: readonly DataSourceRef[],
    read: (ref: DataSourceRef) => Promise<Item[]>,
  ): Promise<Item[]>;
  /** The same for what was edited since; from further back where the last reading was refused. */
  edited(
    refs: readonly DataSourceRef[],
    since: Date,
    read: (ref: DataSourceRef, since: Date) => Promise<Page[]>,
  ): Promise<Page[]>;
}

/** Takes where refusals are told; gives what reads every data source that can be read. */
export function createSweep(log: NotionLog): Sweep {
  const unreadSince = new Map<string, Date>();

  async function all<Item>(
    refs: readonly DataSourceRef[],
    read: (ref: DataSourceRef) => Promise<Item[]>,
  ): Promise<Item[]> {
    const items: Item[] = [];
    const refusals: NotionRefusal[] = [];
    for (const ref of refs) {
      try {
        items.push(...(await read(ref)));
      } catch (error) {
        if (!(error instanceof NotionRefusal)) {
          throw error;
        }
        refusals.push(error);
      }
    }
    const [first] = refusals;
    if (first !== undefined && refusals.length === refs.length) {
      throw first;
    }
    for (const refusal of refusals) {
      log.warn(
        { reason: "DataSourceRefused", err: refusal },
        "a data source was left out of a listing",
      );
    }
    return items;
  }

  function edited(
    refs: readonly DataSourceRef[],
    since: Date,
    read: (ref: DataSourceRef, since: Date) => Promise<Page[]>,
  ): Promise<Page[]> {
    return all(refs, async (ref) => {
      const unread = unreadSince.get(ref.id);
      const from = unread === undefined || since < unread ? since : unread;
      unreadSince.set(ref.id, from);
      const pages = await read(ref, from);
      unreadSince.delete(ref.id);
      return pages;
    });
  }

  return { all, edited };
}
