/** The resyncs of the vendors that are connected: kept going, and how long ago all of them were complete. */

import { resyncKey, type ResyncId } from "./domain/keys.ts";
import { now, type Parts } from "./parts.ts";
import { startSchedule } from "./queue/schedule.ts";
import { resyncWatermark } from "./reconcilers/resync.ts";
import { jiraWatermark } from "./reconcilers/resync-jira.ts";
import { notionWatermark } from "./reconcilers/resync-notion.ts";

const watermarks: Readonly<Record<ResyncId, string>> = {
  pagerduty: resyncWatermark,
  notion: notionWatermark,
  jira: jiraWatermark,
};

/** Which vendors have a resync of their own. */
export function resyncsOf({ jira }: Parts): ResyncId[] {
  return jira === undefined ? ["pagerduty", "notion"] : ["pagerduty", "notion", "jira"];
}

/** Starts them at once; gives the functions that stop them. */
export function keepResyncing(parts: Parts): (() => void)[] {
  const { queue, opened, config, log } = parts;
  return resyncsOf(parts).map((id) =>
    startSchedule({
      queue,
      key: resyncKey(id),
      everyMs: config.timing.resyncEveryMs,
      lastComplete: () => opened.store.getWatermark(watermarks[id]),
      now,
      log,
    }),
  );
}

/** When every vendor was read to the end; undefined while one of them never was. */
export async function oldestResync(parts: Parts): Promise<Date | undefined> {
  const { store } = parts.opened;
  const marks = await Promise.all(resyncsOf(parts).map((id) => store.getWatermark(watermarks[id])));
  const times = marks.flatMap((at) => (at === undefined ? [] : [at.getTime()]));
  return times.length < marks.length ? undefined : new Date(Math.min(...times));
}
